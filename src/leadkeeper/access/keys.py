"""API keys, for programs: shown once, kept as a hash, with a role of their own."""

import hashlib
import secrets
import uuid
from collections.abc import Iterable
from typing import Any, Final

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from leadkeeper.access.models import ApiKey
from leadkeeper.storage.errors import FieldError, NotAllowed, NotFound, Refusals
from leadkeeper.team.models import Organization
from leadkeeper.team.roles import May, Role, at_most
from leadkeeper.team.viewer import Kind, Viewer

PREFIX: Final = "lk_"
_LONGEST_NAME: Final = 100


def create_key(
    organization: Organization, *, name: str, role: Role, by: Viewer | None, refused: Iterable[FieldError] = ()
) -> tuple[ApiKey, str]:
    """A new key and its text, which nothing can show again. `by` is None for the command line; `refused` is what was
    wrong already when it was read.

    Raises Invalid for a name that is empty or too long, or a role above the maker's.
    """
    maker = by or Viewer.system(organization)
    maker.require(May.MANAGE)
    if maker.kind is Kind.KEY:
        # It would outlive the key that made it.
        raise NotAllowed(_("An API key cannot make API keys."))
    refusals = Refusals(refused)
    name = " ".join(name.split())
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        refusals.add(FieldError("name", _("Give the key a name of at most %d characters.") % _LONGEST_NAME))
    if at_most(role, maker.role) is not role:
        refusals.add(FieldError("role", _("A key cannot do more than the person who creates it.")))
    refusals.raise_any()
    text = PREFIX + secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        organization=organization, name=name, role=role, hash=hash_of(text), made_by_id=maker.person_id
    )
    return key, text


def keys_of(viewer: Viewer) -> QuerySet[ApiKey]:
    """The organization's keys, newest first, those revoked too. Raises NotAllowed."""
    viewer.require(May.MANAGE)
    return ApiKey.objects.filter(organization_id=viewer.organization_id).order_by("-created_at")


def find_key(key_id: uuid.UUID, viewer: Viewer) -> ApiKey:
    """Raises NotAllowed and NotFound."""
    key = keys_of(viewer).filter(id=key_id).first()
    if key is None:
        raise NotFound(_("There is no such API key."))
    return key


def revoke_key(key_id: uuid.UUID, *, by: Viewer) -> ApiKey:
    """End a key for good; doing so again changes nothing. Raises NotFound."""
    key = find_key(key_id, by)
    if key.revoked_at is None:
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
    return key


def hash_of(text: str) -> str:
    """What is kept of a key: with 256 random bits in it, a plain hash is as good as a slow one."""
    return hashlib.sha256(text.encode()).hexdigest()


def keep_keys(sender: object, *, local_id: uuid.UUID, mirrored_id: uuid.UUID, **signal: Any) -> None:
    """When a local person is linked to somebody of the directory, the keys they made go on as that person's."""
    ApiKey.objects.filter(made_by=local_id).update(made_by=mirrored_id)
