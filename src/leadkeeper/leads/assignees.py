"""Who may be made responsible for leads: the list that is never empty and never wrong."""

import sys
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple, cast

from django.db import connection
from django.db.models import F, Q, QuerySet

from leadkeeper.leads.load import open_leads
from leadkeeper.storage.visible_text import storable
from leadkeeper.storage.words import require_short, sortable
from leadkeeper.team.models import (
    Membership,
    MembershipQuerySet,
    absent_until,
    role_that_counts,
    shown_picture,
)
from leadkeeper.team.people import BY_NAME
from leadkeeper.team.roles import May, Role
from leadkeeper.team.viewer import Viewer
from leadkeeper.web.paging import page_in_parts

_LAST_CHARACTER: Final = chr(sys.maxunicode)


class Person(NamedTuple):
    """What is read of a person: a row and no models, since the picker asks for a hundred at every typed letter."""

    user_id: uuid.UUID
    name: str
    email: str
    avatar_url: str
    role_set_here: str | None
    directory_role: str | None
    active: bool
    capacity: int | None
    away_until: date | None
    away_ends_at: datetime | None
    folded_name: str


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
    matching = Membership.objects.visible_to(viewer).matching(query).assignable()
    mine: list[Person] = []
    if viewer.person_id is not None:
        if cursor is None:
            mine = list(as_people(matching.filter(user_id=viewer.person_id)))
        matching = matching.exclude(user_id=viewer.person_id)
    parts = [as_people(part) for part in by_beginning(matching, query)]
    others = page_in_parts(parts, BY_NAME, limit=limit - len(mine), cursor=cursor)
    return as_assignees([*mine, *others.rows], viewer), others.next


def by_beginning(people: MembershipQuerySet, query: str) -> list[MembershipQuerySet]:
    """The people in two parts: those whose name begins with what was typed, and the others; one where nothing was."""
    typed = sortable(" ".join(storable(query).split()))
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
    wanted = Membership.objects.visible_to(viewer).filter(user_id__in=ids).order_by(*BY_NAME.columns)
    return as_assignees(sorted(as_people(wanted), key=lambda person: person.user_id != viewer.person_id), viewer)


def as_people(memberships: MembershipQuerySet) -> QuerySet[Membership, Person]:
    """The same, read as people."""
    of_user = {name: F(f"user__{name}") for name in ("name", "email", "avatar_url")}
    rows = memberships.annotate(**of_user).values_list(*Person._fields, named=True)
    return cast("QuerySet[Membership, Person]", rows)


def as_assignees(people: Sequence[Person], viewer: Viewer) -> list[Assignee]:
    """These people as they are shown, with how much they have to do."""
    loads = open_leads(viewer.organization_id, [person.user_id for person in people])
    return [
        Assignee(
            id=person.user_id,
            name=person.name,
            email=person.email or None,
            role=role_that_counts(person.role_set_here, person.directory_role),
            avatar_url=shown_picture(person.avatar_url) or None,
            open_leads=loads[person.user_id],
            capacity=person.capacity,
            away_until=absent_until(person.away_until, person.away_ends_at),
            is_me=person.user_id == viewer.person_id,
            active=person.active,
        )
        for person in people
    ]
