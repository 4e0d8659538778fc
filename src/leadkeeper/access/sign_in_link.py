"""One-time sign-in links: whoever can run a command on the server can let a person in, without a password."""

import hashlib
import re
import secrets
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from leadkeeper.access.models import SignInLink
from leadkeeper.directory.people.fetch_person import fetch_person
from leadkeeper.directory.provider import ProviderError
from leadkeeper.storage.errors import Conflict, NotFound
from leadkeeper.team.models import Membership, MembershipQuerySet, Organization, User

VALID_FOR: Final = timedelta(minutes=15)
# `user_29w83sxmDNGwOuEthce5gg56FcC`
_ID_OF_DIRECTORY: Final = re.compile(r"[a-z]+_[A-Za-z0-9]{1,250}")


def make_link(user: User) -> str:
    """An address that signs this person in, once, within 15 minutes. Only its hash is kept."""
    token = secrets.token_urlsafe(32)
    SignInLink.objects.create(hash=_hash(token), user=user, expires_at=timezone.now() + VALID_FOR)
    return settings.LEADKEEPER_URL + reverse("sign_in_link", args=[token])


class LinkRefused(Conflict):
    """A link lets nobody in. `why` and `person_id`, None for an unknown link, are for the log."""

    def __init__(self, message: str, *, why: str, person_id: uuid.UUID | None = None) -> None:
        super().__init__(message)
        self.why = why
        self.person_id = person_id


def person_of_link(token: str) -> User:
    """The person whom the link would let in now; looking does not use it up. Raises LinkRefused."""
    link = SignInLink.objects.select_related("user").filter(hash=_hash(token)).first()
    # A link that has expired is deleted soon after, and cannot be told from one that never was.
    useless = _("It is older than 15 minutes, or was not copied whole.")
    if link is None:
        raise LinkRefused(useless, why="unknown")
    if link.expires_at <= timezone.now():
        raise LinkRefused(useless, why="expired", person_id=link.user_id)
    if link.used_at is not None:
        raise LinkRefused(_("It has been used already, and works only once."), why="used", person_id=link.user_id)
    if not Membership.objects.active().filter(user=link.user, user__is_active=True).exists():
        raise LinkRefused(
            _("The person it was made for is no longer active."), why="person inactive", person_id=link.user_id
        )
    return link.user


def redeem(token: str) -> User:
    """Use the link up and answer its person: of two who press at once, one gets in. Raises LinkRefused."""
    user = person_of_link(token)
    if not SignInLink.objects.filter(hash=_hash(token), used_at__isnull=True).update(used_at=timezone.now()):
        raise LinkRefused(_("It has been used already, and works only once."), why="used", person_id=user.pk)
    return user


def person_called(name: str, organization: Organization) -> Membership:
    """The active person of that e-mail or id. Raises NotFound, or Conflict where several have the e-mail."""
    active = active_people_called(name, organization)
    if len(active) > 1:
        raise several_called(name, active)
    if active:
        return active[0]
    if _people_called(name, organization).exists():
        raise NotFound(_("%s is not active.") % name)
    raise NotFound(_("Nobody here has the e-mail or id %s.") % name)


def active_people_called(name: str, organization: Organization) -> list[Membership]:
    """The active people of that e-mail or id, by name."""
    active = _people_called(name, organization).active().filter(user__is_active=True)
    return list(active.select_related("user").order_by("folded_name", "user_id"))


def several_called(email: str, people: Sequence[Membership]) -> Conflict:
    """The refusal to choose among people who share an e-mail, with the id of each."""
    ids = "\n".join(f"  {membership.user_id}  {membership.user}" for membership in people)
    words = _("%(count)d people have the e-mail %(email)s. Use one of their ids:")
    return Conflict(words % {"count": len(people), "email": email} + f"\n{ids}")


def fetch_if_unknown(name: str) -> None:
    """Have a person whom the directory knows by this id, and the mirror not yet, fetched before they are looked up.

    Not inside a transaction, since the directory is asked. Raises Conflict where it cannot be.
    """
    if not _ID_OF_DIRECTORY.fullmatch(name):
        return
    try:
        fetch_person(name)
    except ProviderError as error:
        raise Conflict(
            _("Nobody here has the id %(id)s, and the directory could not be asked: %(problem)s")
            % {"id": name, "problem": error}
        ) from error


def _people_called(name: str, organization: Organization) -> MembershipQuerySet:
    people = Membership.objects.filter(organization=organization)
    if _ID_OF_DIRECTORY.fullmatch(name):
        return people.filter(user__clerk_id=name)
    try:
        return people.filter(user_id=uuid.UUID(name))
    except ValueError:
        return people.alias(email=Lower("user__email")).filter(email=name.strip().lower()).exclude(email="")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
