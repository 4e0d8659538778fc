"""How far the list of people can be trusted now, and what is to be done where it cannot."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leadkeeper.directory import heartbeat, provider
from leadkeeper.directory.deliveries import read as deliveries
from leadkeeper.directory.door import Door, door
from leadkeeper.directory.models import Delivery, Quarantined, Sweep
from leadkeeper.directory.provider import NotConfigured
from leadkeeper.team.models import Membership, User
from leadkeeper.team.roles import May
from leadkeeper.team.viewer import Kind, Viewer

# Counted up to here; more are "many".
COUNTED_UP_TO: Final = 1000
# Where no schedule says when the list is to be checked again.
_OLD_AFTER: Final = timedelta(days=7)


class Flaw(StrEnum):
    """What may be wrong, the worst first."""

    NO_ADMINISTRATOR = "no_administrator"
    NO_KEY = "no_key"
    REFUSED = "refused"
    NEVER_FETCHED = "never_fetched"
    INCOMPLETE = "incomplete"
    TOO_OLD = "too_old"
    NO_WORKER = "no_worker"
    NO_SECRET = "no_secret"  # noqa: S105  (its name)
    NOTHING_ARRIVED = "nothing_arrived"
    FAILED = "failed"
    QUARANTINED = "quarantined"


# What the steps of the set-up say already.
OF_SET_UP: Final = (Flaw.NO_KEY, Flaw.NEVER_FETCHED, Flaw.NO_SECRET, Flaw.NOTHING_ARRIVED)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the mirror. `complete` is the newest sweep that was complete, `newest` any newest one."""

    now: datetime
    door: Door
    people: int
    newest: Sweep | None
    complete: Sweep | None
    is_first: bool
    last_delivery_at: datetime | None
    # Since the last complete sweep.
    failed: int
    not_configured: str
    has_worker: bool
    has_administrator: bool

    @property
    def runs(self) -> bool:
        return self.newest is not None and not self.newest.is_over

    @property
    def proven_at(self) -> datetime | None:
        """Whatever the provider knew at this moment is here: the start of the last complete sweep."""
        return _proven_at(self.complete) if self.complete else None

    @property
    def differences(self) -> int:
        """How many people the last complete sweep found different, and put right."""
        return self.complete.created + self.complete.updated + self.complete.deactivated if self.complete else 0


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, as two sentences for the reader; `command` repairs it where no button does."""

    flaw: Flaw
    title: str
    text: str
    command: str = ""

    @property
    def is_grave(self) -> bool:
        return self.flaw in (Flaw.NO_ADMINISTRATOR, Flaw.REFUSED)


def facts(viewer: Viewer, *, now: datetime) -> Facts:
    """What is known now. Raises NotAllowed."""
    viewer.require(May.MANAGE)
    sweeps = Sweep.objects.filter(organization_id=viewer.organization_id).order_by("-asked_at")
    complete = list(sweeps.filter(status=Sweep.Status.COMPLETE)[:2])
    newest = sweeps.first()
    arrived = deliveries.visible_to(viewer)
    failed = arrived.filter(outcome=Delivery.Outcome.FAILED)
    if complete:
        # What failed before was made good by the check, which asked for everybody.
        failed = failed.filter(id__gte=deliveries.since(_proven_at(complete[0])))
    return Facts(
        now=now,
        door=door(),
        people=_people(viewer),
        newest=newest,
        complete=complete[0] if complete else None,
        is_first=len(complete) == 1,
        last_delivery_at=arrived.order_by("-id").values_list("received_at", flat=True).first(),
        failed=failed[: COUNTED_UP_TO + 1].count(),
        not_configured=not_configured(),
        has_worker=settings.ENVIRONMENT.is_sqlite or heartbeat.somebody_works(),
        # A person who may see this is one.
        has_administrator=viewer.kind is Kind.PERSON or _administrators(viewer).exists(),
    )


def not_configured() -> str:
    """What is to be set before the directory can be asked, or nothing."""
    try:
        provider.current().require_configured()
    except NotConfigured as error:
        return str(error)
    return ""


def quarantined(run: Sweep, most: int) -> list[Quarantined]:
    """The first records of a sweep that made no sense."""
    return list(Quarantined.objects.filter(sweep=run).order_by("clerk_id")[:most])


def problems(facts: Facts) -> list[Problem]:
    """What is wrong, the worst first; nothing where everything is as it should be. Pure."""
    found = [make(facts) for make in (_team, _connection, _list, _background, _arriving, _unread)]
    order = list(Flaw)
    return sorted((one for some in found for one in some), key=lambda one: order.index(one.flaw))


def _proven_at(complete: Sweep) -> datetime:
    return complete.started_at or complete.asked_at


def _people(viewer: Viewer) -> int:
    """How many active people come from the directory: all but the few who are known only here."""
    active = Membership.objects.visible_to(viewer).active()
    local = User.objects.filter(Exists(active.filter(user=OuterRef("pk"))), clerk_id__isnull=True)
    return active.count() - local.count()


def _administrators(viewer: Viewer) -> QuerySet[Membership]:
    here = User.objects.filter(id=OuterRef("user_id"), is_active=True)
    return Membership.objects.visible_to(viewer).active().administrators().filter(Exists(here))


def _team(facts: Facts) -> list[Problem]:
    if facts.has_administrator:
        return []
    title = _("Nobody active is an owner or administrator")
    text = _("Nobody can manage this installation. This command makes an administrator who is known only here:")
    return [Problem(Flaw.NO_ADMINISTRATOR, title, text, "leadkeeper admin create EMAIL")]


def _connection(facts: Facts) -> list[Problem]:
    if not facts.not_configured:
        return []
    title = _("%(provider)s cannot be asked for the list of people") % {"provider": facts.door.provider}
    return [Problem(Flaw.NO_KEY, title, facts.not_configured)]


def _list(facts: Facts) -> list[Problem]:
    """What is wrong with the checks of the whole list."""
    names = {"provider": facts.door.provider}
    newest, complete = facts.newest, facts.complete
    if newest is None or (complete is None and newest.status == Sweep.Status.COMPLETE):
        title = _("The list of people has never been fetched")
        text = _("Fetching it brings everybody from %(provider)s here, with their roles.") % names
        return [Problem(Flaw.NEVER_FETCHED, title, text)]
    if newest.status == Sweep.Status.REFUSED:
        title = _("The last sweep stopped before deactivating anybody")
        return [Problem(Flaw.REFUSED, title, why_refused(newest))]
    if newest.status == Sweep.Status.INCOMPLETE:
        return [Problem(Flaw.INCOMPLETE, _("The last sweep did not finish"), newest.why)]
    if complete and not facts.runs and facts.now - (complete.ended_at or complete.asked_at) > _old_after():
        title = _("The list has not been reconciled for too long")
        text = _("Scheduled sweeps are not running. Check that the server or a worker is running, then reconcile now.")
        return [Problem(Flaw.TOO_OLD, title, text)]
    return []


def why_refused(run: Sweep) -> str:
    """Why a sweep that was refused deactivated nobody."""
    return ngettext(
        "%(count)s active person was not found at %(provider)s. So many people, or the last administrator, "
        "are never deactivated without asking: it may be a mistake there.",
        "%(count)s active people were not found at %(provider)s. So many people, or the last administrator, "
        "are never deactivated without asking: it may be a mistake there.",
        run.missing,
    ) % {"count": number_format(run.missing, force_grouping=True), "provider": door().provider}


def _old_after() -> timedelta:
    """After two missed checks, where there is a schedule."""
    return timedelta(hours=2 * settings.DIRECTORY_RECONCILE_HOURS) or _OLD_AFTER


def _background(facts: Facts) -> list[Problem]:
    if facts.has_worker:
        return []
    title = _("No background worker is running")
    text = _("Sweeps wait for it. Start it on the server:")
    return [Problem(Flaw.NO_WORKER, title, text, "leadkeeper worker")]


def _arriving(facts: Facts) -> list[Problem]:
    """What is wrong with the way news takes from the provider to here."""
    names = {"provider": facts.door.provider, "setting": facts.door.secret_setting}
    found = []
    if not facts.door.is_open:
        title = _("Webhooks from %(provider)s are refused") % names
        text = _("Changes show here only after the next sweep, until %(setting)s is set.") % names
        found.append(Problem(Flaw.NO_SECRET, title, text))
    if facts.last_delivery_at is None:
        title = _("No webhook from %(provider)s yet") % names
        text = _("Changes show here only after the next sweep, until the endpoint is added there.")
        found.append(Problem(Flaw.NOTHING_ARRIVED, title, text))
    return found


def _unread(facts: Facts) -> list[Problem]:
    """What arrived and made no sense."""
    found = []
    if facts.failed:
        count = facts.failed if facts.failed <= COUNTED_UP_TO else COUNTED_UP_TO
        title = ngettext(
            "%(count)s delivery could not be applied", "%(count)s deliveries could not be applied", count
        ) % {"count": count if facts.failed <= COUNTED_UP_TO else f"{COUNTED_UP_TO}+"}
        text = _("See why and replay them, or reconcile now: that brings in whatever they contained.")
        found.append(Problem(Flaw.FAILED, title, text))
    if facts.complete and facts.complete.quarantined:
        count = facts.complete.quarantined
        title = ngettext(
            "%(count)d unreadable record in the last sweep",
            "%(count)d unreadable records in the last sweep",
            count,
        ) % {"count": count}
        text = _("Nothing in them was applied, and nobody was deactivated because of them. The reasons are below.")
        found.append(Problem(Flaw.QUARANTINED, title, text))
    return found
