"""People of whom the mirror is in doubt are asked for by id, and become what the provider says now."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from leadkeeper.directory import provider
from leadkeeper.directory.deliveries.receive import UNAVAILABLE
from leadkeeper.directory.models import Recheck, Sweep
from leadkeeper.directory.people.apply import apply
from leadkeeper.directory.people.change import Absent, Deleted, Stated
from leadkeeper.directory.provider import MOST_IDS, Directory, NotConfigured, ProviderError, ProviderUnavailable
from leadkeeper.team.models import User
from leadkeeper.team.organizations import HOME_ID

_GIVE_UP_AFTER_S: Final = 5.0
_LONGEST_PAUSE: Final = timedelta(hours=1)
# More than so many are asked for together first; then only those not found are asked for one by one.
_FEW: Final = 5

logger = logging.getLogger(__name__)


def recheck_people() -> None:
    """One look of the background loop. Before anybody has asked for a first sweep the provider is asked nothing.

    Opens a transaction for each person, and none over HTTP.
    """
    due = list(Recheck.objects.filter(next_try_at__lte=timezone.now()).order_by("next_try_at")[:MOST_IDS])
    if not due or not Sweep.objects.exists():
        return
    try:
        directory = provider.current()(give_up_after_s=_GIVE_UP_AFTER_S)
    except NotConfigured:
        return
    with directory:
        _recheck(due, directory)


def _recheck(due: Sequence[Recheck], directory: Directory) -> None:
    """Ask for each; where the provider is away, the others wait for the next look."""
    found = _find_together(due, directory)
    for recheck in due:
        try:
            _apply_truth(recheck, found.get(recheck.clerk_id) or directory.person(recheck.clerk_id))
        except UNAVAILABLE:
            raise
        except Exception as error:
            _try_later(recheck, error)
            if isinstance(error, ProviderUnavailable):
                return


def _find_together(due: Sequence[Recheck], directory: Directory) -> dict[str, Stated]:
    """Those of many whom the provider finds. Nobody of few, and where it does not answer such a question."""
    if len(due) <= _FEW:
        return {}
    try:
        people = directory.people_by_id([recheck.clerk_id for recheck in due]).people
    except ProviderError:
        return {}
    return {stated.clerk_id: stated for stated in people}


def _apply_truth(recheck: Recheck, known: Stated | Deleted) -> None:
    """Apply the answer, and settle the doubt; not one that has come since."""
    with transaction.atomic():
        change = _gone(recheck.clerk_id) if isinstance(known, Deleted) else known
        apply([change], organization_id=HOME_ID, now=timezone.now())
        Recheck.objects.filter(pk=recheck.pk, asked_at=recheck.asked_at).delete()


def _gone(clerk_id: str) -> Deleted | Absent:
    """What it means not to be found: a deletion, which is final. Whom no sweep has met may be of another instance than
    the key's, though, and is only absent, which turning up undoes."""
    met = User.objects.filter(clerk_id=clerk_id, seen_in_sweep__isnull=False)
    return Deleted(clerk_id) if met.exists() else Absent(clerk_id)


def _try_later(recheck: Recheck, error: Exception) -> None:
    attempts = recheck.attempts + 1
    pause = min(timedelta(seconds=2 ** min(attempts, 20)), _LONGEST_PAUSE)
    Recheck.objects.filter(pk=recheck.pk).update(attempts=attempts, next_try_at=timezone.now() + pause)
    logger.warning(
        "a person could not be checked",
        extra={"clerk_id": recheck.clerk_id, "problem": error},
        exc_info=None if isinstance(error, ProviderError) else error,
    )
