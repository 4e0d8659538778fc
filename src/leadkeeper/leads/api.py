"""Leads as JSON."""

import uuid
from datetime import datetime
from typing import Any, Literal

from django.db import transaction
from ninja import Router, Status
from pydantic import BaseModel, Field

from leadkeeper.leads.create import NewLead, create
from leadkeeper.leads.delete import delete
from leadkeeper.leads.edit import LeadChanges, edit
from leadkeeper.leads.find import find_lead
from leadkeeper.leads.history import ownership_history
from leadkeeper.leads.lists.newest import first_page
from leadkeeper.leads.lists.search import find_newest
from leadkeeper.leads.models import Lead, OwnershipChange
from leadkeeper.team.api import known_id
from leadkeeper.team.paging import USUAL_LIMIT, Limit
from leadkeeper.team.request import ViewerRequest

router = Router(tags=["leads"])


class LeadOut(BaseModel):
    id: uuid.UUID
    version: int
    name: str
    phone: str | None = Field(description="As E.164.")
    email: str | None
    source: str | None
    campaign: str | None
    stage: str
    temperature: str | None
    message: str | None
    consent: str | None = Field(description="`yes` or `no`: may this person be contacted? Null: nobody has asked.")
    consent_version: str | None = Field(description="Of the question that was answered.")
    consent_at: datetime | None
    assigned_to: uuid.UUID | None = Field(description="The id of the responsible person; null: nobody.")
    assigned_at: datetime | None
    created_at: datetime
    updated_at: datetime


class LeadsOut(BaseModel):
    items: list[LeadOut]
    next: str | None


class LeadFields(BaseModel):
    """What a lead may be given. A phone number, an e-mail address, or both are needed."""

    phone: str | None = Field(None, description="In any form; without a country it is of the organization's.")
    email: str | None = None
    source: str | None = None
    campaign: str | None = Field(None, description="Which one of that source, in your own words.")
    temperature: str | None = None
    message: str | None = None
    consent: Literal["yes", "no"] | None = Field(
        None, description="What the person answered when asked whether they may be contacted. Null: not asked."
    )
    assigned_to: uuid.UUID | None = None

    def given(self) -> dict[str, Any]:
        """What the sender wrote, and not more: absent keeps, null clears."""
        return {name: _cleared(name, getattr(self, name)) for name in self.model_fields_set}


class LeadIn(LeadFields):
    """A new lead. `assigned_to` absent: what the organization's default says; null: nobody."""

    name: str
    stage: str = "novo"


class LeadPatch(LeadFields):
    """Changes. A field that is absent stays as it is; null clears it."""

    name: str | None = None
    stage: str | None = None
    version: int | None = Field(None, description="Refuse with 409 when the lead is no longer of this version.")


class Actor(BaseModel):
    kind: str = Field(description="`person`, `key` or `system`.")
    id: uuid.UUID | None
    name: str


class OwnershipOut(BaseModel):
    """One change of who is responsible."""

    from_: uuid.UUID | None = Field(serialization_alias="from")
    to: uuid.UUID | None
    by: Actor
    reason: str
    note: str
    at: datetime


@router.post("", response={201: LeadOut}, summary="Enter a lead")
def create_lead(request: ViewerRequest, payload: LeadIn) -> Status[LeadOut]:
    with transaction.atomic():
        lead = create(NewLead(**payload.given()), by=request.viewer)
    return Status(201, lead_out(lead))


@router.get("", response=LeadsOut, summary="Leads, newest first")
def list_leads(
    request: ViewerRequest,
    q: str = "",
    stage: str = "",
    assigned_to: str = "",
    source: str = "",
    limit: Limit = USUAL_LIMIT,
    cursor: str | None = None,
) -> LeadsOut:
    """`assigned_to` is `me`, `none`, or the id of a person."""
    found = find_newest(request.viewer, query=q, stage=stage, assigned_to=assigned_to, source=source)
    leads = first_page(found, limit=limit, cursor=cursor)
    return LeadsOut(items=[lead_out(lead) for lead in leads.rows], next=leads.next)


@router.get("/{lead_id}", response=LeadOut, summary="One lead")
def get_lead(request: ViewerRequest, lead_id: str) -> LeadOut:
    return lead_out(find_lead(known_id(lead_id), request.viewer))


@router.patch("/{lead_id}", response=LeadOut, summary="Change a lead")
def change_lead(request: ViewerRequest, lead_id: str, payload: LeadPatch) -> LeadOut:
    given = payload.given()
    version = given.pop("version", None)
    with transaction.atomic():
        lead = edit(known_id(lead_id), LeadChanges(**given), by=request.viewer, version=version)
    return lead_out(lead)


@router.delete("/{lead_id}", response={204: None}, summary="Delete a lead")
def delete_lead(request: ViewerRequest, lead_id: str) -> Status[None]:
    """Its phone number and e-mail address are free again."""
    with transaction.atomic():
        delete(known_id(lead_id), by=request.viewer)
    return Status(204, None)


@router.get(
    "/{lead_id}/ownership", response=list[OwnershipOut], by_alias=True, summary="Who was responsible, oldest first"
)
def list_ownership(request: ViewerRequest, lead_id: str) -> list[OwnershipOut]:
    return [ownership_out(change) for change in ownership_history(known_id(lead_id), request.viewer)]


def lead_out(lead: Lead) -> LeadOut:
    return LeadOut(
        id=lead.id,
        version=lead.version,
        name=lead.name,
        phone=lead.phone or None,
        email=lead.email or None,
        source=lead.source or None,
        campaign=lead.campaign or None,
        stage=lead.stage,
        temperature=lead.temperature or None,
        message=lead.message or None,
        consent=lead.consent,
        consent_version=lead.consent_version,
        consent_at=lead.consent_at,
        assigned_to=lead.assigned_to_id,
        assigned_at=lead.assigned_at,
        created_at=lead.created_at,
        updated_at=lead.updated_at,
    )


def ownership_out(change: OwnershipChange) -> OwnershipOut:
    return OwnershipOut(
        from_=change.from_user_id,
        to=change.to_user_id,
        by=Actor(kind=change.by_kind, id=change.by_id, name=change.by_name),
        reason=change.reason,
        note=change.note,
        at=change.at,
    )


def _cleared(field: str, value: object) -> object:
    return "" if value is None and field not in ("assigned_to", "version") else value
