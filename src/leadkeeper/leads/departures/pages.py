"""The people who left with open leads: what became of these, and what can be done."""

import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.db.models import F, QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from leadkeeper.leads.choices import CLOSED_STAGES, OPEN_STAGES
from leadkeeper.leads.departures.cases import cases_of, give_back, leave, to_queue
from leadkeeper.leads.departures.models import DepartureCase
from leadkeeper.leads.load import open_leads
from leadkeeper.leads.responsible import Responsible, people_called
from leadkeeper.leads.transfers.batches import UNDO_WITHIN
from leadkeeper.leads.transfers.models import Batch
from leadkeeper.storage.errors import Conflict, Invalid
from leadkeeper.team.request import ViewerRequest
from leadkeeper.team.viewer import Viewer
from leadkeeper.web.page_view import flash, is_part, page_view, trigger
from leadkeeper.web.paging import Order, moment, page

CASES_A_PAGE: Final = 50
NEWEST_FIRST: Final = Order("opened_at", "id", read=moment, descending=True)


@dataclass(frozen=True, slots=True)
class Shown:
    """One case, with what is true of it now."""

    case: DepartureCase
    person: Responsible
    successor: Responsible | None
    open_stages: list[tuple[str, int]]
    closed_leads: int
    open_now: int
    batches: list[Batch]

    @property
    def open_then(self) -> int:
        return sum(leads for _stage, leads in self.open_stages)

    @property
    def is_moving(self) -> bool:
        return self.case.to_move or any(batch.ended_at is None for batch in self.batches)

    @property
    def to_give_back(self) -> int:
        """How many leads an undo would look at."""
        since = timezone.now() - UNDO_WITHIN
        return sum(one.moved for one in self.batches if one.began_at >= since and not hasattr(one, "undone_by"))


@page_view("GET")
def departures(request: ViewerRequest) -> HttpResponse:
    """The open cases, newest first; or those that are closed, or all of one person."""
    viewer, given = request.viewer, request.GET
    cursor, person_id, closed = given.get("cursor", ""), _id(given.get("person", "")), "closed" in given
    found = _narrowed(cases_of(viewer), person_id, closed=closed)
    try:
        shown = page(found, NEWEST_FIRST, limit=CASES_A_PAGE, cursor=cursor)
    except Invalid:
        cursor, shown = "", page(found, NEWEST_FIRST, limit=CASES_A_PAGE, cursor=None)
    address = reverse("departures")
    narrow = f"person={person_id}&" if person_id else "closed&" if closed else ""
    context = {
        "cases": _shown(shown.rows, viewer),
        "person": people_called({person_id}, viewer).get(person_id) if person_id else None,
        "closed": closed,
        "here": f"{address}?{narrow}cursor={cursor}" if narrow or cursor else address,
        "first": f"{address}?{narrow}" if cursor else None,
        "next": f"{address}?{narrow}cursor={shown.next}" if shown.next else None,
    }
    return render(request, "leads/departures.html", context)


@page_view("POST")
def departure_to_queue(request: ViewerRequest, case_id: uuid.UUID) -> HttpResponse:
    """Give what is left to nobody."""

    def act() -> dict[str, Any]:
        batch = to_queue(case_id, by=request.viewer)
        link = {"url": reverse("batch", args=[batch.pk]), "label": _("See transfer")}
        undo = {"undo": {"url": reverse("undo_batch", args=[batch.pk])}} if batch.ended_at else {}
        return {"text": _("The open leads go to the unassigned queue."), "link": link, **undo}

    return _acted(request, act)


@page_view("POST")
def leave_departure(request: ViewerRequest, case_id: uuid.UUID) -> HttpResponse:
    """Leave the leads with whom they are."""

    def act() -> dict[str, Any]:
        case = leave(case_id, by=request.viewer)
        return {"text": _("Left as it is: %(name)s.") % {"name": case.person}}

    return _acted(request, act)


@page_view("POST")
def give_back_departure(request: ViewerRequest, case_id: uuid.UUID) -> HttpResponse:
    """Give somebody who has come back what nobody has touched since."""

    def act() -> dict[str, Any]:
        back = give_back(case_id, by=request.viewer)
        return {
            "text": _("Leads that nobody has touched since are given back."),
            "link": {"url": reverse("batch", args=[back[0].pk]), "label": _("See undo")},
        }

    return _acted(request, act)


def _acted(request: ViewerRequest, act: Callable[[], dict[str, Any]]) -> HttpResponse:
    """Do it, and say what was done or why not: in a toast now, or on the next page."""
    status = 204
    try:
        with transaction.atomic():
            toast = act()
    except (Conflict, Invalid) as refused:
        status, toast = 409, {"text": str(refused), "kind": "danger"}
    if not is_part(request):
        flash(request, **toast)
        return HttpResponseRedirect(reverse("departures"), status=303)
    changed = {"topics": ["departures", "leads"]}
    return trigger(HttpResponse(status=status), toast=toast, live_changed=changed)


def _narrowed(cases: QuerySet[DepartureCase], person_id: uuid.UUID | None, *, closed: bool) -> QuerySet[DepartureCase]:
    if person_id is not None:
        return cases.filter(person=person_id)
    return cases.filter(closed_at__isnull=not closed)


def _shown(cases: list[DepartureCase], viewer: Viewer) -> list[Shown]:
    concerned = {case.person_id for case in cases}
    people = people_called(concerned | {case.successor_id for case in cases if case.successor_id}, viewer)
    still_open = open_leads(viewer.organization_id, concerned)
    batches: dict[uuid.UUID, list[Batch]] = {case.pk: [] for case in cases}
    moved = Batch.objects.filter(departures__in=cases).annotate(case=F("departures")).select_related("undone_by")
    for batch in moved.order_by("began_at"):
        batches[batch.case].append(batch)
    return [
        Shown(
            case,
            people[case.person_id],
            people.get(case.successor_id) if case.successor_id else None,
            [(stage, case.leads_by_stage[stage]) for stage in OPEN_STAGES if stage in case.leads_by_stage],
            sum(case.leads_by_stage.get(stage, 0) for stage in CLOSED_STAGES),
            still_open[case.person_id],
            batches[case.pk],
        )
        for case in cases
    ]


def _id(text: str) -> uuid.UUID | None:
    with suppress(ValueError):
        return uuid.UUID(text)
    return None
