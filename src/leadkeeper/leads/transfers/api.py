"""Moving many leads at once, as JSON."""

import uuid
from collections.abc import Collection
from datetime import date, datetime
from typing import Annotated, ClassVar

from django.db import transaction
from ninja import Router, Status
from pydantic import BaseModel, ConfigDict, Field, StrictBool, WithJsonSchema

from leadkeeper.leads.responsible import people_called
from leadkeeper.leads.transfers.batches import MOST_NAMED, Receiver, Stays, find_batch, receivers_of, who_stays
from leadkeeper.leads.transfers.models import Batch, LeftOut
from leadkeeper.leads.transfers.shares import Sharing
from leadkeeper.leads.transfers.transfer import (
    LONGEST_MARK,
    LONGEST_NOTE,
    MOST_IDS,
    MOST_RECEIVERS,
    Plan,
    Wanted,
    decide,
    giver,
    transfer,
)
from leadkeeper.leads.transfers.undo_batch import undo_batch, why_not
from leadkeeper.storage.errors import Refusals
from leadkeeper.storage.unset import UNSET, Unset
from leadkeeper.team.api import known_id
from leadkeeper.team.request import ViewerRequest
from leadkeeper.team.viewer import Viewer
from leadkeeper.web.body import Body
from leadkeeper.web.parameters import UUID_PATTERN, OneOf, PathId, text_of

router = Router(tags=["transfer"])


