"""The list of leads, and one lead with who was responsible for it."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from leadkeeper.leads.assign import why_not_others
from leadkeeper.leads.choices import Reason, Source, Stage
from leadkeeper.leads.choose import choose, explain
from leadkeeper.leads.delete import delete
from leadkeeper.leads.find import find_lead
from leadkeeper.leads.forms import person_id
from leadkeeper.leads.history import Changes, newest_changes, tenures, time_responsible
from leadkeeper.leads.lists.listing import Filters, kept_counts, listing
from leadkeeper.leads.lists.tabs import view_tabs
from leadkeeper.leads.models import Lead, OwnershipChange
from leadkeeper.leads.possible_duplicates import possible_duplicates
from leadkeeper.leads.responsible import Responsible, colleague, me, people_called
from leadkeeper.leads.undo import undo_change
from leadkeeper.storage.errors import Conflict, Invalid, NotAllowed, Refused
from leadkeeper.storage.unset import UNSET
from leadkeeper.team.request import ViewerRequest
from leadkeeper.team.roles import May
from leadkeeper.team.viewer import Kind, Viewer
from leadkeeper.web.isolate import isolated
from leadkeeper.web.page_view import flash, is_part, page_view, trigger


@page_view("GET")
def home(request: ViewerRequest) -> HttpResponse:
    """The first page after signing in: one's own leads for who sells; all leads for who looks on, or leads sellers and
    has none."""
    viewer = request.viewer
    mine = me(viewer)
    has_leads = mine is not None and (not viewer.may(May.TRANSFER) or kept_counts(viewer)["mine"] > 0)
    return HttpResponseRedirect(Filters(assigned_to="me" if has_leads else "").address)


@page_view("GET")
def leads(request: ViewerRequest) -> HttpResponse:
    """The leads, newest first."""
    viewer, part = request.viewer, is_part(request)
    counts = kept_counts(viewer)
    shown = listing(viewer, Filters.of(request.GET, viewer), counts)
    filters = shown.filters
    concerned = {lead.assigned_to_id for lead in shown.leads}
    people = people_called({id_ for id_ in concerned if id_}, viewer)
    context = {
        "listing": shown,
        "filters": filters,
        "people": people,
        "chosen": colleague(filters.person_id(viewer), viewer),
        "me": me(viewer) if viewer.may_edit_leads else None,
        "view_tabs": view_tabs(viewer, filters, counts),
        "stages": Stage.choices,
        "sources": Source.choices,
        "has_possible_duplicates": viewer.may_transfer and not part and possible_duplicates(viewer).exists(),
        "is_part": part,
    }
    response = render(request, "leads/list.html" if part else "leads/leads.html", context)
    if part and "X-Live" not in request.headers:
        response["HX-Replace-Url"] = filters.address
    return response


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of who is responsible, with the people in it."""

    change: OwnershipChange
    actor: Responsible | None
    giver: Responsible | None
    taker: Responsible | None


@page_view("GET")
def lead(request: ViewerRequest, lead_id: uuid.UUID) -> HttpResponse:
    """One lead: its facts, who is responsible, and the history of that."""
    part = is_part(request)
    context = _lead_context(find_lead(lead_id, request.viewer), request.viewer, before=_change_id(request, "before"))
    return render(request, "leads/lead_parts.html" if part else "leads/lead.html", {**context, "is_part": part})


def _lead_context(lead: Lead, viewer: Viewer, *, before: int = 0) -> dict[str, Any]:
    """`before`: the id of the change that follows those to be shown; 0: the newest are."""
    newest = newest_changes(lead)
    shown = newest_changes(lead, before=before) if before else newest
    people = people_called(_concerned([*newest.rows, *shown.rows]) | _ids(lead.assigned_to_id), viewer)
    return {
        "lead": lead,
        "responsible": people.get(lead.assigned_to_id) if lead.assigned_to_id else None,
        "me": me(viewer) if viewer.may(May.EDIT_LEADS) else None,
        "why_not_others": "" if viewer.assigns_anybody else why_not_others(),
        "newest": _entry(newest.rows[0], people) if newest.rows else None,
        "before": _before(lead, newest, people),
        "history": [_entry(change, people) for change in shown.rows],
        "later_are_not_shown": shown is not newest,
        "earlier": shown.rows[-1].id if shown.earlier else None,
        "began_with_owner": bool(shown.rows) and shown.rows[-1].reason == Reason.CREATED,
    }


def _concerned(changes: Iterable[OwnershipChange]) -> set[uuid.UUID]:
    """The people in these changes: from whom, to whom, and by whom."""
    concerned: set[uuid.UUID] = set()
    for change in changes:
        by = change.by_id if change.by_kind == Kind.PERSON else None
        concerned |= _ids(change.from_user_id, change.to_user_id, by)
    return concerned


def _ids(*ids: uuid.UUID | None) -> set[uuid.UUID]:
    return {id_ for id_ in ids if id_ is not None}


