"""Entering a lead and editing one: a dialog over any page, and a page of its own where no script runs."""

import uuid
from typing import Any, Final

from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from leadkeeper.leads.assign import why_not_others
from leadkeeper.leads.choices import Consent, Source, Stage, Temperature
from leadkeeper.leads.create import create
from leadkeeper.leads.duplicates import DuplicateLead
from leadkeeper.leads.edit import edit
from leadkeeper.leads.find import find_lead, lock_lead
from leadkeeper.leads.forms import LeadForm, person_id
from leadkeeper.leads.known import TooManyChecks, known_lead
from leadkeeper.leads.models import Lead
from leadkeeper.leads.responsible import me, people_called, usual
from leadkeeper.storage.errors import Invalid, NotAllowed, Refusals
from leadkeeper.team.models import Membership, Organization
from leadkeeper.team.request import ViewerRequest
from leadkeeper.team.roles import May
from leadkeeper.team.viewer import Viewer
from leadkeeper.web.isolate import isolated
from leadkeeper.web.page_view import flash, is_part, page_view, trigger

# Instead of morphing it, which would keep what was typed; at once, since settling copies styles, which the CSP refuses.
_REPLACED: Final = "outerHTML settle:0"


@page_view("GET", "POST")
def new_lead(request: ViewerRequest) -> HttpResponse:
    """Enter a lead. "Save and add another" answers with the next empty form."""
    viewer = request.viewer
    viewer.require(May.EDIT_LEADS)
    if request.method == "GET":
        first = usual(viewer)
        return _new_lead_form(request, LeadForm.empty(first.user_id if first else None))
    form = LeadForm.sent(request.POST.dict())
    refusals = Refusals()
    try:
        with transaction.atomic():
            lead = create(form.new_lead(refusals), by=viewer, refused=refusals)
    except Invalid as invalid:
        form.errors |= invalid.by_field
        return _what_is_wrong(request, form)
    except NotAllowed as refused:
        if not refused.field:
            raise
        form.errors[refused.field] = str(refused)
        return _what_is_wrong(request, form)
    except DuplicateLead as duplicate:
        return _new_lead_form(request, form, status=409, existing=_existing(duplicate, viewer))
    another = "another" in request.POST
    if not is_part(request):
        flash(request, **_saved(lead, viewer))
        return HttpResponseRedirect(reverse("new_lead") if another else _next(lead, viewer), status=303)
    if not another:
        return _done(lead, _saved(lead, viewer))
    answer = _new_lead_form(request, form.start_over(), is_next=True)
    # What was typed belongs to the lead that is saved.
    answer["HX-Reswap"] = _REPLACED
    return trigger(answer, toast=_saved(lead, viewer), live_changed=_topics(lead))


@page_view("GET", "POST")
def edit_lead(request: ViewerRequest, lead_id: uuid.UUID) -> HttpResponse:
    """Change the facts of a lead. Two people who change different ones do not disturb each other."""
    viewer = request.viewer
    viewer.require(May.EDIT_LEADS)
    if request.method == "GET":
        lead = find_lead(lead_id, viewer)
        return _edit_form(request, lead, LeadForm.of(lead))
    form = LeadForm.sent(request.POST.dict())
    try:
        with transaction.atomic():
            lead = lock_lead(lead_id, viewer)
            changes = form.changes_to(lead)
            if changes:
                lead = edit(lead_id, changes, by=viewer)
    except Invalid as invalid:
        form.errors |= invalid.by_field
        return _edit_form(request, find_lead(lead_id, viewer), form, status=422)
    except DuplicateLead as duplicate:
        existing = _existing(duplicate, viewer)
        return _edit_form(request, find_lead(lead_id, viewer), form, status=409, existing=existing)
    if changes is None:
        answer = _edit_form(request, lead, form, status=409)
        # Fields that nobody typed into show what they are now.
        answer["HX-Reswap"] = _REPLACED
        return answer
    if is_part(request):
        return _done(lead, {"text": _("Lead saved.")})
    return HttpResponseRedirect(_address(lead), status=303)


@page_view("GET")
def known(request: ViewerRequest) -> HttpResponse:
    """The note below a phone number or an e-mail address that is being typed: whose it is already, if anybody's."""
    viewer = request.viewer
    try:
        existing = _known(viewer, phone=request.GET.get("phone", ""), email=request.GET.get("email", ""))
    except TooManyChecks as refused:
        return render(request, "leads/known_part.html", {"refusal": str(refused)}, status=429)
    return render(request, "leads/known_part.html", {"existing": existing})


