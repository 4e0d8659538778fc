"""What a sweep did, for programs and for people."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from leadkeeper.directory.models import Sweep

Report = dict[str, Any]


def report(run: Sweep, *, kept: bool = True) -> Report:
    """The run as the command line and the API tell it; `run` is null where it left no trace."""
    return {
        "run": str(run.id) if kept else None,
        "status": str(run.status),
        "reason": run.reason,
        "seen": run.seen,
        "created": run.created,
        "updated": run.updated,
        "unchanged": run.unchanged,
        "deactivated": run.deactivated,
        "quarantined": run.quarantined,
        "skipped_stale": run.skipped_stale,
        "expected": run.expected or 0,
        "resumed_from": run.resumed_from,
        "duration_s": run.duration_s,
        "pages": run.pages,
    }


def summary(run: Sweep) -> str:
    """The run in one line for a terminal."""
    always = {
        pgettext("people", "created"): run.created,
        pgettext("people", "updated"): run.updated,
        pgettext("people", "unchanged"): run.unchanged,
        pgettext("people", "deactivated"): run.deactivated,
    }
    at_times = {
        pgettext("people", "older than what is here"): run.skipped_stale,
        pgettext("people", "quarantined"): run.quarantined,
    }
    counts = always | {name: count for name, count in at_times.items() if count}
    told = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    resumed = _(", resumed after %s") % f"{run.resumed_from:,}" if run.resumed_from is not None else ""
    seen = _("%s people seen") % f"{run.seen:,}"
    return f"{Sweep.Status(run.status).label}: {seen}{resumed}: {told} ({run.duration_s:.1f} s)"
