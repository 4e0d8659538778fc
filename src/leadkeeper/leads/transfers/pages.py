"""Moving leads in bulk: the dialog with its preview, and the batches there have been."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain
from typing import Any, Final

from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leadkeeper.leads.load import open_leads
from leadkeeper.leads.models import Lead
from leadkeeper.leads.responsible import Responsible, people_called
from leadkeeper.leads.transfers.batches import (
    Giver,
    Receiver,
    Stays,
    batches_of,
    find_batch,
    givers_of,
    receivers_of,
    who_stays,
)
from leadkeeper.leads.transfers.form import TransferForm
from leadkeeper.leads.transfers.models import Batch, LeftOut
from leadkeeper.leads.transfers.moved_leads import moved_leads
from leadkeeper.leads.transfers.transfer import Plan, decide, transfer
from leadkeeper.leads.transfers.try_batch_again import try_batch_again, why_not_again
from leadkeeper.leads.transfers.undo_batch import undo_batch, why_not
from leadkeeper.storage.errors import Conflict, Invalid, Refusals
from leadkeeper.team.models import Membership
from leadkeeper.team.request import ViewerRequest
from leadkeeper.team.roles import May
from leadkeeper.team.viewer import Viewer
from leadkeeper.web.page_view import flash, is_part, page_view, trigger
from leadkeeper.web.paging import Order, moment, page

BATCHES_A_PAGE: Final = 50
NAMED_IN_DIALOG: Final = 20
NEWEST_FIRST: Final = Order("began_at", "id", read=moment, descending=True)
# A batch that has not moved for so long has nobody who carries it on.
_SILENT_AFTER: Final = timedelta(seconds=15)


@page_view("GET", "POST")
def transfer_leads(request: ViewerRequest) -> HttpResponse:
    """Choose who receives the leads, with what would happen; the button that says how many does it."""
    viewer = request.viewer
    viewer.require(May.TRANSFER)
    form = TransferForm.sent(request.POST if request.method == "POST" else request.GET)
    if "go" not in request.POST:
        return _show(request, form)
    refusals = Refusals()
    try:
        plan = decide(form.wanted(refusals), by=viewer, refused=refusals)
        with transaction.atomic():
            batch = transfer(plan, by=viewer, mark=form.mark)
    except Invalid as invalid:
        form.errors |= invalid.by_field
        return _show(request, form, status=422)
    except Conflict as conflict:
        form.errors["plan"] = str(conflict)
        return _show(request, form, status=409)
    return _done(request, batch)


@page_view("GET")
def transfers(request: ViewerRequest) -> HttpResponse:
    """The batches there have been, newest first."""
    viewer, cursor = request.viewer, request.GET.get("cursor", "")
    found = batches_of(viewer).select_related("undone_by")
    try:
        shown = page(found, NEWEST_FIRST, limit=BATCHES_A_PAGE, cursor=cursor)
    except Invalid:
        cursor, shown = "", page(found, NEWEST_FIRST, limit=BATCHES_A_PAGE, cursor=None)
    address = reverse("transfers")
    giving = {batch.pk: givers_of(batch) for batch in shown.rows}
    receiving = {batch.pk: receivers_of(batch) for batch in shown.rows}
    context = {
        "batches": shown.rows,
        "giving": giving,
        "receiving": receiving,
        "people": people_called(_ids(chain(*giving.values(), *receiving.values())), viewer),
        "here": f"{address}?cursor={cursor}" if cursor else address,
        "first": address if cursor else None,
        "next": f"{address}?cursor={shown.next}" if shown.next else None,
    }
    return render(request, "leads/transfers.html", context)


@page_view("GET")
def batch(request: ViewerRequest, batch_id: uuid.UUID) -> HttpResponse:
    """One batch: how far it is or what became of it, which leads moved, what stayed and why, and the way back."""
    viewer = request.viewer
    shown = find_batch(batch_id, viewer)
    stay = who_stays(shown)
    givers, receivers = givers_of(shown), receivers_of(shown)
    after = _change_id(request)
    moved = moved_leads(shown, viewer, after=after)
    people = _ids([*givers, *receivers]) | {id_ for one in moved.rows for id_ in (one.giver, one.taker) if id_}
    address = reverse("batch", args=[shown.pk])
    context = {
        "batch": shown,
        "done": shown.moved + sum(shown.left_out.values()),
        "givers": givers,
        "receivers": receivers,
        "moved": moved.rows,
        "here": f"{address}?after={after}" if after else address,
        "first": address if after else None,
        "next": f"{address}?after={moved.next}" if moved.next else None,
        "people": people_called(people, viewer),
        "stay": _named(stay, viewer),
        "staying": _reasons(shown.left_out),
        "why_not": why_not(shown),
        "may_try_again": not why_not_again(shown),
        "undone_by": Batch.objects.filter(undoes=shown).first(),
        "nobody_carries_on": shown.ended_at is None and shown.moved_at < timezone.now() - _SILENT_AFTER,
    }
    return render(request, "leads/batch.html", context)


def _ids(people: Iterable[Giver | Receiver]) -> set[uuid.UUID]:
    return {one.id for one in people if one.id is not None}


def _change_id(request: ViewerRequest) -> int:
    """After which change of the batch its leads are to be shown; 0: from the first on."""
    after = request.GET.get("after", "")
    return int(after) if after.isascii() and after.isdecimal() and len(after) < 19 else 0


@page_view("POST")
def undo(request: ViewerRequest, batch_id: uuid.UUID) -> HttpResponse:
    """Give back what nobody has touched since."""
    try:
        with transaction.atomic():
            back = undo_batch(batch_id, by=request.viewer)
    except Conflict as conflict:
        return _refused(request, batch_id, conflict)
    return _done(request, back, f"batch:{batch_id}")


@page_view("POST")
def try_again(request: ViewerRequest, batch_id: uuid.UUID) -> HttpResponse:
    """Try again what a batch could not do, and look on."""
    try:
        with transaction.atomic():
            batch = try_batch_again(batch_id, by=request.viewer)
    except Conflict as conflict:
        return _refused(request, batch_id, conflict)
    return _done(request, batch)


def _refused(request: ViewerRequest, batch_id: uuid.UUID, conflict: Conflict) -> HttpResponse:
    if is_part(request):
        return trigger(HttpResponse(status=409), toast={"text": str(conflict), "kind": "danger"})
    flash(request, str(conflict), kind="danger")
    return HttpResponseRedirect(reverse("batch", args=[batch_id]), status=303)


def moved_words(batch: Batch) -> str:
    """What a batch has done, for a toast."""
    if batch.undoes_id:
        words = ngettext("%(number)s lead given back.", "%(number)s leads given back.", batch.moved)
    else:
        words = ngettext("%(number)s lead transferred.", "%(number)s leads transferred.", batch.moved)
    staying = sum(batch.left_out.values())
    if staying:
        words += " " + ngettext("%(staying)s stays where it is.", "%(staying)s stay where they are.", staying)
    return words % {"number": _number(batch.moved), "staying": _number(staying)}


def _done(request: ViewerRequest, batch: Batch, *topics: str) -> HttpResponse:
    """A toast with the way back; for what goes on in the background, and without script, the page of the batch."""
    address, said = reverse("batch", args=[batch.pk]), moved_words(batch)
    if batch.ended_at is None or not is_part(request):
        if batch.ended_at:
            flash(request, said)
        if is_part(request):
            answer = HttpResponse(status=204)
            answer["HX-Redirect"] = address
            return answer
        return HttpResponseRedirect(address, status=303)
    toast: dict[str, Any] = {"text": said, "link": {"url": address, "label": _("See transfer")}}
    if not why_not(batch) and batch.moved:
        toast["undo"] = {"url": reverse("undo_batch", args=[batch.pk])}
    changed = {"topics": ["leads", "team", "transfers", *topics]}
    return trigger(HttpResponse(status=204), toast=toast, dialog_close={}, live_changed=changed, selection_clear={})


@dataclass(frozen=True, slots=True)
class Receiving:
    """Somebody who is chosen to receive leads, with what that makes of their work; None: not known yet."""

    person: Responsible
    open_leads: int
    capacity: int | None
    away_until: date | None
    passed_over: bool
    share: Receiver | None

    @property
    def over_capacity(self) -> bool:
        return self.capacity is not None and self.share is not None and self.share.after > self.capacity


def _show(request: ViewerRequest, form: TransferForm, *, status: int = 200) -> HttpResponse:
    """The form with its preview, as far as there is somebody to receive."""
    viewer, plan = request.viewer, None
    if form.to:
        refusals = Refusals()
        try:
            plan = decide(form.wanted(refusals), by=viewer, refused=refusals)
        except Invalid as invalid:
            form.errors |= invalid.by_field
    giver = form.person()
    context = {
        "form": form,
        "plan": plan,
        "receiving": _receiving(form, plan, viewer),
        "giver": people_called({giver}, viewer).get(giver) if giver else None,
        "giver_open": open_leads(viewer.organization_id, [giver])[giver] if giver else None,
        "stay": _named(plan.stay[:NAMED_IN_DIALOG], viewer) if plan else [],
        "staying": _reasons({str(why): number for why, number in plan.staying.items()}) if plan else [],
    }
    return render(request, f"leads/transfer_{'part' if is_part(request) else 'page'}.html", context, status=status)


def _receiving(form: TransferForm, plan: Plan | None, viewer: Viewer) -> list[Receiving]:
    ids = form.receivers()
    called, loads = people_called(ids, viewer), open_leads(viewer.organization_id, ids)
    memberships = {one.user_id: one for one in Membership.objects.visible_to(viewer).filter(user_id__in=ids)}
    shares = {one.id: one for one in plan.receivers} if plan else {}
    receiving = []
    for id_ in ids:
        if id_ not in memberships:
            continue
        receiving.append(
            Receiving(
                person=called[id_],
                open_leads=loads[id_],
                capacity=memberships[id_].capacity,
                away_until=memberships[id_].absent_until,
                passed_over=plan is not None and id_ in plan.away,
                share=shares.get(id_),
            )
        )
    return receiving


@dataclass(frozen=True, slots=True)
class Named:
    """A lead that stays where it is, by name."""

    lead: Lead
    why: str


def _named(stay: list[Stays], viewer: Viewer) -> list[Named]:
    """Those of them that are still there to be named."""
    leads = Lead.objects.visible_to(viewer).in_bulk([one.lead for one in stay])
    return [Named(leads[one.lead], str(one.why.label)) for one in stay if one.lead in leads]


def _reasons(numbers: dict[str, int]) -> list[tuple[int, str]]:
    """How many stay, and why, the most frequent first."""
    return sorted(((number, str(LeftOut(why).label)) for why, number in numbers.items() if number), reverse=True)


def _number(value: int) -> str:
    return number_format(value, force_grouping=True)