def _known(viewer: Viewer, *, phone: str, email: str) -> dict[str, Any] | None:
    """The lead that has the phone number or the e-mail address already. Raises TooManyChecks."""
    lead = known_lead(viewer, phone=phone, email=email)
    return _existing(DuplicateLead(lead, viewer), viewer) if lead else None


def _what_is_wrong(request: ViewerRequest, form: LeadForm) -> HttpResponse:
    """The form with its errors, which still says where the lead is there already."""
    try:
        existing = _known(request.viewer, phone=form.typed["phone"], email=form.typed["email"])
    except TooManyChecks:
        existing = None
    return _new_lead_form(request, form, status=422, existing=existing)


def _new_lead_form(request: ViewerRequest, form: LeadForm, **more: Any) -> HttpResponse:
    viewer, first = request.viewer, usual(request.viewer)
    choice = {**_chosen(form, viewer), "me": me(viewer), "why": _why(form, first, viewer)}
    if not viewer.assigns_anybody:
        choice |= {"responsible_options": _offered(viewer, first), "why_not_others": why_not_others()}
    return _form_page(request, "new", form, address=reverse("new_lead"), **choice, **more)


def _why(form: LeadForm, first: Membership | None, viewer: Viewer) -> str:
    """Why this one is offered, of whom the organization's default speaks; "" where somebody was chosen."""
    if not form.is_fresh or form.assigned_to != str(first.user_id if first else ""):
        return ""
    default = viewer.organization.new_lead_default
    if default == Organization.NewLeadDefault.NOBODY:
        return _("Nobody at first: this team's default.")
    if first is None:
        return ""
    if default == Organization.NewLeadDefault.ME:
        return _("You, because you are adding this lead.")
    return _("This team's default for new leads.")


def _offered(viewer: Viewer, first: Membership | None) -> list[tuple[str, str]]:
    """Whom those may choose who assign nobody else: nobody, themselves, and whom the organization has named."""
    mine = me(viewer)
    offered = {"": _("Nobody")}
    if mine is not None:
        offered[str(mine.id)] = mine.name
    if first is not None:
        offered[str(first.user_id)] = str(first.user)
    return list(offered.items())


def _edit_form(request: ViewerRequest, lead: Lead, form: LeadForm, **more: Any) -> HttpResponse:
    return _form_page(request, "edit", form, address=reverse("edit_lead", args=[lead.pk]), lead=lead, **more)


def _form_page(request: ViewerRequest, name: str, form: LeadForm, *, status: int = 200, **more: Any) -> HttpResponse:
    context = {
        "form": form,
        "sources": Source.choices,
        "stages": Stage.choices,
        "temperatures": Temperature.choices,
        "consents": Consent.choices,
        **more,
    }
    template = f"leads/{name}_{'part' if is_part(request) else 'page'}.html"
    return render(request, template, context, status=status)


def _chosen(form: LeadForm, viewer: Viewer) -> dict[str, Any]:
    """The person whom the form names, where there is one."""
    try:
        chosen = person_id(form.assigned_to)
    except Invalid:
        return {"chosen": None}
    return {"chosen": people_called({chosen}, viewer).get(chosen) if chosen else None}


def _existing(duplicate: DuplicateLead, viewer: Viewer) -> dict[str, Any]:
    """The lead that is there already, as far as the viewer may know it, with its responsible person."""
    lead, person = duplicate.lead, duplicate.lead.assigned_to_id
    return {
        **duplicate.existing,
        "responsible": people_called({person}, viewer).get(person) if person else None,
        "updated_at": lead.updated_at if lead.may_be_seen_by(viewer) else None,
        "may_ask": person is not None and person != viewer.person_id,
    }


def _done(lead: Lead, toast: dict[str, Any]) -> HttpResponse:
    return trigger(HttpResponse(status=204), toast=toast, dialog_close={}, live_changed=_topics(lead))


def _saved(lead: Lead, viewer: Viewer) -> dict[str, Any]:
    words = _("Lead saved. Responsible: %(name)s") if lead.assigned_to else _("Lead saved. Nobody is responsible yet.")
    said = {"text": words % {"name": isolated(str(lead.assigned_to))}}
    return said | ({"link": {"url": _address(lead), "label": _("Open lead")}} if lead.may_be_seen_by(viewer) else {})


def _next(lead: Lead, viewer: Viewer) -> str:
    """The page of the lead; of one entered for somebody else it may be out of sight."""
    return _address(lead) if lead.may_be_seen_by(viewer) else reverse("leads")


def _topics(lead: Lead) -> dict[str, Any]:
    return {"topics": ["leads", f"lead:{lead.pk}"]}


def _address(lead: Lead) -> str:
    return reverse("lead", args=[lead.pk])
