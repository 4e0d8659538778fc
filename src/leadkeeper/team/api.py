"""People as JSON: who works here, and what administrators set of them."""

import uuid
from datetime import date, datetime
from typing import Annotated

from django.db import transaction
from django.utils.translation import gettext as _
from ninja import Router
from pydantic import BaseModel, Field, StrictBool, WithJsonSchema

from leadkeeper.storage.errors import NotFound
from leadkeeper.team.manage import LARGEST_CAPACITY, PersonChanges, manage
from leadkeeper.team.models import Membership
from leadkeeper.team.people import BY_NAME, find_people
from leadkeeper.team.request import ViewerRequest
from leadkeeper.team.roles import Role
from leadkeeper.web.body import WHOLE, Body, Day
from leadkeeper.web.paging import USUAL_LIMIT, CursorOf, Limit, page
from leadkeeper.web.parameters import OneOf, PathId, Search, filter_by

router = Router(tags=["team"])


class PersonOut(BaseModel):
    """A person and what they are in this organization."""

    id: uuid.UUID
    clerk_id: str | None = Field(description="Null for people who are known only here.")
    name: str
    email: str | None
    role: Role
    role_source: str = Field(description="`here`, `directory` or `default`: where the role comes from.")
    active: bool
    may_own_leads: bool | None = Field(description="Null: as the role says.")
    capacity: int | None
    away_until: date | None
    last_synced_at: datetime | None


class PeopleOut(BaseModel):
    items: list[PersonOut]
    next: str | None


_Capacity = Annotated[int, WHOLE, WithJsonSchema({"type": "integer", "minimum": 0, "maximum": LARGEST_CAPACITY})]


class PersonPatch(Body):
    """What is set here. A field that is absent stays as it is. What the directory says of a person cannot be set."""

    role: Annotated[Role, OneOf(tuple(Role))] | None = Field(
        None, description="Null gives the role back to the directory."
    )
    capacity: _Capacity | None = Field(None, description="Open leads this person should have at most.")
    away_until: Day | None = Field(None, description="Today, in the organization's time, or later.")
    may_own_leads: StrictBool | None = Field(None, description="Null: as the role says.")


@router.get("", response=PeopleOut, summary="Everybody, active or not")
def list_people(
    request: ViewerRequest,
    q: Search = "",
    active: bool | None = None,
    role: Annotated[str, filter_by(Role)] = "",
    limit: Limit = USUAL_LIMIT,
    cursor: Annotated[str, CursorOf(BY_NAME)] = "",
) -> PeopleOut:
    """Every word of `q` begins a word of name or e-mail."""
    found = find_people(request.viewer, query=q, active=active, role=role)
    people = page(found, BY_NAME, limit=limit, cursor=cursor)
    return PeopleOut(items=[person_out(membership) for membership in people.rows], next=people.next)


@router.patch("/{person_id}", response=PersonOut, summary="Set what is ours of a person")
def change_person(request: ViewerRequest, person_id: PathId, payload: PersonPatch) -> PersonOut:
    changes = PersonChanges(**{name: getattr(payload, name) for name in payload.model_fields_set})
    with transaction.atomic():
        membership = manage(known_id(person_id), changes, by=request.viewer, refused=payload.refused)
    return person_out(membership)


def known_id(text: str) -> uuid.UUID:
    """The id in a path. One that is malformed is of nothing that exists."""
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFound(_("There is nothing with this id.")) from None


def person_out(membership: Membership) -> PersonOut:
    person = membership.user
    return PersonOut(
        id=person.id,
        clerk_id=person.clerk_id,
        name=person.name,
        email=person.email or None,
        role=membership.role,
        role_source=membership.role_source,
        active=membership.active,
        may_own_leads=membership.may_own_leads,
        capacity=membership.capacity,
        away_until=membership.away_until,
        last_synced_at=person.last_synced_at,
    )
