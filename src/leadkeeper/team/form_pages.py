"""Adding a person and setting what is ours of one: a dialog over the Team page, and a page where no script runs."""

import uuid

from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from leadkeeper.storage.errors import Conflict, Invalid, NotAllowed, Refusals
from leadkeeper.team.forms import NewPersonForm, PersonForm
from leadkeeper.team.labels import role_name, role_names
from leadkeeper.team.link_people import link, offered
from leadkeeper.team.local_people import add_person, deactivate, reactivate
from leadkeeper.team.manage import manage, may_set, released_role
from leadkeeper.team.models import Membership
from leadkeeper.team.people import find_person
from leadkeeper.team.request import ViewerRequest
from leadkeeper.team.roles import May, Role
from leadkeeper.team.viewer import Viewer
from leadkeeper.web.page_view import flash, is_part, page_view, trigger


@page_view("GET", "POST")
def new_person(request: ViewerRequest) -> HttpResponse:
    """Add somebody who is known only here."""
    viewer = request.viewer
    viewer.require(May.MANAGE)
    if request.method == "GET":
        return _new_form(request, NewPersonForm.empty())
    form = NewPersonForm.sent(request.POST.dict())
    refusals = Refusals()
    try:
        with transaction.atomic():
            added = add_person(form.person(refusals), by=viewer, refused=refusals)
    except Invalid as invalid:
        form.errors |= invalid.by_field
    except NotAllowed as refused:
        form.errors["role"] = str(refused)
    else:
        return _done(request, _("%(name)s added. Role: %(role)s") % _named(added))
    return _new_form(request, form, status=422)


@page_view("GET", "POST")
def edit_person(request: ViewerRequest, person_id: uuid.UUID) -> HttpResponse:
    """Role, capacity, absence, and whether they may own leads; a local person is turned off and on here too.

    Managers get the part that is theirs to set. A refusal is shown beside the role, which is what it is about.
    """
    viewer = request.viewer
    viewer.require(May.PLAN)
    before = find_person(person_id, viewer)
    if request.method == "GET":
        return _form(request, before, PersonForm.of(before))
    form = PersonForm.sent(request.POST.dict())
    try:
        with transaction.atomic():
            after = _do_as_asked(request, person_id, form)
    except Invalid as invalid:
        form.errors |= invalid.by_field
    except (NotAllowed, Conflict) as refused:
        if not viewer.may_manage:
            raise
        form.errors["role"] = str(refused)
    else:
        return _done(request, _saved(before, after))
    return _form(request, before, form, status=422)


def _do_as_asked(request: ViewerRequest, person_id: uuid.UUID, form: PersonForm) -> Membership:
    """By the button that was pressed."""
    if "deactivate" in request.POST:
        return deactivate(person_id, by=request.viewer)
    if "reactivate" in request.POST:
        return reactivate(person_id, by=request.viewer)
    if "link" in request.POST:
        return link(person_id, _chosen(request.POST.get("link_to", "")), by=request.viewer)
    refusals = Refusals()
    return manage(person_id, form.changes(refusals), by=request.viewer, refused=refusals)


def _chosen(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Invalid("link_to", _("Choose a person.")) from None


def _done(request: ViewerRequest, said: str) -> HttpResponse:
    """The dialog closes and the list behind it follows; without script, the list is the next page."""
    if is_part(request):
        return trigger(
            HttpResponse(status=204), toast={"text": said}, dialog_close={}, live_changed={"topics": ["team"]}
        )
    flash(request, said)
    return HttpResponseRedirect(reverse("team"), status=303)


def _new_form(request: ViewerRequest, form: NewPersonForm, *, status: int = 200) -> HttpResponse:
    offered = [(role, name) for role, name in role_names().items() if _may_give(role, request.viewer)]
    context = {"form": form, "address": reverse("new_person"), "roles": offered}
    return render(request, f"team/new_person_{'part' if is_part(request) else 'page'}.html", context, status=status)


def _form(request: ViewerRequest, membership: Membership, form: PersonForm, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "membership": membership,
        "address": reverse("edit_person", args=[membership.user_id]),
        "roles": _roles_to_choose(membership, request.viewer),
        "role_is_fixed": _why_role_is_fixed(membership, request.viewer),
        "link_to": _to_link(membership, request.viewer),
        "may_set": may_set(membership.user_id, request.viewer),
        "today": request.viewer.earliest_today(),
    }
    return render(request, f"team/person_{'part' if is_part(request) else 'page'}.html", context, status=status)


def _roles_to_choose(membership: Membership, viewer: Viewer) -> list[tuple[str, str]]:
    """What the directory says comes first; owner is offered only where it may be given, or is what counts."""
    words = _("From the directory: %(role)s") if membership.directory_role else _("By default: %(role)s")
    released = ("", words % {"role": role_name(released_role(membership))})
    shown = [
        (role, name)
        for role, name in role_names().items()
        if _may_give(role, viewer) or role == membership.role_set_here
    ]
    return [released, *shown]


def _to_link(membership: Membership, viewer: Viewer) -> list[tuple[str, str]]:
    """Whom a local person may turn out to be; nobody for others."""
    if not viewer.may_manage or membership.user.clerk_id is not None or not membership.active:
        return []
    people = [(str(other.user_id), _called(other)) for other in offered(membership, by=viewer)]
    return [("", _("Choose a person")), *people] if people else []


def _called(membership: Membership) -> str:
    user = membership.user
    return f"{user.name} ({user.email})" if user.email else user.name


def _may_give(role: str, viewer: Viewer) -> bool:
    return role != Role.OWNER or viewer.role is Role.OWNER


def _why_role_is_fixed(membership: Membership, viewer: Viewer) -> str:
    """Why this viewer cannot change the role, said before they try; `manage` would say the same."""
    if membership.user_id == viewer.person_id:
        return _("You cannot change your own role.")
    if membership.role is Role.OWNER and viewer.role is not Role.OWNER:
        return _("Only an owner can give or take the role of owner.")
    return ""


def _saved(before: Membership, after: Membership) -> str:
    if before.user_id != after.user_id:
        return _("%(local)s is now %(name)s.") % {"local": before.user, "name": after.user}
    if before.active != after.active:
        words = _("%(name)s reactivated.") if after.active else _("%(name)s deactivated.")
    elif (before.role, before.role_source) != (after.role, after.role_source):
        words = _("%(name)s saved. Role: %(role)s")
    else:
        words = _("%(name)s saved.")
    return words % _named(after)


def _named(membership: Membership) -> dict[str, str]:
    return {"name": str(membership.user), "role": role_name(membership.role)}
