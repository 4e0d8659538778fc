"""What a sweep did, for programs and for people."""

from typing import Any

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
    counts = {
        "created": run.created,
        "updated": run.updated,
        "unchanged": run.unchanged,
        "deactivated": run.deactivated,
        "older than what is here": run.skipped_stale,
        "quarantined": run.quarantined,
    }
    always = ("created", "updated", "unchanged", "deactivated")
    told = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count or name in always)
    resumed = f", resumed after {run.resumed_from:,}" if run.resumed_from is not None else ""
    return f"{run.status}: {run.seen:,} people seen{resumed}: {told} ({run.duration_s:.1f} s)"
