"""Somebody turns up whom the mirror does not know yet: they are fetched by id at once."""

from typing import Final

from django.db import transaction
from django.utils import timezone

from leadkeeper.directory import provider
from leadkeeper.directory.people.apply import apply
from leadkeeper.directory.people.change import Deleted
from leadkeeper.team.models import User
from leadkeeper.team.organizations import HOME_ID

# Somebody is waiting.
_GIVE_UP_AFTER_S: Final = 5.0


def fetch_person(clerk_id: str) -> User | None:
    """The person of this id: from the mirror, or else from the directory. None where there is nobody of that id.

    Opens a transaction of its own, and none over HTTP. Raises ProviderError where the directory cannot be asked.
    """
    known = User.objects.filter(clerk_id=clerk_id).first()
    if known:
        return known
    with provider.current()(give_up_after_s=_GIVE_UP_AFTER_S) as directory:
        stated = directory.person(clerk_id)
    if isinstance(stated, Deleted):
        return None
    with transaction.atomic():
        apply([stated], organization_id=HOME_ID, now=timezone.now())
    return User.objects.get(clerk_id=clerk_id)
