"""The unassigned queue as a page: what waits, the oldest first, and the buttons that take it."""

import uuid
from typing import Final

from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from leadkeeper.leads.claim import OLDEST_FIRST, claim, queue, take_next
from leadkeeper.leads.lists.listing import Filters, kept_counts
from leadkeeper.leads.lists.tabs import view_tabs
from leadkeeper.leads.models import OwnershipChange
from leadkeeper.leads.responsible import me
from leadkeeper.storage.errors import Conflict, Invalid, Refused
from leadkeeper.team.request import ViewerRequest
from leadkeeper.team.roles import May
from leadkeeper.web.isolate import isolated
from leadkeeper.web.page_view import flash, is_part, page_view, trigger
from leadkeeper.web.paging import page

LEADS_A_PAGE: Final = 50


@page_view("GET")
def unassigned(request: ViewerRequest) -> HttpResponse:
    """The leads that wait for somebody."""
    viewer, cursor = request.viewer, request.GET.get("cursor", "")
    found = queue(viewer)
    try:
        shown = page(found, OLDEST_FIRST, limit=LEADS_A_PAGE, cursor=cursor)
    except Invalid:
        cursor, shown = "", page(found, OLDEST_FIRST, limit=LEADS_A_PAGE, cursor=None)
    mine = me(viewer) if viewer.may(May.EDIT_LEADS) else None
    address, tabs = reverse("unassigned"), view_tabs(viewer, Filters(assigned_to="none"), kept_counts(viewer))
    context = {
        "leads": shown.rows,
        "view_tabs": tabs,
        "counts": tabs.counts,
        "me": mine,
        "may_take": mine is not None,
        "here": f"{address}?cursor={cursor}" if cursor else address,
        "first": address if cursor else None,
        "next": f"{address}?cursor={shown.next}" if shown.next else None,
    }
    return render(request, "leads/unassigned.html", context)


@page_view("POST")
def take_next_lead(request: ViewerRequest) -> HttpResponse:
    """Take the lead that has waited longest, and go to it."""
    try:
        with transaction.atomic():
            change = take_next(request.viewer)
    except Invalid as refused:
        return _refused(request, refused)
    if change is None:
        return _refused(request, Conflict(_("The queue is empty: somebody else has just taken the last lead.")))
    flash(request, _("You are now responsible."), undo={"url": _undo(change)})
    address = reverse("lead", args=[change.lead_id])
    if not is_part(request):
        return HttpResponseRedirect(address, status=303)
    answer = HttpResponse(status=204)
    answer["HX-Redirect"] = address
    return answer


@page_view("POST")
def claim_lead(request: ViewerRequest, lead_id: uuid.UUID) -> HttpResponse:
    """Take this one, and stay on the page."""
    try:
        with transaction.atomic():
            change = claim(lead_id, by=request.viewer)
    except (Conflict, Invalid) as refused:
        return _refused(request, refused)
    if not is_part(request):
        return HttpResponseRedirect(reverse("lead", args=[lead_id]), status=303)
    toast = {
        "text": _("You are now responsible for %(lead)s.") % {"lead": isolated(change.lead.name)},
        "link": {"url": reverse("lead", args=[lead_id]), "label": _("Open lead")},
        "undo": {"url": _undo(change)},
    }
    return trigger(HttpResponse(status=204), toast=toast, live_changed={"topics": ["leads", f"lead:{lead_id}"]})


def _undo(change: OwnershipChange) -> str:
    return f"{reverse('undo_responsible', args=[change.lead_id])}?change={change.pk}"


def _refused(request: ViewerRequest, refused: Refused) -> HttpResponse:
    if is_part(request):
        status = 409 if isinstance(refused, Conflict) else 422
        topics = {"topics": ["leads"]}
        return trigger(HttpResponse(status=status), toast={"text": str(refused), "kind": "danger"}, live_changed=topics)
    flash(request, str(refused), kind="danger")
    return HttpResponseRedirect(reverse("unassigned"), status=303)
