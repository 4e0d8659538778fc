"""Between sweeps: the people who changed lately, newest first, so that a lost delivery is made good within minutes.

It cannot see who was deleted, since nobody who is gone is on a list: that is what sweeps are for.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from leadkeeper.directory import provider
from leadkeeper.directory.deliveries.receive import UNAVAILABLE
from leadkeeper.directory.models import CatchUp, Sweep
from leadkeeper.directory.people.apply import apply
from leadkeeper.directory.people.change import Stated, Version
from leadkeeper.directory.provider import Directory, NotConfigured, ProviderError
from leadkeeper.directory.sweeps import schedule
from leadkeeper.live.announce import announce
from leadkeeper.storage.errors import Conflict
from leadkeeper.team.models import User
from leadkeeper.team.organizations import HOME_ID, home
from leadkeeper.team.viewer import Viewer

# As many pages; where so many people have changed, and deliveries of them were lost, a sweep is quicker.
MOST_PAGES: Final = 20
# The provider's clock and ours may differ by as much.
_CLOCK_SKEW: Final = timedelta(minutes=5)
_GIVE_UP_AFTER_S: Final = 10.0

logger = logging.getLogger(__name__)


def catch_up_when_due() -> None:
    """One look of the background loop. Before a first complete sweep, and while one is on its way, nothing."""
    every = timedelta(minutes=settings.DIRECTORY_CATCHUP_MINUTES)
    now = timezone.now()
    if not every:
        return
    complete = _last_sweep(now - every)
    if complete is None or not _take_turn(now, every):
        return
    try:
        directory = provider.current()(give_up_after_s=_GIVE_UP_AFTER_S)
        with directory:
            catch_up(directory, known_until=_known_until(complete), now=now)
    except NotConfigured:
        return
    except ProviderError as error:
        logger.warning("could not catch up with the directory", extra={"problem": error})


def catch_up(directory: Directory, *, known_until: datetime, now: datetime) -> None:
    """Apply whoever changed since `known_until`; then everything is known until `now`.

    Opens a transaction for each page, and none over HTTP. Asks for a sweep where the walk gets too long.
    """
    if _walk(directory, known_until):
        with transaction.atomic():
            CatchUp.objects.filter(organization_id=HOME_ID).update(known_until=now)
            announce(HOME_ID, ["directory"])
        return
    logger.info("too many people changed to catch up with, asking for a sweep")
    try:
        with transaction.atomic():
            schedule.ask(Sweep.Kind.RECONCILE, by=Viewer.system(home()))
    except Conflict:
        return


def _last_sweep(ended_before: datetime) -> Sweep | None:
    """The last complete sweep, if it ended before then and no other one is waiting or running."""
    sweeps = Sweep.objects.filter(organization_id=HOME_ID).order_by("-asked_at")
    newest = sweeps.first()
    if newest is None or not newest.is_over:
        return None
    complete = sweeps.filter(status=Sweep.Status.COMPLETE).first()
    return complete if complete and complete.ended_at and complete.ended_at <= ended_before else None


def _take_turn(now: datetime, every: timedelta) -> bool:
    """Whether it is time, and nobody else is doing it. Whoever dies meanwhile is followed by the next turn."""
    row = CatchUp.objects.filter(organization_id=HOME_ID)
    # Looked for first, so that nothing to do takes no lock for writing.
    if row.filter(next_at__gt=now).exists():
        return False
    CatchUp.objects.get_or_create(organization_id=HOME_ID, defaults={"next_at": now})
    return row.filter(next_at__lte=now).update(next_at=now + every) == 1


def _known_until(complete: Sweep) -> datetime:
    swept = complete.started_at or complete.asked_at
    caught_up = CatchUp.objects.get(organization_id=HOME_ID).known_until
    return max(swept, caught_up) if caught_up else swept


def _walk(directory: Directory, known_until: datetime) -> bool:
    """Whether the walk reached what is known, or at least found nothing that was not."""
    ground = int((known_until - _CLOCK_SKEW).timestamp() * 1000)
    offset, surprises = 0, 0
    for _page in range(MOST_PAGES):
        page = directory.newest(offset=offset)
        unknown = _unknown(page.people)
        _apply(unknown)
        # A page full of what is known already is no ground: deliveries may have been lost before those that arrived.
        if not page.rows or any(stated.updated_at < ground for stated in page.people):
            return True
        surprises += len(unknown)
        offset += page.rows
    return not surprises


def _unknown(people: Sequence[Stated]) -> list[Stated]:
    """Those of whom the mirror holds something else, or something older, or nothing."""
    rows = User.objects.filter(clerk_id__in=[stated.clerk_id for stated in people], absent_since__isnull=True)
    held = {clerk_id: Version.parse(version) for clerk_id, version in rows.values_list("clerk_id", "version")}
    return [stated for stated in people if not _is_known(stated, held.get(stated.clerk_id, Version()))]


def _is_known(stated: Stated, held: Version) -> bool:
    if held.updated_at == stated.updated_at:
        return held.fingerprint == stated.version.fingerprint
    return held.updated_at > stated.updated_at


def _apply(people: Sequence[Stated]) -> None:
    """In one transaction; where that fails one by one, so that a poisonous record harms no other."""
    try:
        with transaction.atomic():
            apply(people, organization_id=HOME_ID, now=timezone.now())
    except UNAVAILABLE:
        raise
    except Exception:
        if len(people) == 1:
            logger.exception("a person could not be stored", extra={"clerk_id": people[0].clerk_id})
            return
        for stated in people:
            _apply([stated])
