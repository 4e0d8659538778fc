"""Saved views as pages: keeping the list's filters under a name, changing and deleting them; and the recent leads."""

import uuid
from dataclasses import dataclass, field, replace

from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from leadkeeper.leads.lists.listing import Filters, kept_counts
from leadkeeper.leads.lists.tabs import view_tabs
from leadkeeper.leads.responsible import colleague, me, people_called
from leadkeeper.leads.views.models import SavedView
from leadkeeper.leads.views.recent import recent as find_recent
from leadkeeper.leads.views.saved import delete_view, find_view, rename_view, save_view, update_view
from leadkeeper.storage.errors import Invalid
from leadkeeper.team.request import ViewerRequest
from leadkeeper.team.roles import May
from leadkeeper.web.page_view import flash, is_part, page_view, trigger


@dataclass
class ViewForm:
    """A view as somebody names it; `view` is the one that is there already."""

    filters: Filters
    name: str = ""
    shared: bool = False
    view: SavedView | None = None
    errors: dict[str, str] = field(default_factory=dict)


@page_view("GET", "POST")
def new_view(request: ViewerRequest) -> HttpResponse:
    """Keep the filters of the list."""
    viewer = request.viewer
    viewer.require(May.SEE_LEADS)
    given = request.POST if request.method == "POST" else request.GET
    form = ViewForm(Filters.of(given, viewer), name=given.get("name", ""), shared="shared" in given)
    if request.method == "GET":
        return _form(request, form)
    try:
        with transaction.atomic():
            view = save_view(form.name, form.filters, shared=form.shared, by=viewer)
    except Invalid as invalid:
        form.errors |= invalid.by_field
        return _form(request, form, status=422)
    flash(request, _("View saved."))
    return _to(request, Filters.of_view(view, viewer).address)


@page_view("GET", "POST")
def edit_view(request: ViewerRequest, view_id: uuid.UUID) -> HttpResponse:
    """Rename a view, share it or keep it for oneself; `delete` deletes it."""
    viewer, given = request.viewer, request.POST
    view = find_view(view_id, viewer)
    filters = Filters.of_view(view, viewer)
    if request.method == "GET":
        return _form(request, ViewForm(filters, name=view.name, shared=view.shared, view=view))
    if "delete" in given:
        with transaction.atomic():
            delete_view(view_id, by=viewer)
        flash(request, _("View deleted: %(name)s.") % {"name": view.name})
        return _to(request, reverse("leads"))
    form = ViewForm(filters, name=given.get("name", ""), shared="shared" in given, view=view)
    try:
        with transaction.atomic():
            rename_view(view_id, form.name, shared=form.shared, by=viewer)
    except Invalid as invalid:
        form.errors |= invalid.by_field
        return _form(request, form, status=422)
    return _said(request, filters.address, _("View saved."))


@page_view("POST")
def update_view_filters(request: ViewerRequest, view_id: uuid.UUID) -> HttpResponse:
    """Keep what the list is narrowed to now."""
    filters = replace(Filters.of(request.POST, request.viewer), view=str(view_id), cursor="")
    try:
        with transaction.atomic():
            update_view(view_id, filters, by=request.viewer)
    except Invalid as invalid:
        if is_part(request):
            return trigger(HttpResponse(status=422), toast={"text": str(invalid), "kind": "danger"})
        flash(request, str(invalid), kind="danger")
        return HttpResponseRedirect(filters.address, status=303)
    return _said(request, filters.address, _("View saved."))


@page_view("GET")
def recent(request: ViewerRequest) -> HttpResponse:
    """The leads that passed through the viewer's hands lately."""
    viewer = request.viewer
    touched = find_recent(viewer)
    concerned = {one.lead.assigned_to_id for one in touched}
    context = {
        "rows": [one.lead for one in touched],
        "touched": {one.lead.pk: one.at for one in touched},
        "people": people_called({id_ for id_ in concerned if id_}, viewer),
        "me": me(viewer) if viewer.may_edit_leads else None,
        "view_tabs": view_tabs(viewer, None, kept_counts(viewer)),
    }
    return render(request, "leads/recent.html", context)


def _form(request: ViewerRequest, form: ViewForm, *, status: int = 200) -> HttpResponse:
    viewer = request.viewer
    context = {"form": form, "chosen": colleague(form.filters.person_id(viewer), viewer)}
    name = f"leads/view_{'part' if is_part(request) else 'page'}.html"
    return render(request, name, context, status=status)


def _said(request: ViewerRequest, address: str, text: str) -> HttpResponse:
    """Stay on the page, whose tabs are fetched again."""
    if is_part(request):
        changed = {"topics": ["views"]}
        return trigger(HttpResponse(status=204), toast={"text": text}, dialog_close={}, live_changed=changed)
    flash(request, text)
    return HttpResponseRedirect(address, status=303)


def _to(request: ViewerRequest, address: str) -> HttpResponse:
    if not is_part(request):
        return HttpResponseRedirect(address, status=303)
    answer = HttpResponse(status=204)
    answer["HX-Redirect"] = address
    return answer
