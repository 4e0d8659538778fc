"""The Directory page: proof that the list of people equals the provider's, or what is wrong and what repairs it."""

import json
import uuid
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from leadkeeper.directory import retention
from leadkeeper.directory.deliveries import read as deliveries
from leadkeeper.directory.deliveries.lag import Lag, lag
from leadkeeper.directory.door import door
from leadkeeper.directory.labels import corrected, duration, reason_label
from leadkeeper.directory.models import ArrivedType, Delivery, Sweep
from leadkeeper.directory.overview import PEOPLE_SHOWN, drifted
from leadkeeper.directory.standing import OF_SET_UP, Flaw, facts, problems, quarantined
from leadkeeper.directory.sweeps import schedule
from leadkeeper.directory.unknown_roles import ROLES_SHOWN, unknown_roles
from leadkeeper.storage.errors import Conflict, Invalid
from leadkeeper.storage.visible_text import storable
from leadkeeper.storage.words import LONGEST_QUERY
from leadkeeper.team.labels import role_name
from leadkeeper.team.models import Membership, User
from leadkeeper.team.people import find_people
from leadkeeper.team.request import ViewerRequest
from leadkeeper.team.roles import May, Role
from leadkeeper.team.viewer import Viewer
from leadkeeper.web.page_view import flash, is_part, page_view, trigger
from leadkeeper.web.paging import Page

SWEEPS_SHOWN: Final = 10
DELIVERIES_A_PAGE: Final = 25
# So many people of one name are looked for.
_NAMESAKES: Final = 100
_ANCHOR: Final = "#deliveries"


@dataclass(frozen=True, slots=True)
class Filters:
    """What the deliveries are narrowed to, as the address says. What makes no sense is as if it were not there."""

    outcome: str = ""
    type: str = ""
    person: str = ""
    cursor: str = ""

    @classmethod
    def of(cls, given: QueryDict) -> "Filters":
        outcome = given.get("outcome", "")
        return cls(
            outcome=outcome if outcome in Delivery.Outcome.values else "",
            type=storable(given.get("type", "")[:LONGEST_QUERY]),
            person=storable(given.get("person", "")[:LONGEST_QUERY]).strip(),
            cursor=given.get("cursor", ""),
        )

    @property
    def narrow(self) -> bool:
        return bool(self.outcome or self.type or self.person)

    @property
    def searches(self) -> bool:
        """Whether only the newest deliveries are looked through."""
        return bool(self.type or self.person)

    @property
    def query(self) -> str:
        names = ("outcome", "type", "person", "cursor")
        return urlencode({name: getattr(self, name) for name in names if getattr(self, name)})

    def address(self, page: str = "directory") -> str:
        return reverse(page) + (f"?{self.query}" if self.query else "")


@page_view("GET", "POST")
def directory(request: ViewerRequest) -> HttpResponse:
    """The page. A POST asks for a check now, with `force` one that deactivates however many people are gone."""
    viewer = request.viewer
    viewer.require(May.MANAGE)
    if request.method == "POST":
        return _reconcile_now(request)
    context = _overview(viewer)
    if is_part(request):
        return render(request, "directory/overview.html", context)
    return render(request, "directory/directory.html", {**context, **_deliveries(viewer, Filters.of(request.GET))})


@page_view("GET")
def list_deliveries(request: ViewerRequest) -> HttpResponse:
    """The deliveries alone, as they are filtered, leafed through and kept fresh."""
    filters = Filters.of(request.GET)
    request.viewer.require(May.MANAGE)
    if not is_part(request):
        return HttpResponseRedirect(filters.address() + _ANCHOR)
    response = render(request, "directory/deliveries.html", _deliveries(request.viewer, filters))
    if "X-Live" not in request.headers:
        response["HX-Replace-Url"] = filters.address()
    return response


@page_view("GET")
def show_delivery(request: ViewerRequest, delivery_id: uuid.UUID) -> HttpResponse:
    """All that is known of one delivery, with its payload: in a dialog, or a page of its own."""
    delivery = deliveries.find(delivery_id, request.viewer)
    context = {"delivery": delivery, "payload": _readable(delivery.payload), "reason_label": reason_label}
    context |= _people_of([delivery], request.viewer)
    return render(request, f"directory/delivery_{'part' if is_part(request) else 'page'}.html", context)


@page_view("POST")
def replay(request: ViewerRequest, delivery_id: uuid.UUID) -> HttpResponse:
    """Try a delivery again, and say what became of it."""
    said = _replay(delivery_id, request.viewer)
    if not is_part(request):
        flash(request, **said)
        return HttpResponseRedirect(reverse("directory") + _ANCHOR, status=303)
    topics = {"topics": ["directory", "deliveries"]}
    return trigger(HttpResponse(status=204), toast=said, dialog_close={}, live_changed=topics)


def _replay(delivery_id: uuid.UUID, by: Viewer) -> dict[str, str]:
    """Try it, and answer what a toast says."""
    try:
        delivery = deliveries.replay(delivery_id, by=by)
    except Conflict as refused:
        return {"text": str(refused), "kind": "danger"}
    if delivery.outcome == Delivery.Outcome.FAILED:
        return {"text": _("It failed again: %(reason)s") % {"reason": reason_label(delivery.reason)}, "kind": "danger"}
    return {"text": _("Replayed: %(outcome)s") % {"outcome": delivery.get_outcome_display()}}


