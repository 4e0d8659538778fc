"""What the owner picker asks for while it is open."""

import uuid
from dataclasses import asdict
from typing import Final

from django.http import HttpResponse, JsonResponse

from leadkeeper.leads.offer import offer
from leadkeeper.team.page_view import page_view
from leadkeeper.team.request import ViewerRequest

# All of a usual team at once; who types wants a few.
_UNASKED: Final = 100
_SEARCHED: Final = 20


@page_view("GET")
def people_to_choose(request: ViewerRequest) -> HttpResponse:
    """`q` is what was typed, `current` the id of whoever is responsible now."""
    query = request.GET.get("q", "")
    limit = _SEARCHED if query.strip() else _UNASKED
    offered = offer(request.viewer, query=query, current=_id(request.GET.get("current", "")), limit=limit)
    return JsonResponse(asdict(offered))


def _id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
