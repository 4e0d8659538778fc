"""When the directory is walked, and by whom. Rows say what is to be done; whoever holds the lock does it."""

import logging
import time
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from leadkeeper.directory import provider
from leadkeeper.directory.models import Sweep
from leadkeeper.directory.provider import NotConfigured
from leadkeeper.directory.sentence import gettext as _
from leadkeeper.directory.sweeps.ledger import Kept
from leadkeeper.directory.sweeps.report import report
from leadkeeper.directory.sweeps.sweep import Watch, sweep
from leadkeeper.directory.sweeps.sweep_lock import SweepLock, sweep_lock
from leadkeeper.live.announce import announce
from leadkeeper.storage.errors import Conflict
from leadkeeper.team.models import Organization
from leadkeeper.team.organizations import home
from leadkeeper.team.roles import May
from leadkeeper.team.viewer import Viewer

# An interrupted run goes on this long after it was started; then the list has changed too much.
RESUMABLE: Final = timedelta(hours=1)
# A running sweep without a sign of life for this long is looked after; before, not even the lock is tried.
_SILENT_AFTER: Final = timedelta(seconds=3)
# Longer than any call to the provider may take: until then a running sweep is somebody's.
_DEAD_AFTER: Final = timedelta(minutes=3)
_FOLLOW_EVERY_S: Final = 0.3
_JITTER: Final = 0.1

logger = logging.getLogger(__name__)


def ask(kind: Sweep.Kind, *, by: Viewer, force: bool = False) -> Sweep:
    """A run that is waiting, in the caller's transaction: the unfinished one where there is one, else a new one.

    Raises NotAllowed, and Conflict when the provider is not configured.
    """
    by.require(May.MANAGE)
    try:
        provider.current().require_configured()
    except NotConfigured as error:
        raise Conflict(str(error)) from error
    # Two who ask at once take turns here, so that the second finds the first one's row.
    Organization.objects.select_for_update(no_key=True).get(id=by.organization_id)
    now = timezone.now()
    run = _unfinished(by, now)
    if run is None:
        run = Sweep(organization_id=by.organization_id, kind=kind, asked_by_id=by.person_id, asked_at=now, force=force)
        run.save()
    else:
        _join(run, force=force)
    announce(by.organization_id, ["directory"])
    return run


def _join(run: Sweep, *, force: bool) -> None:
    """Have an unfinished run done. Somebody may be doing it now: what they write of it is left alone."""
    if run.status == Sweep.Status.INCOMPLETE:
        run.status, run.ended_at = Sweep.Status.QUEUED, None
        run.give_reason(None)
        run.save(update_fields=["status", "reason", "reason_parts", "ended_at"])
    if force:
        run.force = True
        run.save(update_fields=["force"])


def _unfinished(by: Viewer, now: datetime) -> Sweep | None:
    """The newest run that is somebody's, or that can go on from its checkpoint."""
    young = Q(started_at__gt=now - RESUMABLE) | Q(started_at__isnull=True, asked_at__gt=now - RESUMABLE)
    alive = Q(status=Sweep.Status.RUNNING, beat_at__gt=now - _DEAD_AFTER)
    waiting = Q(status__in=(Sweep.Status.QUEUED, Sweep.Status.RUNNING))
    gave_up = Q(status=Sweep.Status.INCOMPLETE, offset__gt=0)
    newest = Sweep.objects.filter(organization_id=by.organization_id).order_by("-asked_at").first()
    if newest is None:
        return None
    return Sweep.objects.filter(alive | young & (waiting | gave_up), id=newest.id).first()


def see_through(run: Sweep, *, watch: Watch) -> None:
    """Do the run, or follow whoever does it, until it is over; take it over when they die."""
    with sweep_lock() as lock:
        while True:
            ours = lock.take()
            run.refresh_from_db()
            if run.is_over:
                break
            if ours:
                _do(run, lock, watch=watch)
                return
            watch(run)
            time.sleep(_FOLLOW_EVERY_S)
    watch(run)


def run_due_sweeps() -> None:
    """One look of the background loop: start what waits, go on with what was interrupted, ask for what is due."""
    now = timezone.now()
    _ask_when_due(now)
    run = _orphans(now).first()
    if run is None:
        return
    with sweep_lock() as lock:
        if not lock.take():
            return
        run.refresh_from_db()
        if run.is_over:
            return
        if (run.started_at or run.asked_at) < now - RESUMABLE:
            _abandon(run)
        else:
            _do(run, lock)
            logger.info("sweep ended", extra={"report": report(run)})


def _orphans(now: datetime) -> QuerySet[Sweep]:
    silent = Q(status=Sweep.Status.RUNNING, beat_at__lt=now - _SILENT_AFTER)
    return Sweep.objects.filter(Q(status=Sweep.Status.QUEUED) | silent).order_by("asked_at")


def _abandon(run: Sweep) -> None:
    run.status, run.ended_at = Sweep.Status.INCOMPLETE, timezone.now()
    run.give_reason(_("It was interrupted, and nobody went on with it within an hour."))
    with transaction.atomic():
        run.save(update_fields=["status", "ended_at", "reason", "reason_parts"])
        announce(run.organization_id, ["directory"])


def _do(run: Sweep, lock: SweepLock, *, watch: Watch = lambda run: None) -> None:
    try:
        directory = provider.current()()
    except NotConfigured as error:
        Kept(run, lock).end(Sweep.Status.INCOMPLETE, error.sentence, keep_checkpoint=True)
        return
    with directory:
        sweep(directory, Kept(run, lock), watch=watch)


def _ask_when_due(now: datetime) -> None:
    """The next reconcile, so many hours after the last sweep. Before anybody asked for a first one, nothing."""
    if not settings.DIRECTORY_RECONCILE_HOURS:
        return
    last = Sweep.objects.order_by("-asked_at").first()
    if last is None or not last.is_over or (last.ended_at or last.asked_at) + _pause_after(last) > now:
        return
    try:
        with transaction.atomic():
            ask(Sweep.Kind.RECONCILE, by=Viewer.system(home()))
    except Conflict:
        return


def _pause_after(last: Sweep) -> timedelta:
    """The hours between sweeps, up to 10 % more or less, so that not everybody comes at the same time.

    Steady for one sweep, so that it need not be kept.
    """
    share = last.id.int % 2001 / 1000 - 1
    return timedelta(hours=settings.DIRECTORY_RECONCILE_HOURS) * (1 + _JITTER * share)
