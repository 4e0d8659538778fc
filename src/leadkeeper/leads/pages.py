"""The list of leads, and one lead with who was responsible for it."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from leadkeeper.leads.assign import assign, assignee
from leadkeeper.leads.delete import delete
from leadkeeper.leads.find import find_lead, lock_lead
from leadkeeper.leads.forms import person_id
from leadkeeper.leads.history import ownership_history
from leadkeeper.leads.listing import Filters, kept_counts, listing
from leadkeeper.leads.models import Lead, OwnershipChange, Reason, Stage
from leadkeeper.leads.responsible import Responsible, me, people_called
from leadkeeper.leads.take_back import take_back
from leadkeeper.team.errors import Conflict, Invalid, Refused
from leadkeeper.team.page_view import flash, is_part, page_view, trigger
from leadkeeper.team.request import ViewerRequest
from leadkeeper.team.roles import May
from leadkeeper.team.viewer import Kind, Viewer


@page_view("GET")
def leads(request: ViewerRequest) -> HttpResponse:
    """The leads, newest first."""
    viewer, part = request.viewer, is_part(request)
    shown = listing(viewer, Filters.of(request.GET, viewer))
    filters = shown.filters
    chosen = filters.person_id(viewer)
    concerned = {chosen} | {lead.assigned_to_id for lead in shown.leads}
    people = people_called({id_ for id_ in concerned if id_}, viewer)
    context = {
        "listing": shown,
        "filters": filters,
        "people": people,
        "chosen": people.get(chosen) if chosen else None,
        "counts": kept_counts(viewer),
        "stages": Stage.choices,
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
    context = _lead_context(find_lead(lead_id, request.viewer), request.viewer)
    return render(request, "leads/lead_parts.html" if part else "leads/lead.html", {**context, "is_part": part})


def _lead_context(lead: Lead, viewer: Viewer) -> dict[str, Any]:
    changes = list(ownership_history(lead.pk, viewer).reverse())
    concerned = {change.from_user_id for change in changes} | {change.to_user_id for change in changes}
    concerned |= {change.by_id for change in changes if change.by_kind == Kind.PERSON} | {lead.assigned_to_id}
    people = people_called({id_ for id_ in concerned if id_}, viewer)
    return {
        "lead": lead,
        "responsible": people.get(lead.assigned_to_id) if lead.assigned_to_id else None,
        "me": me(viewer) if viewer.may(May.EDIT_LEADS) else None,
        "history": [
            Entry(
                change,
                actor=people.get(change.by_id) if change.by_id else None,
                giver=people.get(change.from_user_id) if change.from_user_id else None,
                taker=people.get(change.to_user_id) if change.to_user_id else None,
            )
            for change in changes
        ],
        "began_with_owner": bool(changes) and changes[-1].reason == Reason.CREATED,
    }


@page_view("POST")
def responsible(request: ViewerRequest, lead_id: uuid.UUID) -> HttpResponse:
    """Make somebody responsible, or nobody: what the owner picker of a lead's page posts."""
    viewer = request.viewer
    viewer.require(May.EDIT_LEADS)
    try:
        with transaction.atomic():
            lead = lock_lead(lead_id, viewer)
            chosen = person_id(request.POST.get("assigned_to", ""))
            to = assignee(lead.organization_id, chosen) if chosen else None
            change = assign(lead, to, by=viewer, reason=Reason.MANUAL)
    except (Conflict, Invalid) as refused:
        return _refused(refused)
    if change is None:
        return HttpResponse(status=204)
    undo = {"url": f"{reverse('undo_responsible', args=[lead_id])}?change={change.pk}"}
    return _changed(lead, undo=undo)


@page_view("POST")
def undo_responsible(request: ViewerRequest, lead_id: uuid.UUID) -> HttpResponse:
    """Take back the change that a toast has just told of."""
    change = request.GET.get("change", "")
    try:
        with transaction.atomic():
            lead = take_back(lead_id, int(change) if change.isdecimal() else 0, by=request.viewer)
    except (Conflict, Invalid) as refused:
        return _refused(refused)
    return _changed(lead)


@page_view("POST")
def delete_lead(request: ViewerRequest, lead_id: uuid.UUID) -> HttpResponse:
    """Delete a lead, and go to the list."""
    name = find_lead(lead_id, request.viewer).name
    with transaction.atomic():
        delete(lead_id, by=request.viewer)
    flash(request, _("Lead deleted: %(name)s.") % {"name": name})
    return HttpResponseRedirect(reverse("leads"), status=303)


def _changed(lead: Lead, **more: object) -> HttpResponse:
    """Nothing to put into the page: it fetches what has changed; and a toast says who is responsible now."""
    text = _("Responsible: %(name)s") % {"name": lead.assigned_to or _("nobody")}
    topics = {"topics": ["leads", f"lead:{lead.pk}"]}
    return trigger(HttpResponse(status=204), toast={"text": text, **more}, live_changed=topics)


def _refused(refused: Refused) -> HttpResponse:
    status = 409 if isinstance(refused, Conflict) else 422
    return trigger(HttpResponse(status=status), toast={"text": str(refused), "kind": "danger"})
