"""What the owner picker asks for while it is open."""

import uuid
from dataclasses import asdict
from typing import Final

from django.http import HttpResponse, JsonResponse

from leadkeeper.leads.offer import offer
from leadkeeper.storage.errors import Invalid
from leadkeeper.storage.words import LONGEST_QUERY
from leadkeeper.team.request import ViewerRequest
from leadkeeper.web.page_view import page_view

# All of a usual team at once; who types wants a few.
_UNASKED: Final = 100
_SEARCHED: Final = 20


@page_view("GET")
def people_to_choose(request: ViewerRequest) -> HttpResponse:
    """`q` is what was typed, `current` the id of whoever is responsible now, `cursor` an earlier answer's `next`."""
    query, current, cursor = (request.GET.get(name, "") for name in ("q", "current", "cursor"))
    query = query[:LONGEST_QUERY]
    limit = _SEARCHED if query.strip() else _UNASKED
    try:
        offered = offer(request.viewer, query=query, current=_id(current), limit=limit, cursor=cursor or None)
    except Invalid:
        # Such a cursor was never given: those from the beginning are as good an answer.
        offered = offer(request.viewer, query=query, current=_id(current), limit=limit)
    return JsonResponse(asdict(offered))


def _id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
