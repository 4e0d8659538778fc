"""What a person is told, as a page; the bell that counts it; and the switches for it."""

import uuid
from dataclasses import dataclass
from typing import Final

from django.conf import settings as configuration
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from leadkeeper.leads.ask import ask_for
from leadkeeper.leads.models import Lead
from leadkeeper.leads.notifications.inbox import Wanted, inbox, read, read_all, unread_count, wish, wishes_of
from leadkeeper.leads.notifications.models import Notification
from leadkeeper.leads.notifications.words import sentence
from leadkeeper.leads.responsible import Responsible, people_called
from leadkeeper.leads.transfers.batches import batches_of
from leadkeeper.storage.errors import Conflict, Invalid
from leadkeeper.team.request import ViewerRequest
from leadkeeper.team.roles import May
from leadkeeper.team.viewer import Viewer
from leadkeeper.web.page_view import flash, is_part, page_view, trigger
from leadkeeper.web.paging import Order, moment, page

NOTIFICATIONS_A_PAGE: Final = 50
NEWEST_FIRST: Final = Order("at", "id", read=moment, descending=True)
_KIND: Final = Notification.Kind


@dataclass(frozen=True, slots=True)
class Entry:
    """A notification as it is shown; `actor` is the person who did it, where it was one."""

    notification: Notification
    words: str
    actor: Responsible | None


@page_view("GET")
def notifications(request: ViewerRequest) -> HttpResponse:
    """All there are, newest first."""
    viewer, cursor = request.viewer, request.GET.get("cursor", "")
    try:
        shown = page(inbox(viewer), NEWEST_FIRST, limit=NOTIFICATIONS_A_PAGE, cursor=cursor)
    except Invalid:
        cursor, shown = "", page(inbox(viewer), NEWEST_FIRST, limit=NOTIFICATIONS_A_PAGE, cursor=None)
    address = reverse("notifications")
    actors = people_called({one.by_id for one in shown.rows if one.by_id}, viewer)
    context = {
        "entries": [Entry(one, sentence(one), actors.get(one.by_id) if one.by_id else None) for one in shown.rows],
        "unread": unread_count(viewer),
        "here": f"{address}?cursor={cursor}" if cursor else address,
        "first": address if cursor else None,
        "next": f"{address}?cursor={shown.next}" if shown.next else None,
    }
    return render(request, "leads/notifications.html", context)


@page_view("GET")
def counts(request: ViewerRequest) -> HttpResponse:
    """The counts of the shell, which open pages fetch again."""
    return render(request, "web/shell/counts.html")


@page_view("GET")
def notification(request: ViewerRequest, notification_id: uuid.UUID) -> HttpResponse:
    """Mark it as read, and go where it leads."""
    viewer = request.viewer
    with transaction.atomic():
        one = read(notification_id, by=viewer)
    address = _leads_to(one, viewer)
    if address is None:
        flash(request, _("You can no longer see this lead."), kind="info")
    return HttpResponseRedirect(address or reverse("notifications"), status=303)


@page_view("POST")
def read_notifications(request: ViewerRequest) -> HttpResponse:
    """Mark all as read."""
    with transaction.atomic():
        read_all(by=request.viewer)
    if is_part(request):
        return HttpResponse(status=204)
    return HttpResponseRedirect(reverse("notifications"), status=303)


@page_view("POST")
def ask_for_lead(request: ViewerRequest, lead_id: uuid.UUID) -> HttpResponse:
    """Tell whoever is responsible that the viewer would like to have the lead, which may be hidden from them."""
    status = 204
    try:
        with transaction.atomic():
            told = ask_for(lead_id, by=request.viewer)
    except Conflict as refused:
        status, toast = 409, {"text": str(refused), "kind": "danger"}
    else:
        toast = {"text": _("Asked.") if told else _("You have already asked for this lead today."), "kind": "info"}
    if is_part(request):
        return trigger(HttpResponse(status=status), toast=toast)
    flash(request, **toast)
    return HttpResponseRedirect(reverse("leads"), status=303)


@page_view("GET", "POST")
def notification_settings(request: ViewerRequest) -> HttpResponse:
    """How to be told of what."""
    viewer = request.viewer
    if request.method == "POST":
        wanted = {kind: Wanted(f"{kind}_in_app" in request.POST, f"{kind}_by_mail" in request.POST) for kind in _KIND}
        with transaction.atomic():
            # Whoever is not asked about a kind has not decided anything about it.
            wish({kind: how for kind, how in wanted.items() if kind in _offered(viewer)}, by=viewer)
        flash(request, _("Saved."))
        return HttpResponseRedirect(reverse("notification_settings"), status=303)
    wishes = wishes_of(viewer)
    context = {
        "kinds": [(kind.value, kind.label, wishes[kind]) for kind in _offered(viewer)],
        "sends_mail": configuration.SENDS_MAIL,
    }
    return render(request, "leads/notification_settings.html", context)


def _offered(viewer: Viewer) -> list[Notification.Kind]:
    """Departures are told to those who deal with them."""
    return [kind for kind in _KIND if kind is not _KIND.DEPARTURE or viewer.may(May.TRANSFER)]


def _leads_to(one: Notification, viewer: Viewer) -> str | None:
    """Where it leads; None to a lead that the viewer may not see any more."""
    if one.kind == _KIND.DEPARTURE:
        return reverse("departures") if viewer.may(May.TRANSFER) else reverse("notifications")
    if one.lead is not None:
        seen = viewer.may(May.SEE_LEADS) and Lead.objects.visible_to(viewer).filter(pk=one.lead).exists()
        return reverse("lead", args=[one.lead]) if seen else None
    if one.batch and viewer.may(May.TRANSFER) and batches_of(viewer).filter(pk=one.batch).exists():
        return reverse("batch", args=[one.batch])
    return f"{reverse('leads')}?assigned_to=me"
