"""Whether news of people arrives, is understood, and is compared with the whole list."""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leadkeeper.directory import heartbeat
from leadkeeper.directory.deliveries import read as deliveries
from leadkeeper.directory.models import Delivery, Sweep
from leadkeeper.project.findings import Finding, fine, problem, warning
from leadkeeper.team.organizations import HOME_ID, home
from leadkeeper.team.viewer import Viewer

# At every sign-in there is news, so a team at work is not silent for so long. Clerk turns an endpoint off
# after five days of failures.
_QUIET_AFTER: Final = timedelta(days=7)
# Longer than any call to the provider may take.
_DEAD_AFTER: Final = timedelta(minutes=3)


def worker() -> Finding:
    if heartbeat.somebody_works():
        return fine(_("Background work is alive."))
    if connection.vendor == "sqlite":
        return warning(_("Nobody does background work: the product is not running."), _("Start it: leadkeeper serve"))
    return problem(_("Nobody does background work."), _("Start it beside the server: leadkeeper worker"))


def endpoint() -> Finding:
    """Whether Clerk has ever reached the webhook door, and lately."""
    arrived = deliveries.visible_to(Viewer.system(home()))
    last = arrived.order_by("-id").values_list("received_at", flat=True).first()
    address = f"{settings.LEADKEEPER_URL}/clerk/users"
    if last is None:
        return warning(
            _("No delivery has ever arrived."),
            _("In Clerk's dashboard add the endpoint %s for user.created, user.updated and user.deleted.") % address,
        )
    now = timezone.now()
    detail = _("The last delivery arrived %s ago.") % _age(last, now)
    if now - last > _QUIET_AFTER:
        return warning(detail, _("See in Clerk's dashboard whether the endpoint %s is still enabled.") % address)
    return fine(detail)


def failed_deliveries() -> Finding:
    lately = timezone.now() - timedelta(days=1)
    failed = deliveries.visible_to(Viewer.system(home())).filter(outcome=Delivery.Outcome.FAILED)
    count = failed.filter(received_at__gt=lately).count()
    if not count:
        return fine(_("No delivery failed in the last day."))
    return warning(
        ngettext("%d delivery failed in the last day.", "%d deliveries failed in the last day.", count) % count,
        _("Read the reason on the Directory page, and replay it there."),
    )


def last_sweep() -> Finding:
    sweeps = Sweep.objects.filter(organization_id=HOME_ID).order_by("-asked_at")
    complete = sweeps.filter(status=Sweep.Status.COMPLETE).first()
    hours = settings.DIRECTORY_RECONCILE_HOURS
    return judge_sweeps(sweeps.first(), complete, every=timedelta(hours=hours), now=timezone.now())


def judge_sweeps(newest: Sweep | None, complete: Sweep | None, *, every: timedelta, now: datetime) -> Finding:
    """What the newest sweep means, and the newest complete one; `every` is nothing where there is no schedule."""
    if newest is None:
        return warning(_("The whole list has never been fetched."), _("Run: leadkeeper backfill"))
    if newest.status == Sweep.Status.REFUSED:
        return problem(
            _("The last sweep was refused: %s") % newest.why,
            _("Where that is right nevertheless, run: leadkeeper reconcile --force"),
        )
    if not newest.is_over:
        return _judge_unfinished(newest, now)
    if complete and every and now - _end(complete) > 2 * every:
        return problem(
            _("The last complete sweep ended %s ago; scheduled sweeps are not running.") % _age(_end(complete), now),
            _("See that the server or a worker is running, and run: leadkeeper reconcile"),
        )
    if newest.status == Sweep.Status.INCOMPLETE:
        return warning(_("The last sweep is incomplete: %s") % newest.why, _("Run: leadkeeper reconcile"))
    return fine(
        _("The last sweep ended %(age)s ago, complete, %(people)d people seen.")
        % {"age": _age(_end(newest), now), "people": newest.seen}
    )


def _judge_unfinished(run: Sweep, now: datetime) -> Finding:
    last_sign = run.beat_at or run.asked_at
    if now - last_sign > _DEAD_AFTER:
        return warning(
            _("A sweep waits, without a sign of life for %s.") % _age(last_sign, now),
            _("See that the server or a worker is running: it goes on where it stopped."),
        )
    return fine(_("A sweep is on its way, %d people seen.") % run.seen)


def _end(run: Sweep) -> datetime:
    return run.ended_at or run.asked_at


def _age(then: datetime, now: datetime) -> str:
    seconds = int((now - then).total_seconds())
    return _("%d s") % max(seconds, 0) if seconds < 60 else timesince(then, now, depth=1).replace("\xa0", " ")
