"""The Team page: everybody of the organization, also those who never signed in."""

from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from leadkeeper.storage.errors import Invalid
from leadkeeper.storage.words import LONGEST_QUERY
from leadkeeper.team import roles
from leadkeeper.team.labels import role_names
from leadkeeper.team.models import Membership
from leadkeeper.team.people import BY_NAME, find_people
from leadkeeper.team.request import ViewerRequest
from leadkeeper.team.roles import May
from leadkeeper.team.viewer import Viewer
from leadkeeper.team.workload import open_leads_of
from leadkeeper.web.page_view import is_part, page_view
from leadkeeper.web.paging import Page, page

PEOPLE_A_PAGE: Final = 100
_ACTIVE: Final = {"": None, "true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to, as its address says. What makes no sense there is as if it were not there."""

    q: str = ""
    active: str = ""
    role: str = ""
    cursor: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> "Filters":
        given = request.GET
        active, role = given.get("active", ""), given.get("role", "")
        return cls(
            q=given.get("q", "")[:LONGEST_QUERY].strip(),
            active=active if active in _ACTIVE else "",
            role=role if roles.known(role) else "",
            cursor=given.get("cursor", ""),
        )

    @property
    def narrow(self) -> bool:
        return bool(self.q or self.active or self.role)

    def address(self, cursor: str | None = "") -> str:
        """The list with these filters, from that cursor on."""
        given = {"q": self.q, "active": self.active, "role": self.role, "cursor": cursor or ""}
        query = urlencode({name: value for name, value in given.items() if value})
        return reverse("team") + (f"?{query}" if query else "")


@page_view("GET")
def team(request: ViewerRequest) -> HttpResponse:
    """Everybody by name, active or not."""
    viewer, filters = request.viewer, Filters.of(request)
    viewer.require(May.SEE_LEADS)
    people, before = _people(viewer, filters)
    shown = [membership.user_id for membership in people.rows]
    context = {
        "filters": filters,
        "people": people.rows,
        # Of leads that are hidden from the viewer not even the number is shown.
        "open_leads": open_leads_of(viewer.organization_id, shown) if viewer.sees_all_leads else None,
        "here": filters.address(filters.cursor),
        "previous": before,
        "next": filters.address(people.next) if people.next else None,
        "role_names": role_names(),
        "is_part": is_part(request),
        **_counts(viewer),
        "has_administrator": _has_administrator(viewer),
    }
    response = render(request, "team/people.html" if is_part(request) else "team/team.html", context)
    if is_part(request) and "X-Live" not in request.headers:
        response["HX-Replace-Url"] = filters.address(filters.cursor)
    return response


def _people(viewer: Viewer, filters: Filters) -> tuple[Page[Membership], str | None]:
    """One page of people, and the address of the page before it."""
    found = find_people(viewer, query=filters.q, active=_ACTIVE[filters.active], role=filters.role)
    found = found.select_related("user", "role_set_by")
    try:
        people = page(found, BY_NAME, limit=PEOPLE_A_PAGE, cursor=filters.cursor)
    except Invalid:
        return page(found, BY_NAME, limit=PEOPLE_A_PAGE, cursor=None), None
    if not filters.cursor:
        return people, None
    # Walking back from here, the next page begins where the page before this one does.
    back = page(found, replace(BY_NAME, descending=True), limit=PEOPLE_A_PAGE, cursor=filters.cursor)
    return people, filters.address(back.next)


def _counts(viewer: Viewer) -> dict[str, int]:
    """Of everybody, whatever the list is narrowed to; read from an index alone."""
    return Membership.objects.visible_to(viewer).aggregate(
        people_count=Count("organization"), active_count=Count("active", filter=Q(active=True))
    )


def _has_administrator(viewer: Viewer) -> bool:
    """Most who ask are the answer, and need not be looked for among everybody."""
    return viewer.may(May.MANAGE) or Membership.objects.visible_to(viewer).active().administrators().exists()
