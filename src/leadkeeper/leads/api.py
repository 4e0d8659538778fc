"""Leads as JSON."""

import uuid
from datetime import datetime
from typing import Annotated, Any, ClassVar

from django.db import transaction
from ninja import Router, Status
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, WithJsonSchema

from leadkeeper.leads.choices import Consent, Reason, Source, Stage, Temperature
from leadkeeper.leads.create import NewLead, create
from leadkeeper.leads.delete import delete
from leadkeeper.leads.edit import LeadChanges, edit
from leadkeeper.leads.fields import LONGEST_CAMPAIGN, LONGEST_EMAIL, LONGEST_MESSAGE, LONGEST_NAME, LONGEST_PHONE
from leadkeeper.leads.find import find_lead
from leadkeeper.leads.history import ownership_history
from leadkeeper.leads.models import Lead, OwnershipChange
from leadkeeper.leads.phone import LONGEST_EXTENSION
from leadkeeper.leads.search.newest import NEWEST_FIRST, first_page
from leadkeeper.leads.search.search import OPEN, find_newest, known_responsible
from leadkeeper.team.api import known_id
from leadkeeper.team.request import ViewerRequest
from leadkeeper.team.viewer import Kind
from leadkeeper.web.body import WHOLE, Body
from leadkeeper.web.field_errors import checked
from leadkeeper.web.paging import USUAL_LIMIT, CursorOf, Limit
from leadkeeper.web.parameters import UUID_PATTERN, OneOf, PathId, Search, filter_by, text, text_of
from leadkeeper.web.problems import Problem

router = Router(tags=["leads"])


class LeadOut(BaseModel):
    id: uuid.UUID
    version: int
    name: str
    phone: str | None = Field(description="As E.164.")
    phone_extension: str | None = Field(description="The digits to dial after the number.")
    email: str | None
    source: Annotated[str, text_of(Source.values)] | None
    campaign: str | None
    stage: Annotated[str, text_of(Stage.values)]
    temperature: Annotated[str, text_of(Temperature.values)] | None
    message: str | None
    consent: Annotated[str, text_of(Consent.values)] | None = Field(
        description="May this person be contacted? Null: nobody has asked."
    )
    consent_version: str | None = Field(description="Of the question that was answered.")
    consent_at: datetime | None
    assigned_to: uuid.UUID | None = Field(description="The id of the responsible person; null: nobody.")
    assigned_at: datetime | None
    created_at: datetime
    updated_at: datetime


class LeadsOut(BaseModel):
    items: list[LeadOut]
    next: str | None


class LeadFields(Body):
    """What a lead may be given. Null, and an empty text, are nothing."""

    phone: Annotated[str, text(LONGEST_PHONE, format="phone")] | None = Field(
        None,
        description="In any form, an extension included; without a country it is of the organization's. Old written "
        "forms are rewritten; what nobody can call is refused.",
    )
    phone_extension: Annotated[str, text(LONGEST_EXTENSION, pattern="^[0-9]*$")] | None = Field(
        None, description="The digits to dial after the number. Part of what tells one lead from another."
    )
    email: Annotated[str, text(LONGEST_EMAIL, format="email")] | None = None
    source: Annotated[str, text_of([*Source.values, ""])] | None = None
    campaign: Annotated[str, text(LONGEST_CAMPAIGN)] | None = Field(
        None, description="Which one of that source, in your own words."
    )
    temperature: Annotated[str, text_of([*Temperature.values, ""])] | None = None
    message: Annotated[str, text(LONGEST_MESSAGE)] | None = None
    consent: Annotated[str, OneOf(tuple(Consent.values))] | None = Field(
        None, description="What the person answered when asked whether they may be contacted. Null: not asked."
    )
    assigned_to: uuid.UUID | None = Field(
        None, description="The id of somebody in `GET /api/assignees`; null: nobody. Others are refused."
    )

    def given(self) -> dict[str, Any]:
        """What the sender wrote, and not more: absent keeps, null clears."""
        return {name: _cleared(name, getattr(self, name)) for name in self.model_fields_set}


_Name = Annotated[
    str,
    text(LONGEST_NAME, minLength=1, pattern=r"[^\s\u0000-\u001f\u007f-\u009f]"),
    Field(description="With something in it that can be seen."),
]
_Stage = Annotated[str, text_of(Stage.values)]


def _needed(name: str) -> dict[str, Any]:
    return {"required": [name], "properties": {name: {"type": "string", "minLength": 1}}}


class LeadIn(LeadFields):
    """A new lead, with a phone number, an e-mail address, or both.

    `assigned_to` absent: what the organization's default says; null: nobody.
    """

    model_config = ConfigDict(json_schema_extra={"anyOf": [_needed("phone"), _needed("email")]})
    stand_ins: ClassVar = {"name": ""}

    name: _Name
    stage: _Stage = Stage.NEW.value


