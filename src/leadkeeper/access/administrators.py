"""The way in for the first administrator, and the way back when the directory has left none."""

from collections.abc import Sequence

from leadkeeper.access.sign_in_link import active_people_called, person_called, several_called
from leadkeeper.live.announce import announce
from leadkeeper.team.local_people import checked_email, make_local_person
from leadkeeper.team.models import Membership, Organization
from leadkeeper.team.roles import Role, at_most


def make_administrator(organization: Organization, called: str, *, name: str = "") -> Membership:
    """Give the active person of that e-mail or id the role here; for a new e-mail make a local person who has it.

    Where no active owner is left the role is owner, else administrator; a higher one is never taken away. Of several
    people who share the e-mail the one local one is meant. Raises NotFound for an id of nobody, Invalid for what is
    neither, and Conflict, with their ids, where it cannot be known who is meant.
    """
    role = _role_wanted(organization)
    membership = _person(organization, called, name)
    if at_most(role, membership.role) is role:
        role = membership.role
    membership.role_set_here, membership.role_set_by = role, None
    membership.save(update_fields=["role_set_here", "role_set_by"])
    announce(organization.id, ["team"])
    return membership


def _role_wanted(organization: Organization) -> Role:
    active = Membership.objects.active().administrators().filter(organization=organization, user__is_active=True)
    return Role.ADMIN if any(membership.role is Role.OWNER for membership in active) else Role.OWNER


def _person(organization: Organization, called: str, name: str) -> Membership:
    if "@" not in called and called.strip():
        return person_called(called, organization)
    email = checked_email(called)
    found = active_people_called(email, organization)
    if not found:
        return make_local_person(organization, name=" ".join(name.split()) or email.partition("@")[0], email=email)
    return _the_one_meant(found, email)


def _the_one_meant(found: Sequence[Membership], email: str) -> Membership:
    local = [membership for membership in found if membership.user.clerk_id is None]
    candidates = local if len(found) > 1 and local else found
    if len(candidates) > 1:
        raise several_called(email, candidates)
    return candidates[0]
