"""Saying that one is away, and until when: everybody for themselves."""

from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from leadkeeper.storage.errors import Invalid, NotFound, Refusals
from leadkeeper.team.forms import PersonForm
from leadkeeper.team.manage import PersonChanges, manage
from leadkeeper.team.models import Membership
from leadkeeper.team.people import find_person
from leadkeeper.team.request import ViewerRequest
from leadkeeper.web.page_view import flash, is_part, page_view, trigger


@page_view("GET", "POST")
def away(request: ViewerRequest) -> HttpResponse:
    """The viewer's own absence; `back` ends it."""
    viewer = request.viewer
    if viewer.person_id is None:
        raise NotFound(_("Only people are away."))
    if request.method == "GET":
        me = find_person(viewer.person_id, viewer)
        return _form(request, me, PersonForm.of(me))
    form = PersonForm.sent(request.POST.dict())
    refusals = Refusals()
    until = None if "back" in request.POST else form.changes(refusals).away_until
    try:
        with transaction.atomic():
            me = manage(viewer.person_id, PersonChanges(away_until=until), by=viewer, refused=refusals)
    except Invalid as invalid:
        form.errors |= invalid.by_field
        return _form(request, find_person(viewer.person_id, viewer), form, status=422)
    if is_part(request):
        said, topics = {"text": _said(me)}, {"topics": ["team"]}
        return trigger(HttpResponse(status=204), toast=said, dialog_close={}, live_changed=topics)
    flash(request, _said(me))
    return HttpResponseRedirect(reverse("team"), status=303)


def _said(me: Membership) -> str:
    if me.absent_until is None:
        return _("You are here.")
    return _("You are away until %(day)s.") % {"day": date_format(me.absent_until, "SHORT_DATE_FORMAT")}


def _form(request: ViewerRequest, me: Membership, form: PersonForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "absent_until": me.absent_until, "today": request.viewer.earliest_today()}
    return render(request, f"team/away_{'part' if is_part(request) else 'page'}.html", context, status=status)
