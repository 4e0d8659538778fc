"""What the frame around every page needs: who looks, in which language, and where they can go."""

from dataclasses import dataclass
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from leadkeeper.leads.departures.cases import open_case_count
from leadkeeper.leads.notifications.inbox import unread_count
from leadkeeper.team.roles import May
from leadkeeper.team.viewer import Viewer
from leadkeeper.web.page_view import is_part


@dataclass(frozen=True, slots=True)
class RailItem:
    """One entry of the rail (on a phone: of the bar below)."""

    name: str
    url: str
    icon: str
    label: str
    current: bool
    # Below the rule; on a phone in the menu of the avatar.
    below: bool = False


def for_every_page(request: HttpRequest) -> dict[str, Any]:
    """The context that every template has."""
    viewer: Viewer | None = getattr(request, "viewer", None)
    items = rail(request.path, viewer)
    # Parts of a page have no shell, but for the one that fetches its counts.
    counted = viewer if not is_part(request) or request.path == reverse("notification_counts") else None
    return {
        "viewer": viewer,
        "unread_notifications": unread_count(counted) if counted else 0,
        "open_departures": open_case_count(counted) if counted else 0,
        "language_code": translation.get_language() or "en",
        "rail": items,
        "current_page": next((item.name for item in items if item.current), ""),
        "flashed": _flashed(request),
    }


def _flashed(request: HttpRequest) -> list[dict[str, Any]]:
    """What the last page left to say. A part of a page leaves it to the whole page that comes."""
    session: SessionBase | None = getattr(request, "session", None)
    if session is None or "flashed" not in session or is_part(request):
        return []
    said: list[dict[str, Any]] = session.pop("flashed")
    return said


def rail(path: str, viewer: Viewer | None) -> list[RailItem]:
    """The pages this viewer may go to."""
    if viewer is None:
        return []
    pages = [("team", reverse("team"), "users", _("Team"))]
    if viewer.may(May.SEE_LEADS):
        pages.insert(0, ("leads", reverse("leads"), "list", _("Leads")))
    items = [RailItem(*page, current=path.startswith(page[1])) for page in pages]
    below = []
    if viewer.may(May.TRANSFER):
        below.append(("departures", reverse("departures"), "user-x", _("Departures")))
    if viewer.may(May.MANAGE):
        below += [
            ("directory", reverse("directory"), "shield-check", _("Directory")),
            ("settings", reverse("settings"), "settings", _("Settings")),
        ]
    return items + [RailItem(*page, current=path.startswith(page[1]), below=True) for page in below]
