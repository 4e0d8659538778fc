"""Who may be made responsible for leads: the list that is never empty and never wrong."""

import sys
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import connection
from django.db.models import Q

from leadkeeper.leads.counts import open_leads
from leadkeeper.team.models import Membership, MembershipQuerySet
from leadkeeper.team.paging import page_in_parts
from leadkeeper.team.people import BY_NAME
from leadkeeper.team.roles import May, Role
from leadkeeper.team.viewer import Viewer
from leadkeeper.team.words import require_short, sortable

# Only what is shown is read: the picker asks at every typed letter.
_SHOWN: Final = (
    *("user__name", "user__email", "user__avatar_url"),
    *("role_set_here", "directory_role", "active", "capacity", "away_until", "away_ends_at", "folded_name"),
)
_LAST_CHARACTER: Final = chr(sys.maxunicode)


@dataclass(frozen=True, slots=True)
class Assignee:
    """A person as an owner picker shows them."""

    id: uuid.UUID
    name: str
    email: str | None
    role: Role
    avatar_url: str | None
    open_leads: int
    capacity: int | None
    away_until: date | None
    is_me: bool
    active: bool


def find_assignees(
    viewer: Viewer, *, query: str = "", limit: int, cursor: str | None = None
) -> tuple[list[Assignee], str | None]:
    """Those who may be made responsible now and match, and the next cursor.

    The viewer first, then those whose name begins with what was typed, then the others; each by folded name.
    """
    viewer.require(May.EDIT_LEADS)
    require_short(query)
    # In this order: SQLite asks the same way round, and the words rule out nearly everybody.
    matching = people_of(viewer).matching(query).assignable()
    mine: list[Membership] = []
    if viewer.person_id is not None:
        if cursor is None:
            mine = list(matching.filter(user_id=viewer.person_id))
        matching = matching.exclude(user_id=viewer.person_id)
    others = page_in_parts(by_beginning(matching, query), BY_NAME, limit=limit - len(mine), cursor=cursor)
    return as_assignees([*mine, *others.rows], viewer), others.next


def by_beginning(people: MembershipQuerySet, query: str) -> list[MembershipQuerySet]:
    """The people in two parts: those whose name begins with what was typed, and the others; one where nothing was."""
    typed = sortable(" ".join(query.split()))
    if not typed:
        return [people]
    begins = _begins("folded_name", typed)
    return [people.filter(begins), people.exclude(begins)]


def _begins(column: str, text: str) -> Q:
    """Whether the column begins with this folded text, said so that an index of the column helps."""
    if connection.vendor == "sqlite":
        # Compared by code points, so that all of these lie together. SQLite's LIKE uses no index.
        return Q(**{f"{column}__gte": text, f"{column}__lt": f"{text}{_LAST_CHARACTER}"})
    # The first condition is implied by the second; with it, the walk along the index does not begin at its start.
    return Q(**{f"{column}__gte": text, f"{column}__startswith": text})


def exactly(viewer: Viewer, ids: Collection[uuid.UUID]) -> list[Assignee]:
    """These people of the viewer's organization, also those who may no longer be made responsible."""
    viewer.require(May.EDIT_LEADS)
    people = list(people_of(viewer).filter(user_id__in=ids).order_by(BY_NAME.column, BY_NAME.id))
    people.sort(key=lambda membership: membership.user_id != viewer.person_id)
    return as_assignees(people, viewer)


def people_of(viewer: Viewer) -> MembershipQuerySet:
    """The people of the viewer's organization, with what is shown of them."""
    return Membership.objects.visible_to(viewer).select_related("user").only(*_SHOWN)


def as_assignees(people: Sequence[Membership], viewer: Viewer) -> list[Assignee]:
    """These people as they are shown, with how much they have to do."""
    loads = open_leads(viewer.organization_id, [membership.user_id for membership in people])
    return [
        Assignee(
            id=membership.user_id,
            name=membership.user.name,
            email=membership.user.email or None,
            role=membership.role,
            avatar_url=membership.user.picture_url or None,
            open_leads=loads[membership.user_id],
            capacity=membership.capacity,
            away_until=membership.absent_until,
            is_me=membership.user_id == viewer.person_id,
            active=membership.active,
        )
        for membership in people
    ]
