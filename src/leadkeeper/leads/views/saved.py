"""Saved views: what the list of leads is narrowed to, kept under a name, for oneself or for everybody.

A view is only the filters: whoever opens it finds what they may see, and `me` in it is whoever reads.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from leadkeeper.leads.lists.listing import Filters
from leadkeeper.leads.views.models import SavedView
from leadkeeper.live.announce import announce, announce_privately
from leadkeeper.storage.errors import Invalid, NotAllowed, NotFound, Refusals
from leadkeeper.storage.visible_text import storable, visible
from leadkeeper.storage.words import LONGEST_QUERY, sortable
from leadkeeper.team.models import Membership
from leadkeeper.team.roles import May
from leadkeeper.team.viewer import Viewer

MOST_VIEWS: Final = 50
# Of those that others share, the first by name.
MOST_SHOWN: Final = 100
LONGEST_NAME: Final = 60


def views_for(viewer: Viewer) -> list[SavedView]:
    """The viewer's own views and those that others share with them, each with who made it, by name."""
    views = SavedView.objects.visible_to(viewer).select_related("person").order_by("folded_name", "id")
    mine = views.filter(person=viewer.person_id)[:MOST_VIEWS]
    theirs = views.filter(shared=True).exclude(person=viewer.person_id)[:MOST_SHOWN]
    return sorted([*mine, *theirs], key=lambda view: (view.folded_name, view.id))


def find_view(view_id: uuid.UUID, viewer: Viewer) -> SavedView:
    """The view, to be changed. Raises NotFound for whom it does not exist, and NotAllowed for who may only use it."""
    viewer.require(May.SEE_LEADS)
    view = SavedView.objects.visible_to(viewer).select_related("person").filter(pk=view_id).first()
    if view is None:
        raise NotFound(_("There is no such view."))
    if not may_change(view, viewer):
        raise NotAllowed(_("Only owners, administrators and managers change views that are shared."))
    return view


def may_change(view: SavedView, viewer: Viewer) -> bool:
    """One's own while nobody else uses it; what is shared belongs to those who may share."""
    return viewer.may(May.TRANSFER) if view.shared else view.person_id == viewer.person_id


def save_view(name: str, filters: Filters, *, by: Viewer, shared: bool = False) -> SavedView:
    """Keep these filters under a name. Raises NotAllowed, and Invalid on `name` or on a filter."""
    by.require(May.SEE_LEADS)
    if by.person_id is None:
        raise NotAllowed(_("Only people save views."))
    if shared:
        _require_may_share(by)
    if SavedView.objects.filter(organization=by.organization_id, person=by.person_id).count() >= MOST_VIEWS:
        raise Invalid("name", _("At most %d views. Delete one that you no longer need.") % MOST_VIEWS)
    view = SavedView(organization=by.organization, person_id=by.person_id, shared=shared)
    refusals = Refusals()
    with refusals:
        _name(view, name)
    with refusals:
        _narrow(view, filters, by)
    refusals.raise_any()
    _store(view)
    return view


def rename_view(view_id: uuid.UUID, name: str, *, shared: bool, by: Viewer) -> SavedView:
    """Change its name, and who sees it. Raises NotFound, NotAllowed, and Invalid on `name`."""
    view = find_view(view_id, by)
    if shared and not view.shared:
        _require_may_share(by)
    was_shared, view.shared = view.shared, shared
    _name(view, name)
    _store(view, was_shared=was_shared)
    return view


def update_view(view_id: uuid.UUID, filters: Filters, *, by: Viewer) -> SavedView:
    """Keep these filters in it from now on. Raises NotFound, NotAllowed, and Invalid on a filter."""
    view = find_view(view_id, by)
    _narrow(view, filters, by)
    _store(view)
    return view


def delete_view(view_id: uuid.UUID, *, by: Viewer) -> SavedView:
    """Delete it, for everybody; answers what it was. Raises NotFound and NotAllowed."""
    view = find_view(view_id, by)
    # By its id, so that what is answered still knows its own.
    SavedView.objects.filter(pk=view.pk).delete()
    _tell_of(view, shared=view.shared)
    return view


def _require_may_share(by: Viewer) -> None:
    if not by.may(May.TRANSFER):
        raise NotAllowed(_("Only owners, administrators and managers share views with everybody."), field="shared")


def _name(view: SavedView, name: str) -> None:
    name = visible(storable(name))
    if not name:
        raise Invalid("name", _("Enter a name."))
    if len(name) > LONGEST_NAME:
        raise Invalid("name", _("At most %d characters.") % LONGEST_NAME)
    view.name, view.folded_name = name, sortable(name)


def _narrow(view: SavedView, filters: Filters, by: Viewer) -> None:
    """Raises Invalid for filters that narrow nothing, are too long, or name somebody who was never here."""
    if not filters.narrow:
        raise Invalid("filters", _("Narrow the list first: a view keeps its search and filters."))
    if len(filters.q) > LONGEST_QUERY:
        raise Invalid("filters", _("The search is too long to be saved."))
    person = filters.person_id(by)
    if person and not Membership.objects.visible_to(by).filter(user_id=person).exists():
        raise Invalid("filters", _("There is no such person here."))
    view.q, view.stage, view.source = filters.q, filters.stage, filters.source
    view.assigned_to = filters.assigned_to


def _store(view: SavedView, *, was_shared: bool = False) -> None:
    with _of_that_name_only_one(view):
        view.save()
    _tell_of(view, shared=view.shared or was_shared)


@contextmanager
def _of_that_name_only_one(view: SavedView) -> Iterator[None]:
    """Raises Invalid on `name` when whoever made this view has another one of that name."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise Invalid("name", _("There is already a view with this name.")) from None


def _tell_of(view: SavedView, *, shared: bool) -> None:
    announce_privately(view.organization_id, "views", [view.person_id])
    if shared:
        announce(view.organization_id, ["views"])
