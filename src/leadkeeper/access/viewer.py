"""Who a session belongs to, asked at every request: whoever has left is out at once, whatever session they hold."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from importlib import import_module
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, parse_cookie
from django.urls import is_valid_path, reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.crypto import constant_time_compare

from leadkeeper.access.own_path import own_path
from leadkeeper.team.models import Membership
from leadkeeper.team.time_zones import zone_named
from leadkeeper.team.viewer import Viewer
from leadkeeper.web.page_view import is_part

# Open to those who are not signed in; the API answers 401 by itself.
_OPEN: Final = ("/api/", "/static/", "/sign-in", "/sign-out", "/language")

# Set by times.js: the IANA name of the browser's time zone.
_ZONE_COOKIE: Final = "leadkeeper_time_zone"
_PEOPLE_AT_ONCE: Final = 500


class ViewerMiddleware:
    """Sets `request.viewer`, and sends whoever is not signed in to the sign-in page.

    An address that leads nowhere is a 404 for everybody: a program that mistypes one would take a redirect for success.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        viewer = viewer_of_session(request.session)
        if viewer is not None:
            viewer = replace(viewer, zone=zone_named(request.COOKIES.get(_ZONE_COOKIE, "")))
        # Days are the organization's, wherever the server stands. For a key the API says whose, once it knows.
        with timezone.override(viewer.organization.zone if viewer else None):
            return self._answer(request, viewer)

    def _answer(self, request: HttpRequest, viewer: Viewer | None) -> HttpResponse:
        request.viewer = viewer  # type: ignore[attr-defined]
        if viewer is None and not f"{request.path}/".startswith(_OPEN) and is_valid_path(request.path_info):
            return _to_sign_in(request)
        answer = self._get_response(request)
        if viewer is not None and not request.path.startswith("/api/"):
            # What is somebody's own stays in no cache, where the next one at this browser would find it.
            # Scripts ask for parts with `cache: "no-store"`. Were the answer marked so too, Chromium would give up the
            # page around it, instead of showing it again on Back.
            stored = {"no_cache": True} if is_part(request) and request.method == "GET" else {"no_store": True}
            patch_cache_control(answer, private=True, **stored)
        return answer


def viewer_of_session(session: SessionBase) -> Viewer | None:
    """The person who signed in with this session, if they still may; else the session is ended."""
    person_id = session.get(SESSION_KEY)
    if person_id is None:
        return None
    membership = (
        Membership.objects.active()
        .filter(user_id=person_id, user__is_active=True)
        .select_related("user", "organization")
        .order_by("created_at")
        .first()
    )
    signed = str(session.get(HASH_SESSION_KEY, ""))
    if membership and constant_time_compare(signed, membership.user.get_session_auth_hash()):
        return Viewer.of(membership)
    session.flush()
    return None


def viewer_of_cookies(headers: Iterable[tuple[bytes, bytes]]) -> Viewer | None:
    """The same for an ASGI scope's headers, where no Django request is made."""
    cookies = "; ".join(value.decode("latin-1") for name, value in headers if name.lower() == b"cookie")
    key = parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME)
    if not key:
        return None
    engine = import_module(settings.SESSION_ENGINE)
    return viewer_of_session(engine.SessionStore(key))


def here_now(people: Collection[tuple[UUID, UUID | None]]) -> dict[tuple[UUID, UUID | None], bool]:
    """Those of these (organization id, user id) pairs who are active now, each with whether they see all leads."""
    active = Membership.objects.active().filter(user__is_active=True).select_related("organization")
    ids = sorted({person_id for _, person_id in people if person_id})
    found: dict[tuple[UUID, UUID | None], bool] = {}
    for start in range(0, len(ids), _PEOPLE_AT_ONCE):
        for membership in active.filter(user_id__in=ids[start : start + _PEOPLE_AT_ONCE]):
            sees_all = membership.organization.shows_all_leads_to(membership.role)
            found[membership.organization_id, membership.user_id] = sees_all
    return {who: found[who] for who in people if who in found}


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """A page answers with a redirect. htmx would put the page it leads to in a corner: it is told to go there."""
    if request.headers.get("HX-Request") == "true":
        answer = HttpResponse(status=401)
        answer["HX-Redirect"] = _sign_in_address(own_path(request.headers.get("HX-Current-URL", "")))
        return answer
    return HttpResponseRedirect(_sign_in_address(request.get_full_path() if request.method == "GET" else "/"))


def _sign_in_address(back_to: str) -> str:
    query = "" if back_to in ("", "/") else "?" + urlencode({"next": back_to})
    return reverse("sign_in") + query