def _entry(change: OwnershipChange, people: Mapping[uuid.UUID, Responsible]) -> Entry:
    ids = (change.by_id, change.from_user_id, change.to_user_id)
    actor, giver, taker = (people.get(id_) if id_ else None for id_ in ids)
    return Entry(change, actor=actor, giver=giver, taker=taker)


@dataclass(frozen=True, slots=True)
class Before:
    """Who was responsible before, and for how long in all, where the whole history is known."""

    person: Responsible
    time: str


def _before(lead: Lead, newest: Changes, people: Mapping[uuid.UUID, Responsible]) -> Before | None:
    givers = (change.from_user_id for change in newest.rows)
    person_id = next((giver for giver in givers if giver in people and giver != lead.assigned_to_id), None)
    if person_id is None:
        return None
    if newest.earlier:
        return Before(people[person_id], "")
    now = timezone.now()
    spent = time_responsible(tenures(lead.created_at, reversed(newest.rows)), now)[person_id]
    time = timesince(now - spent, now, depth=1) if spent.total_seconds() >= 60 else _("under a minute")
    return Before(people[person_id], time)


@page_view("POST")
def responsible(request: ViewerRequest, lead_id: uuid.UUID) -> HttpResponse:
    """Make somebody responsible, or nobody: what an owner picker posts, with whom it showed before as `was`."""
    viewer, given = request.viewer, request.POST
    try:
        seen = person_id(given["was"]) if "was" in given else UNSET
        with transaction.atomic():
            lead, change = choose(lead_id, person_id(given.get("assigned_to", "")), by=viewer, seen=seen)
    except (Conflict, Invalid, NotAllowed) as refused:
        return _refused(refused, lead_id)
    if change is None:
        return HttpResponse(status=204)
    if not lead.may_be_seen_by(viewer):
        return _gone_on(request, lead)
    undo = {"url": f"{reverse('undo_responsible', args=[lead_id])}?change={change.pk}"}
    return _changed(lead, undo=undo)


@page_view("POST")
def undo_responsible(request: ViewerRequest, lead_id: uuid.UUID) -> HttpResponse:
    """Take back the change that a toast has just told of."""
    try:
        with transaction.atomic():
            lead = undo_change(lead_id, _change_id(request), by=request.viewer)
    except (Conflict, Invalid, NotAllowed) as refused:
        return _refused(refused, lead_id)
    return _changed(lead) if lead.may_be_seen_by(request.viewer) else _gone_on(request, lead)


@page_view("POST")
def explain_change(request: ViewerRequest, lead_id: uuid.UUID) -> HttpResponse:
    """Say why one has made the newest change of who is responsible."""
    try:
        with transaction.atomic():
            explain(lead_id, _change_id(request), request.POST.get("note", ""), by=request.viewer)
    except (Conflict, Invalid, NotAllowed) as refused:
        return _refused(refused, lead_id)
    if not is_part(request):
        return HttpResponseRedirect(reverse("lead", args=[lead_id]), status=303)
    return trigger(HttpResponse(status=204), toast={"text": _("Note saved.")}, live_changed=_topics(lead_id))


@page_view("POST")
def delete_lead(request: ViewerRequest, lead_id: uuid.UUID) -> HttpResponse:
    """Delete a lead, and go to the list."""
    request.viewer.require(May.EDIT_LEADS)
    name = find_lead(lead_id, request.viewer).name
    with transaction.atomic():
        delete(lead_id, by=request.viewer)
    flash(request, _("Lead deleted: %(name)s.") % {"name": isolated(name)})
    return HttpResponseRedirect(reverse("leads"), status=303)


def _change_id(request: ViewerRequest, name: str = "change") -> int:
    """The change of that name in the address, usually the one that the page has seen as the newest; 0 is none."""
    change = request.GET.get(name, "")
    return int(change) if change.isdecimal() and len(change) < 19 else 0


def _gone_on(request: ViewerRequest, lead: Lead) -> HttpResponse:
    """The lead is out of this viewer's sight now: the list says whose it is."""
    flash(request, _now_responsible(lead))
    answer = HttpResponse(status=204)
    answer["HX-Redirect"] = reverse("leads")
    return answer


def _now_responsible(lead: Lead) -> str:
    if lead.assigned_to is None:
        return _("Nobody is responsible now.")
    return _("Responsible: %(name)s") % {"name": isolated(str(lead.assigned_to))}


def _changed(lead: Lead, **more: object) -> HttpResponse:
    """Nothing to put into the page: it fetches what has changed; and a toast says who is responsible now."""
    said = {"text": _now_responsible(lead), **more}
    return trigger(HttpResponse(status=204), toast=said, live_changed=_topics(lead.pk))


def _refused(refused: Refused, lead_id: uuid.UUID) -> HttpResponse:
    said = {"text": str(refused), "kind": "danger"}
    if isinstance(refused, Conflict):
        # The page shows what is the case, beside the words about it.
        return trigger(HttpResponse(status=409), toast=said, live_changed=_topics(lead_id))
    return trigger(HttpResponse(status=403 if isinstance(refused, NotAllowed) else 422), toast=said)


def _topics(lead_id: uuid.UUID) -> dict[str, Any]:
    return {"topics": ["leads", f"lead:{lead_id}"]}
