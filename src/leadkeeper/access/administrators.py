"""The way in for the first administrator, and the way back when the directory has left none."""

from django.db.models.functions import Lower

from leadkeeper.live.announce import announce
from leadkeeper.team.local_people import checked_email, make_local_person
from leadkeeper.team.models import Membership, Organization
from leadkeeper.team.roles import Role, at_most


def make_administrator(organization: Organization, email: str, *, name: str = "") -> Membership:
    """Give the one active person of that e-mail the role here, or make a local person who has it.

    Where no active owner is left the role is owner, else administrator; a higher one is never taken away.
    Two people who share the e-mail are left alone: which of them is meant cannot be known.
    """
    email = checked_email(email)
    role = _role_wanted(organization)
    existing = list(
        Membership.objects.active()
        .filter(organization=organization, user__is_active=True)
        .alias(email=Lower("user__email"))
        .filter(email=email.lower())
        .select_related("user")[:2]
    )
    membership = existing[0] if len(existing) == 1 else _new_person(organization, email, name)
    if at_most(role, membership.role) is role:
        role = membership.role
    membership.role_set_here, membership.role_set_by = role, None
    membership.save(update_fields=["role_set_here", "role_set_by"])
    announce(organization.id, ["team"])
    return membership


def _role_wanted(organization: Organization) -> Role:
    active = Membership.objects.active().administrators().filter(organization=organization, user__is_active=True)
    return Role.ADMIN if any(membership.role is Role.OWNER for membership in active) else Role.OWNER


def _new_person(organization: Organization, email: str, name: str) -> Membership:
    return make_local_person(organization, name=" ".join(name.split()) or email.partition("@")[0], email=email)
