"""The tabs above the list of leads: ours, and the saved views."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.urls import reverse

from leadkeeper.leads.lists.listing import Filters
from leadkeeper.leads.views.models import SavedView
from leadkeeper.leads.views.saved import may_change, views_for
from leadkeeper.team.viewer import Viewer

# The others are in a menu.
_BESIDE_OURS: Final = 4


@dataclass(frozen=True, slots=True)
class ViewTab:
    """One saved view; `sharer`: whose it is, where it is somebody else's."""

    name: str
    url: str
    current: bool
    shared: bool
    sharer: str


@dataclass(frozen=True, slots=True)
class ViewTabs:
    """`filters` are those of the page, None on the page of recent leads."""

    filters: Filters | None
    counts: Mapping[str, int]
    saved: list[ViewTab]
    folded: list[ViewTab]
    # The view that is open, and whether the filters are still what it keeps.
    current: SavedView | None
    is_as_saved: bool
    may_change: bool
    # Whom its changes are told to.
    topics: str

    @property
    def address(self) -> str:
        return self.filters.address if self.filters else reverse("recent")

    def address_of(self, assigned_to: str) -> str:
        """That of somebody's leads, or of all: with what was searched for, unless that came from a saved view."""
        filters = Filters() if self.filters is None or self.current else self.filters
        return filters.of_person(assigned_to).address

    @property
    def ours(self) -> str:
        """Which of our own views is open: `all`, `mine`, `waiting`, `recent`, or none of them."""
        if self.filters is None:
            return "recent"
        return "" if self.current else {"me": "mine", "none": "waiting"}.get(self.filters.assigned_to, "all")

    @property
    def may_save(self) -> bool:
        """Whether there is something to keep that no open view keeps already."""
        return self.filters is not None and self.filters.narrow and not self.filters.is_ours and not self.is_as_saved

    @property
    def may_update(self) -> bool:
        return self.may_save and self.current is not None and self.may_change


def view_tabs(viewer: Viewer, filters: Filters | None, counts: Mapping[str, int]) -> ViewTabs:
    """The tabs as they are with these filters, with the viewer's `kept_counts`."""
    views = {view: Filters.of_view(view, viewer) for view in views_for(viewer)}
    current = next((view for view, kept in views.items() if filters and kept.view == filters.view), None)
    tabs = [_tab(view, kept, viewer, current) for view, kept in views.items()]
    beside = tabs[:_BESIDE_OURS] + [tab for tab in tabs[_BESIDE_OURS:] if tab.current]
    return ViewTabs(
        filters=filters,
        counts=counts,
        saved=beside,
        folded=[tab for tab in tabs if tab not in beside],
        current=current,
        is_as_saved=bool(filters and current and filters.alike(views[current])),
        may_change=current is not None and may_change(current, viewer),
        topics=f"leads views views:{viewer.person_id}",
    )


def _tab(view: SavedView, kept: Filters, viewer: Viewer, current: SavedView | None) -> ViewTab:
    sharer = "" if view.person_id == viewer.person_id else str(view.person)
    return ViewTab(view.name, kept.address, view == current, view.shared, sharer)
