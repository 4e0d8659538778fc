"""The way in for the first administrator, and the way back when the directory has left none."""

import uuid

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from leadkeeper.live.announce import announce
from leadkeeper.team.errors import Invalid
from leadkeeper.team.models import Membership, Organization, User
from leadkeeper.team.roles import Role, at_most
from leadkeeper.team.words import searchable, sortable


def make_administrator(organization: Organization, email: str, *, name: str = "") -> Membership:
    """Give the one active person of that e-mail the role here, or make a local person who has it.

    Where no active owner is left the role is owner, else administrator; a higher one is never taken away.
    Two people who share the e-mail are left alone: which of them is meant cannot be known.
    """
    email = _checked_email(email)
    role = _role_wanted(organization)
    existing = list(
        Membership.objects.active()
        .filter(organization=organization, user__is_active=True)
        .alias(email=Lower("user__email"))
        .filter(email=email.lower())
        .select_related("user")[:2]
    )
    membership = existing[0] if len(existing) == 1 else _local_person(organization, email, name)
    if at_most(role, membership.role) is role:
        role = membership.role
    membership.role_set_here, membership.role_set_by = role, None
    membership.save(update_fields=["role_set_here", "role_set_by"])
    announce(organization.id, ["team"])
    return membership


def _checked_email(text: str) -> str:
    email = text.strip()
    try:
        validate_email(email)
    except ValidationError:
        raise Invalid("email", _("%s is no e-mail address.") % email) from None
    if len(email) > 254:
        raise Invalid("email", _("An e-mail address has at most 254 characters."))
    return email


def _role_wanted(organization: Organization) -> Role:
    active = Membership.objects.active().administrators().filter(organization=organization, user__is_active=True)
    return Role.ADMIN if any(membership.role is Role.OWNER for membership in active) else Role.OWNER


def _local_person(organization: Organization, email: str, name: str) -> Membership:
    """Somebody the directory knows nothing of, and will never touch."""
    id_ = uuid.uuid4()
    name = (" ".join(name.split()) or email.partition("@")[0])[:255]
    user = User.objects.create(id=id_, username=id_.hex, name=name, email=email)
    return Membership.objects.create(
        organization=organization, user=user, folded_name=sortable(name), words=searchable(name, email)
    )