def _reconcile_now(request: ViewerRequest) -> HttpResponse:
    try:
        with transaction.atomic():
            schedule.ask(_next_kind(request.viewer), by=request.viewer, force="force" in request.POST)
    except Conflict as refused:
        said = {"text": str(refused), "kind": "danger"}
    else:
        said = {}
    if not is_part(request):
        if said:
            flash(request, **said)
        return HttpResponseRedirect(reverse("directory"), status=303)
    events = {"toast": said} if said else {}
    return trigger(HttpResponse(status=204), **events, live_changed={"topics": ["directory"]})


def _next_kind(viewer: Viewer) -> Sweep.Kind:
    done = Sweep.objects.filter(organization_id=viewer.organization_id, status=Sweep.Status.COMPLETE)
    return Sweep.Kind.RECONCILE if done.exists() else Sweep.Kind.BACKFILL


def _overview(viewer: Viewer) -> dict[str, Any]:
    """Everything but the deliveries."""
    now = timezone.now()
    known = facts(viewer, now=now)
    found = problems(known)
    lately = lag(viewer, now=now)
    sweeps = Sweep.objects.filter(organization_id=viewer.organization_id).select_related("asked_by")
    flaws = {problem.flaw for problem in found}
    return {
        "facts": known,
        "door": known.door,
        "problems": found,
        "flaws": flaws,
        "steps": _steps(flaws),
        "other_problems": [problem for problem in found[1:] if problem.flaw not in OF_SET_UP],
        "lag": lately,
        "lag_by_hour": _columns(lately),
        "duration": duration,
        "reason_label": reason_label,
        "kept": retention.kept(viewer),
        "deliveries_kept_for": retention.DELIVERIES_KEPT_FOR.days,
        "payloads_kept_for": retention.PAYLOADS_KEPT_FOR.days,
        "file_size": filesizeformat,
        "arrived": set(ArrivedType.objects.filter(type__in=known.door.types).values_list("type", flat=True)),
        "sweeps": list(sweeps.order_by("-asked_at")[:SWEEPS_SHOWN]),
        "corrected": [corrected(one) for one in drifted(known.complete)] if known.complete else [],
        "quarantined": quarantined(known.complete, PEOPLE_SHOWN) if known.complete else [],
        "unknown_roles": unknown_roles(viewer),
        "roles_shown": ROLES_SHOWN,
        "default_role": role_name(settings.CLERK_DEFAULT_ROLE),
        "known_roles": ", ".join(Role),
    }


def _steps(flaws: set[Flaw]) -> list[tuple[str, bool]]:
    """The steps of the set-up and whether each is done; none once all are."""
    if not flaws.intersection(OF_SET_UP):
        return []
    return [(flaw.value, flaw not in flaws) for flaw in OF_SET_UP]


def _columns(lately: Lag) -> list[dict[str, Any]]:
    """The lag by the hour, as the chart takes it."""
    return [
        {
            "label": time_format(timezone.localtime(hour.begins_at), "TIME_FORMAT"),
            "value": hour.p95_s or 0,
            "shown": "—" if hour.p95_s is None else duration(hour.p95_s),
            "note": hour.count,
        }
        for hour in lately.hours
    ]


def _deliveries(viewer: Viewer, filters: Filters) -> dict[str, Any]:
    found = _newest(viewer, filters)
    if found is None:
        filters = replace(filters, cursor="")
        found = _newest(viewer, filters) or Page([], None)
    return {
        "filters": filters,
        "deliveries": found.rows,
        "older": replace(filters, cursor=found.next).address() + _ANCHOR if found.next else None,
        "newest": replace(filters, cursor="").address() + _ANCHOR if filters.cursor else None,
        "here": filters.address("directory_deliveries"),
        "outcomes": Delivery.Outcome.choices,
        "looked_through": deliveries.LOOKED_THROUGH,
        "type_options": [(type_, type_) for type_ in door().types],
        "reason_label": reason_label,
        **_people_of(found.rows, viewer),
    }


def _newest(viewer: Viewer, filters: Filters) -> Page[Delivery] | None:
    """One page of deliveries; None where the cursor is none."""
    try:
        return deliveries.newest(
            viewer,
            outcome=filters.outcome,
            type_=filters.type,
            clerk_ids=_called(filters.person, viewer) if filters.person else None,
            limit=DELIVERIES_A_PAGE,
            cursor=filters.cursor,
        )
    except Invalid:
        return None


def _called(text: str, viewer: Viewer) -> set[str]:
    """The id where the text is one of somebody here; else the ids of those who are called so, and the text itself."""
    if _known(viewer).filter(clerk_id=text).exists():
        return {text}
    called = find_people(viewer, query=text, active=None, role="").order_by("folded_name", "user_id")[:_NAMESAKES]
    return {text} | {membership.user.clerk_id for membership in called if membership.user.clerk_id}


def _known(viewer: Viewer) -> QuerySet[User]:
    """The people of the viewer's organization, in the form that finds few of them by their index."""
    return User.objects.filter(Exists(Membership.objects.visible_to(viewer).filter(user=OuterRef("pk"))))


def _people_of(rows: list[Delivery], viewer: Viewer) -> dict[str, dict[str, User]]:
    """The people whom deliveries are about, by their id in the directory."""
    ids = {row.clerk_id for row in rows if row.clerk_id}
    return {"people": {user.clerk_id or "": user for user in _known(viewer).filter(clerk_id__in=ids)}}


def _readable(payload: str) -> str:
    """The payload in lines, where it is what it should be."""
    try:
        return json.dumps(json.loads(payload), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return payload
