"""Set what is ours of a person: the role given here, capacity, absence, and whether they may own leads.

The directory never touches these columns, and this module never touches the mirrored ones.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _

from leadkeeper.live.announce import announce
from leadkeeper.storage.errors import Conflict, FieldError, Invalid, NotAllowed, NotFound, Refusals
from leadkeeper.storage.unset import UNSET, Unset
from leadkeeper.team import roles
from leadkeeper.team.models import Membership, Organization
from leadkeeper.team.roles import May, Role
from leadkeeper.team.time_zones import end_of
from leadkeeper.team.viewer import Viewer, refusal

LARGEST_CAPACITY: Final = 1_000_000
# What managers set of everybody, and everybody of themselves; the rest is for administrators.
_ABSENCE: Final = frozenset({"away_until"})


@dataclass(frozen=True, kw_only=True)
class PersonChanges:
    """What to set; what is not given stays. None clears: a role goes back to the directory."""

    role: Role | Unset | None = UNSET
    capacity: int | Unset | None = UNSET
    away_until: date | Unset | None = UNSET
    may_own_leads: bool | Unset | None = UNSET

    @property
    def given(self) -> set[str]:
        """The names of what is to be set."""
        return {field.name for field in fields(self) if getattr(self, field.name) is not UNSET}


def may_set(user_id: uuid.UUID, by: Viewer) -> frozenset[str]:
    """Which of these things `by` sets of that person."""
    if by.may(May.MANAGE):
        return frozenset(field.name for field in fields(PersonChanges))
    return _ABSENCE if by.may(May.PLAN) or user_id == by.person_id else frozenset()


def manage(user_id: uuid.UUID, changes: PersonChanges, *, by: Viewer, refused: Iterable[FieldError] = ()) -> Membership:
    """Set these things of a person; answers the membership as it is now. `refused`: what was wrong already when the
    changes were read.

    Raises NotFound, NotAllowed, Invalid with all that is wrong, and Conflict where nobody would be left to run the
    organization.
    """
    permitted = may_set(user_id, by)
    beyond = changes.given - permitted
    if beyond or not permitted:
        raise NotAllowed(refusal(May.PLAN if beyond <= _ABSENCE else May.MANAGE))
    membership = lock_membership(user_id, by, in_turn=not isinstance(changes.role, Unset))
    refusals = Refusals(refused)
    with refusals:
        _require_capacity(changes.capacity)
    away_ends_at = None
    with refusals:
        away_ends_at = _end_of_absence(changes.away_until, by)
    refusals.raise_any()
    changed = []
    if not isinstance(changes.role, Unset) and changes.role != membership.role_set_here:
        _set_role(membership, changes.role, by)
        changed += ["role_set_here", "role_set_by"]
    if not isinstance(changes.capacity, Unset):
        membership.capacity = changes.capacity
        changed.append("capacity")
    if not isinstance(changes.away_until, Unset):
        membership.away_until = changes.away_until
        membership.away_ends_at = away_ends_at
        changed += ["away_until", "away_ends_at"]
    if not isinstance(changes.may_own_leads, Unset):
        membership.may_own_leads = changes.may_own_leads
        changed.append("may_own_leads")
    if changed:
        membership.save(update_fields=changed)
        announce(by.organization_id, ["team"])
    return membership


def released_role(membership: Membership) -> Role:
    """The role that counts when none is set here."""
    return Role(membership.directory_role or settings.CLERK_DEFAULT_ROLE)


def lock_membership(user_id: uuid.UUID, by: Viewer, *, in_turn: bool) -> Membership:
    """The membership, locked; `in_turn` for what may leave nobody to run the organization. Raises NotFound."""
    if in_turn:
        # One after the other: otherwise two administrators could demote each other at the same moment.
        Organization.objects.select_for_update(no_key=True).get(pk=by.organization_id)
    people = Membership.objects.visible_to(by).select_related("user").select_for_update(of=("self",))
    membership = people.filter(user_id=user_id).first()
    if membership is None:
        raise NotFound(_("There is no such person here."))
    return membership


def _set_role(membership: Membership, role: Role | None, by: Viewer) -> None:
    before = membership.role
    after = role or released_role(membership)
    if membership.user_id in (by.person_id, by.maker_id):
        raise NotAllowed(_("You cannot change your own role."))
    # Also where both are the same: set here, the role stays when the directory takes it.
    if Role.OWNER in (before, after) and by.role is not Role.OWNER:
        raise NotAllowed(_("Only an owner can give or take the role of owner."))
    if membership.active:
        require_successor(membership, before=before, after=after)
    membership.role_set_here = role
    membership.role_set_by_id = by.person_id if role else None


def require_successor(membership: Membership, *, before: Role, after: Role | None) -> None:
    """Raises Conflict when this change of role would leave no active owner, or nobody who may manage.

    Without a role after it, the person stops being active.
    """
    colleagues = Membership.objects.filter(organization_id=membership.organization_id).active()
    others = colleagues.exclude(pk=membership.pk)
    if before is Role.OWNER and after is not Role.OWNER and not others.in_role(Role.OWNER).exists():
        raise Conflict(_("This is the last active owner: make somebody else owner first."))
    demoted = before in roles.ADMINISTRATORS and after not in roles.ADMINISTRATORS
    if demoted and not others.administrators().exists():
        raise Conflict(_("This is the last active administrator: make somebody else administrator first."))


def _require_capacity(capacity: int | Unset | None) -> None:
    if isinstance(capacity, int) and not 0 <= capacity <= LARGEST_CAPACITY:
        raise Invalid("capacity", _("Enter a number from 0 to 1,000,000, or nothing for no limit."))


def _end_of_absence(day: date | Unset | None, by: Viewer) -> datetime | None:
    """When the day ends for `by`, where that is later than in the organization's zone; None for the end of it there.

    Raises Invalid when it is over in both.
    """
    if not isinstance(day, date) or day >= by.organization.today():
        return None
    if by.zone is None or day < by.earliest_today():
        raise Invalid("away_until", _("This day is over: choose today or a later one, or none."))
    return end_of(day, by.zone)
