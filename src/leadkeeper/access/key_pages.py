"""API keys on the Settings page: those there are, making one, which shows it once, and ending one."""

import uuid
from dataclasses import dataclass, field
from typing import Final

from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from leadkeeper.access.keys import create_key, find_key, keys_of, revoke_key
from leadkeeper.access.models import ApiKey
from leadkeeper.storage.errors import FieldError, Invalid, Refusals
from leadkeeper.team import roles
from leadkeeper.team.labels import role_names
from leadkeeper.team.models import Membership
from leadkeeper.team.request import ViewerRequest
from leadkeeper.team.roles import May, Role
from leadkeeper.team.viewer import Viewer
from leadkeeper.web.page_view import flash, is_part, page_view, trigger
from leadkeeper.web.paging import Order, Page, moment, page

KEYS_A_PAGE: Final = 50
_NEWEST_FIRST: Final = Order("created_at", "id", read=moment, descending=True)


@page_view("GET")
def api_keys(request: ViewerRequest) -> HttpResponse:
    """The keys, newest first, those revoked too."""
    keys, stopped = _keys(request.viewer, request.GET.get("cursor"))
    following = f"{reverse('api_keys')}?cursor={keys.next}" if keys.next else None
    context = {"keys": keys.rows, "stopped": stopped, "next": following, "here": request.get_full_path()}
    return render(request, "access/keys.html", context)


@page_view("GET", "POST")
def new_api_key(request: ViewerRequest) -> HttpResponse:
    """Make a key. The answer is the only one that ever shows it."""
    viewer = request.viewer
    viewer.require(May.MANAGE)
    if request.method == "GET":
        return _form(request, KeyForm())
    form = KeyForm(request.POST.get("name", ""), request.POST.get("role", ""))
    refusals = Refusals()
    role = form.known_role(refusals)
    try:
        with transaction.atomic():
            key, text = create_key(viewer.organization, name=form.name, role=role, by=viewer, refused=refusals)
    except Invalid as invalid:
        form.errors |= invalid.by_field
        return _form(request, form, status=422)
    template = f"access/key_made_{'part' if is_part(request) else 'page'}.html"
    return trigger(render(request, template, {"key": key, "text": text}), live_changed={"topics": ["keys"]})


@page_view("GET", "POST")
def end_api_key(request: ViewerRequest, key_id: uuid.UUID) -> HttpResponse:
    """Ask whether to revoke a key, and do it."""
    if request.method == "GET":
        template = f"access/revoke_{'part' if is_part(request) else 'page'}.html"
        return render(request, template, {"key": find_key(key_id, request.viewer)})
    with transaction.atomic():
        key = revoke_key(key_id, by=request.viewer)
    said = _("API key revoked: %(name)s.") % {"name": key.name}
    if is_part(request):
        topics = {"topics": ["keys"]}
        return trigger(HttpResponse(status=204), toast={"text": said}, dialog_close={}, live_changed=topics)
    flash(request, said)
    return HttpResponseRedirect(reverse("api_keys"), status=303)


@dataclass
class KeyForm:
    """A key to be made, as text."""

    name: str = ""
    role: str = Role.MEMBER
    errors: dict[str, str] = field(default_factory=dict)

    def known_role(self, refusals: Refusals) -> Role:
        """The role that was chosen. One that is none is added to `refusals`."""
        role = roles.known(self.role)
        if role is None:
            refusals.add(FieldError("role", _("There is no such role.")))
        return role or Role.MEMBER


def _form(request: ViewerRequest, form: KeyForm, *, status: int = 200) -> HttpResponse:
    mine = request.viewer.role
    offered = [(role, name) for role, name in role_names().items() if roles.at_most(Role(role), mine) == role]
    template = f"access/new_key_{'part' if is_part(request) else 'page'}.html"
    return render(request, template, {"form": form, "roles": offered}, status=status)


def _keys(viewer: Viewer, cursor: str | None) -> tuple[Page[ApiKey], set[uuid.UUID]]:
    """One page of keys; and those of them that stand still, because their maker is no longer active."""
    found = keys_of(viewer).select_related("made_by")
    try:
        keys = page(found, _NEWEST_FIRST, limit=KEYS_A_PAGE, cursor=cursor)
    except Invalid:
        keys = page(found, _NEWEST_FIRST, limit=KEYS_A_PAGE, cursor=None)
    makers = {key.made_by_id for key in keys.rows if key.made_by_id}
    working = Membership.objects.visible_to(viewer).active().filter(user__is_active=True, user_id__in=makers)
    gone = makers - set(working.values_list("user_id", flat=True))
    return keys, {key.id for key in keys.rows if key.made_by_id in gone}