class TransferIn(Body):
    """Which leads are to move, and to whom. With `lead_ids` these, else all of `from`: one of the two is needed."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": ["from"], "properties": {"from": {"type": "string"}}},
                {"required": ["lead_ids"], "properties": {"lead_ids": {"type": "array"}}},
            ]
        }
    )
    stand_ins: ClassVar = {"to": []}

    from_: Annotated[str, WithJsonSchema({"type": "string", "pattern": f"^(none|{UUID_PATTERN})$"})] | None = Field(
        None,
        alias="from",
        description="Whose leads: a person's id, or `none` for nobody's. With `lead_ids`: only those that are theirs.",
    )
    lead_ids: list[uuid.UUID] | None = Field(
        None,
        max_length=MOST_IDS,
        json_schema_extra={"minItems": 1},
        description=f"Only these leads; at most {MOST_IDS:,}.",
    )
    to: list[uuid.UUID] = Field(
        max_length=MOST_RECEIVERS,
        json_schema_extra={"minItems": 1},
        description=f"Who receives them, at most {MOST_RECEIVERS}. Of several, those who are away receive nothing.",
    )
    sharing: Annotated[Sharing, OneOf(tuple(Sharing))] = Field(
        Sharing.EVENLY, description="Among several: `evenly`, or `by_load`: by open leads against capacity."
    )
    closed: StrictBool = Field(False, description="Leads that are won or lost move too.")
    note: str = Field("", max_length=LONGEST_NOTE)
    dry_run: StrictBool = Field(False, description="Only say what would happen.")
    plan: str = Field(
        "", max_length=LONGEST_MARK, description="The `plan` of a dry run: 409 where something else would happen now."
    )

    def wanted(self, refusals: Refusals) -> Wanted:
        """What was sent. A giver who is none is left out and added to `refusals`."""
        whose: uuid.UUID | Unset | None = UNSET
        with refusals:
            whose = UNSET if self.from_ is None else giver(self.from_)
        return Wanted(
            giver=whose,
            leads=None if self.lead_ids is None else tuple(self.lead_ids),
            to=tuple(self.to),
            sharing=self.sharing,
            with_closed=self.closed,
            note=self.note,
        )


class ReceiverOut(BaseModel):
    id: uuid.UUID
    name: str
    gets: int
    open_leads_before: int
    open_leads_after: int


class SkippedOut(BaseModel):
    lead: uuid.UUID
    reason: Annotated[str, text_of(LeftOut.values)] = Field(
        description="`closed`, `changed` (somebody else is responsible meanwhile), `edited` (of an undo: somebody has"
        " worked on it since), `already_theirs`, `gone` (deleted), `not_assignable` (that person may not be"
        " responsible any more)."
    )


class TransferOut(BaseModel):
    """What would happen, happens, or has happened."""

    batch: uuid.UUID | None = Field(description="Null for a dry run.")
    status: Annotated[str, text_of(("planned", "running", "done", "failed"))] = Field(
        description="`planned` (a dry run), `running`, `done`, or `failed`: what is left was tried several times."
    )
    total: int = Field(description="All leads that were looked at.")
    moved: int = Field(description="How many changed hands, so far; in a dry run how many would.")
    skipped: list[SkippedOut] = Field(description=f"Leads that stay where they are, the first {MOST_NAMED}.")
    skipped_by_reason: dict[str, int] = Field(description="How many they are in all.")
    people: list[ReceiverOut] = Field(description="Who receives how many, as decided before the first lead moved.")
    away: dict[uuid.UUID, date] = Field(default={}, description="Who is passed over, because away, and until when.")
    plan: str | None = Field(default=None, description="Of a dry run: send it along to have exactly this done.")
    undoes: uuid.UUID | None = Field(default=None, description="The batch that this one undoes.")
    can_be_undone: bool = False
    ended_at: datetime | None = None
    failure: str | None = Field(default=None, description="Why the batch has failed, where it has.")


@router.post(
    "", response={200: TransferOut, 202: TransferOut}, summary="Move leads to other responsible people, in bulk"
)
def transfer_leads(request: ViewerRequest, payload: TransferIn) -> Status[TransferOut]:
    """Up to 500 leads move at once (200); more of them in the background (202): ask for the batch how far it is."""
    viewer = request.viewer
    refusals = Refusals(payload.refused)
    plan = decide(payload.wanted(refusals), by=viewer, refused=refusals)
    if payload.dry_run:
        return Status(200, plan_out(plan, viewer))
    with transaction.atomic():
        batch = transfer(plan, by=viewer, mark=payload.plan)
    return _answer(batch, viewer, away=plan.away)


@router.get("/{batch_id}", response=TransferOut, summary="How far a batch is, and what became of it")
def get_batch(request: ViewerRequest, batch_id: PathId) -> TransferOut:
    return batch_out(find_batch(known_id(batch_id), request.viewer), request.viewer)


@router.post(
    "/{batch_id}/undo",
    response={200: TransferOut, 202: TransferOut},
    summary="Give back what a batch moved and nobody has touched since",
)
def undo_transfer(request: ViewerRequest, batch_id: PathId) -> Status[TransferOut]:
    """Within 30 days, once. Leads whose responsible person has changed since are left as they are and listed."""
    with transaction.atomic():
        batch = undo_batch(known_id(batch_id), by=request.viewer)
    return _answer(batch, request.viewer)


def _answer(batch: Batch, viewer: Viewer, away: dict[uuid.UUID, date] | None = None) -> Status[TransferOut]:
    out = batch_out(batch, viewer)
    out.away = away or {}
    return Status(200 if batch.ended_at else 202, out)


def plan_out(plan: Plan, viewer: Viewer) -> TransferOut:
    return TransferOut(
        batch=None,
        status="planned",
        total=len(plan.moves) + plan.staying.total(),
        moved=len(plan.moves),
        skipped=_skipped(plan.stay),
        skipped_by_reason={str(why): number for why, number in plan.staying.items()},
        people=_people(plan.receivers, viewer),
        away=plan.away,
        plan=plan.mark,
    )


def batch_out(batch: Batch, viewer: Viewer) -> TransferOut:
    return TransferOut(
        batch=batch.pk,
        status="failed" if batch.has_failed else "done" if batch.ended_at else "running",
        total=batch.total,
        moved=batch.moved,
        skipped=_skipped(who_stays(batch)),
        skipped_by_reason=batch.left_out,
        people=_people(receivers_of(batch), viewer),
        undoes=batch.undoes_id,
        can_be_undone=not why_not(batch),
        ended_at=batch.ended_at,
        failure=batch.failure if batch.has_failed else None,
    )


def _skipped(stay: Collection[Stays]) -> list[SkippedOut]:
    return [SkippedOut(lead=one.lead, reason=one.why) for one in stay]


def _people(receivers: Collection[Receiver], viewer: Viewer) -> list[ReceiverOut]:
    called = people_called([one.id for one in receivers], viewer)
    return [
        ReceiverOut(
            id=one.id,
            name=called[one.id].name,
            gets=one.gets,
            open_leads_before=one.before,
            open_leads_after=one.after,
        )
        for one in receivers
    ]
