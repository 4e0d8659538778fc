"""The page of possible duplicates: each pair, with links to both, and the button that says that they are two."""

import uuid
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from leadkeeper.leads.models import Lead
from leadkeeper.leads.possible_duplicates import confirm_distinct, possible_duplicates, shared
from leadkeeper.leads.responsible import Responsible, people_called
from leadkeeper.leads.search.newest import NEWEST_FIRST
from leadkeeper.storage.errors import Invalid
from leadkeeper.team.request import ViewerRequest
from leadkeeper.web.page_view import flash, is_part, page_view, trigger
from leadkeeper.web.paging import page

PAIRS_A_PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Pair:
    """Two leads that may be one, the later one first; `shared` names what is the same."""

    later: Lead
    earlier: Lead
    shared: str
    later_owner: Responsible | None
    earlier_owner: Responsible | None


@page_view("GET")
def possible_duplicate_leads(request: ViewerRequest) -> HttpResponse:
    """The pairs about which nobody has decided yet, the newest first."""
    viewer, cursor = request.viewer, request.GET.get("cursor", "")
    found = possible_duplicates(viewer)
    try:
        shown = page(found, NEWEST_FIRST, limit=PAIRS_A_PAGE, cursor=cursor)
    except Invalid:
        cursor, shown = "", page(found, NEWEST_FIRST, limit=PAIRS_A_PAGE, cursor=None)
    address = reverse("possible_duplicates")
    leads = [(later, later.duplicate_of) for later in shown.rows if later.duplicate_of is not None]
    owners = {lead.assigned_to_id for pair in leads for lead in pair}
    people = people_called({id_ for id_ in owners if id_}, viewer)
    context = {
        "pairs": [
            Pair(later, earlier, _names(shared(later, earlier)), _owner(later, people), _owner(earlier, people))
            for later, earlier in leads
        ],
        "here": f"{address}?cursor={cursor}" if cursor else address,
        "first": address if cursor else None,
        "next": f"{address}?cursor={shown.next}" if shown.next else None,
    }
    return render(request, "leads/possible_duplicates.html", context)


@page_view("POST")
def confirm_distinct_lead(request: ViewerRequest, lead_id: uuid.UUID) -> HttpResponse:
    """Say that this lead and the earlier one are two."""
    with transaction.atomic():
        confirm_distinct(lead_id, by=request.viewer)
    said = _("Both leads stay.")
    if is_part(request):
        return trigger(HttpResponse(status=204), toast={"text": said}, live_changed={"topics": ["leads"]})
    flash(request, said)
    return HttpResponseRedirect(reverse("possible_duplicates"), status=303)


def _owner(lead: Lead, people: dict[uuid.UUID, Responsible]) -> Responsible | None:
    return people.get(lead.assigned_to_id) if lead.assigned_to_id else None


def _names(fields: list[str]) -> str:
    return ", ".join({"phone": _("Phone"), "email": _("E-mail")}[field] for field in fields)