class LeadPatch(LeadFields):
    """Changes. A field that is absent stays as it is; null clears it. A phone number or an e-mail address remains."""

    name: _Name = ""
    stage: _Stage = ""
    version: Annotated[int, Field(ge=1), WHOLE] | None = Field(
        None, description="Refuse with 409 when the lead is no longer of this version."
    )


class Actor(BaseModel):
    kind: Annotated[str, text_of(Kind)]
    id: uuid.UUID | None
    name: str


class OwnershipOut(BaseModel):
    """One change of who is responsible."""

    from_: uuid.UUID | None = Field(serialization_alias="from")
    to: uuid.UUID | None
    by: Actor
    reason: Annotated[str, text_of(Reason.values)]
    note: str
    at: datetime


def _as_responsible(text: str, info: ValidationInfo) -> str:
    """Who is meant by `me` depends on who asks: django-ninja hands on the request."""
    request: ViewerRequest = (info.context or {})["request"]
    if text:
        checked(lambda text: known_responsible(text, request.viewer))(text)
    return text


_Responsible = Annotated[
    str,
    AfterValidator(_as_responsible),
    WithJsonSchema({"type": "string", "pattern": f"^(me|none|{UUID_PATTERN})?$"}),
    Field(description="`me` (not for a key, which is no person), `none`, or the id of a person."),
]


class ExistingLead(BaseModel):
    """The lead that is there already."""

    id: uuid.UUID
    name: str
    stage: _Stage
    assigned_to: uuid.UUID | None


class HiddenLead(BaseModel):
    """The same where it is hidden from whoever asks: enough to know whom to talk to."""

    id: uuid.UUID
    stage: _Stage
    responsible: str = Field(description="The name of the responsible person.")


class DuplicateLeadProblem(Problem):
    """A lead with this phone number or e-mail address exists; `type` ends in `/duplicate-lead`."""

    existing: ExistingLead | HiddenLead


@router.post("", response={201: LeadOut}, summary="Enter a lead")
def create_lead(request: ViewerRequest, payload: LeadIn) -> Status[LeadOut]:
    with transaction.atomic():
        lead = create(NewLead(**payload.given()), by=request.viewer, refused=payload.refused)
    return Status(201, lead_out(lead))


@router.get("", response=LeadsOut, summary="Leads, newest first")
def list_leads(
    request: ViewerRequest,
    q: Search = "",
    stage: Annotated[str, filter_by([OPEN, *Stage.values])] = "",
    assigned_to: _Responsible = "",
    source: Annotated[str, filter_by(Source.values)] = "",
    tag: Annotated[str, Field(max_length=60, description="Leads have no tags yet: none is found.")] = "",
    limit: Limit = USUAL_LIMIT,
    cursor: Annotated[str, CursorOf(NEWEST_FIRST)] = "",
) -> LeadsOut:
    """Every word of `q` begins a word of name or e-mail, or the digits of the phone number. `stage` may be `open`, for
    leads neither won nor lost.

    What is narrowed by a filter that is not there or empty is nothing.
    """
    found = find_newest(request.viewer, query=q, stage=stage, assigned_to=assigned_to, source=source)
    if tag:
        return LeadsOut(items=[], next=None)
    leads = first_page(found, limit=limit, cursor=cursor)
    return LeadsOut(items=[lead_out(lead) for lead in leads.rows], next=leads.next)


@router.get("/{lead_id}", response=LeadOut, summary="One lead")
def get_lead(request: ViewerRequest, lead_id: PathId) -> LeadOut:
    return lead_out(find_lead(known_id(lead_id), request.viewer))


@router.patch("/{lead_id}", response=LeadOut, summary="Change a lead")
def change_lead(request: ViewerRequest, lead_id: PathId, payload: LeadPatch) -> LeadOut:
    given = payload.given()
    version = given.pop("version", None)
    with transaction.atomic():
        changes = LeadChanges(**given)
        lead = edit(known_id(lead_id), changes, by=request.viewer, version=version, refused=payload.refused)
    return lead_out(lead)


@router.delete("/{lead_id}", response={204: None}, summary="Delete a lead")
def delete_lead(request: ViewerRequest, lead_id: PathId) -> Status[None]:
    """Its phone number and e-mail address are free again."""
    with transaction.atomic():
        delete(known_id(lead_id), by=request.viewer)
    return Status(204, None)


@router.get(
    "/{lead_id}/ownership", response=list[OwnershipOut], by_alias=True, summary="Who was responsible, oldest first"
)
def list_ownership(request: ViewerRequest, lead_id: PathId) -> list[OwnershipOut]:
    return [ownership_out(change) for change in ownership_history(known_id(lead_id), request.viewer)]


def lead_out(lead: Lead) -> LeadOut:
    return LeadOut(
        id=lead.id,
        version=lead.version,
        name=lead.name,
        phone=lead.phone or None,
        phone_extension=lead.phone_extension or None,
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
