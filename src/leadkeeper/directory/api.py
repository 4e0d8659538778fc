"""`/api/directory`: how the mirror stands, what arrived, and the button that repairs it. For those who manage."""

import uuid
from datetime import datetime
from typing import Annotated, Any

from django.db import transaction
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status
from pydantic import Field

from leadkeeper.directory.deliveries import read as deliveries
from leadkeeper.directory.models import Delivery, Sweep
from leadkeeper.directory.overview import overview
from leadkeeper.directory.sweeps import schedule
from leadkeeper.directory.sweeps.report import report
from leadkeeper.storage.errors import NotFound
from leadkeeper.team.api import known_id
from leadkeeper.team.request import ViewerRequest
from leadkeeper.team.roles import May
from leadkeeper.team.viewer import Viewer
from leadkeeper.web.paging import USUAL_LIMIT, CursorOf, Limit
from leadkeeper.web.parameters import PathId, filter_by, text_of

router = Router(tags=["directory"])


class Run(Schema):
    """A sweep, running or over."""

    run: uuid.UUID
    kind: Annotated[str, text_of(Sweep.Kind.values)]
    status: Annotated[str, text_of(Sweep.Status.values)]
    reason: str
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    seen: int
    created: int
    updated: int
    unchanged: int
    deactivated: int
    quarantined: int
    skipped_stale: int
    expected: int
    resumed_from: int | None
    duration_s: float
    pages: int


class FieldDrift(Schema):
    """One field of a person that was wrong here, and what it should have been."""

    field: str
    before: str | bool | None
    after: str | bool | None


class PersonDrift(Schema):
    """One person about whom the mirror was wrong. `result`: created, updated or deactivated."""

    clerk_id: str
    name: str
    result: str
    differences: list[FieldDrift]


class Drift(Schema):
    """What the last complete sweep found different, and put right; the first hundred people one by one."""

    run: uuid.UUID
    at: datetime | None
    created: int
    updated: int
    deactivated: int
    people: list[PersonDrift]


class People(Schema):
    active: int
    inactive: int


class Deliveries(Schema):
    """Deliveries by outcome; `duplicate` is the sum of repeats."""

    applied: int
    duplicate: int
    stale: int
    ignored: int
    failed: int


class DirectoryState(Schema):
    last_delivery_at: datetime | None
    last_sweep: Run | None
    drift: Drift | None
    people: People
    deliveries: Deliveries


class DeliveryRow(Schema):
    """One webhook message: what it was about, and what became of it."""

    id: uuid.UUID
    message_id: str
    type: str
    clerk_id: str
    occurred_at: datetime | None
    received_at: datetime
    outcome: Annotated[str, text_of(Delivery.Outcome.values)]
    reason: str
    repeats: int


class DeliveryList(Schema):
    items: list[DeliveryRow]
    next: str | None


class Asked(Schema):
    """The run that was asked for, or joined."""

    run: uuid.UUID


@router.get("", response=DirectoryState, summary="How the mirror stands to the directory")
def get_directory(request: ViewerRequest) -> dict[str, Any]:
    return directory_state(request.viewer)


def directory_state(viewer: Viewer) -> dict[str, Any]:
    """What a DirectoryState holds. Raises NotAllowed."""
    state = overview(viewer)
    drift = state.drift and {
        "run": state.drift.id,
        "at": state.drift.ended_at,
        "created": state.drift.created,
        "updated": state.drift.updated,
        "deactivated": state.drift.deactivated,
        "people": state.drifted,
    }
    return {
        "last_delivery_at": state.last_delivery_at,
        "last_sweep": state.last_sweep and _run(state.last_sweep),
        "drift": drift,
        "people": {"active": state.active, "inactive": state.inactive},
        "deliveries": state.deliveries,
    }


@router.get("/deliveries", response=DeliveryList, summary="What arrived, newest first")
def list_deliveries(
    request: ViewerRequest,
    outcome: Annotated[str, filter_by(Delivery.Outcome.values)] = "",
    limit: Limit = USUAL_LIMIT,
    cursor: Annotated[str, CursorOf(deliveries.NEWEST_FIRST)] = "",
) -> dict[str, Any]:
    found = deliveries.newest(request.viewer, outcome=outcome, limit=limit, cursor=cursor)
    return {"items": found.rows, "next": found.next}


@router.post("/deliveries/{delivery_id}/replay", response=DeliveryRow, summary="Try a failed delivery again")
def replay_delivery(request: ViewerRequest, delivery_id: PathId) -> Delivery:
    return deliveries.replay(known_id(delivery_id), by=request.viewer)


@router.post("/backfill", response={202: Asked}, summary="Fetch everybody now, or join the run that does")
def start_backfill(
    request: ViewerRequest,
    force: Annotated[bool, Field(description="Deactivate however many people are gone.")] = False,
) -> Status[dict[str, Any]]:
    with transaction.atomic():
        run = schedule.ask(Sweep.Kind.BACKFILL, by=request.viewer, force=force)
    return Status(202, {"run": run.id})


@router.get("/runs/{run_id}", response=Run, summary="How far a run has come, or how it ended")
def get_run(request: ViewerRequest, run_id: PathId) -> dict[str, Any]:
    request.viewer.require(May.MANAGE)
    runs = Sweep.objects.filter(organization_id=request.viewer.organization_id)
    run = runs.filter(id=known_id(run_id)).first()
    if run is None:
        raise NotFound(_("There is no such run."))
    return _run(run)


def _run(run: Sweep) -> dict[str, Any]:
    times = {"asked_at": run.asked_at, "started_at": run.started_at, "ended_at": run.ended_at}
    return {**report(run), "kind": run.kind, **times}
