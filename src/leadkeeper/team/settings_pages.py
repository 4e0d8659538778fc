"""The Settings page: what an organization decides for everybody."""

import uuid
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings as configuration
from django.db import transaction
from django.db.models import TextChoices
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from leadkeeper.storage.errors import Invalid, Refusals
from leadkeeper.team.models import Membership, Organization
from leadkeeper.team.policies import lock_organization, set_policies
from leadkeeper.team.request import ViewerRequest
from leadkeeper.team.roles import May
from leadkeeper.team.settings_form import SettingsForm
from leadkeeper.team.time_zones import labelled, zone_named, zones_in_order
from leadkeeper.team.viewer import Viewer
from leadkeeper.web.page_view import flash, page_view


@page_view("GET", "POST")
def settings(request: ViewerRequest) -> HttpResponse:
    """Name, country, time zone and policies. Each is saved only where it was changed."""
    viewer = request.viewer
    viewer.require(May.MANAGE)
    if request.method == "GET":
        return _page(request, SettingsForm.of(viewer.organization))
    form = SettingsForm.sent(request.POST.dict())
    refusals = Refusals()
    try:
        with transaction.atomic():
            changes = form.changes_to(lock_organization(viewer), refusals)
            if changes:
                set_policies(changes, by=viewer, refused=refusals)
    except Invalid as invalid:
        form.errors |= invalid.by_field
        return _page(request, form, status=422)
    if changes is None:
        return _page(request, form, status=409)
    flash(request, _("Settings saved."))
    return HttpResponseRedirect(reverse("settings"), status=303)


@dataclass(frozen=True, slots=True)
class Named:
    """A person whom a policy names; `assignable`: leads can go to them now."""

    id: uuid.UUID
    name: str
    avatar_url: str
    active: bool
    assignable: bool


def _page(request: ViewerRequest, form: SettingsForm, *, status: int = 200) -> HttpResponse:
    named = {name: _named(form.typed[name], request.viewer) for name in ("new_lead_person", "successor")}
    zones = _time_zones(request.viewer.organization)
    context = {"form": form, "countries": _countries(), "time_zones": zones, **_choices(), **named}
    return render(request, "team/settings.html", context, status=status)


def _named(text: str, viewer: Viewer) -> Named | None:
    try:
        person_id = uuid.UUID(text)
    except ValueError:
        return None
    people = Membership.objects.visible_to(viewer).select_related("user")
    membership = people.filter(user_id=person_id).first()
    if membership is None:
        return None
    user = membership.user
    return Named(user.pk, str(user), user.picture_url, membership.active, membership.may_be_responsible)


def _countries() -> list[tuple[str, str]]:
    """By their two letters, each with its calling code."""
    codes = {region: code for code, regions in COUNTRY_CODE_TO_REGION_CODE.items() for region in regions}
    usual = _("As on the server: %(country)s") % {"country": configuration.LEADKEEPER_COUNTRY}
    known = sorted((region, f"{region} (+{code})") for region, code in codes.items() if region.isalpha())
    return [("", usual), *known]


def _time_zones(organization: Organization) -> list[tuple[str, str]]:
    """Those of the organization's country first."""
    now = timezone.now()
    usual = _("As on the server: %(zone)s") % {"zone": labelled(ZoneInfo(configuration.LEADKEEPER_TIME_ZONE), now)}
    known = zones_in_order(organization.phone_country, now)
    chosen = zone_named(organization.time_zone)
    if chosen is not None and organization.time_zone not in dict(known):
        # An old name, which is offered to nobody else.
        known.append((organization.time_zone, labelled(chosen, now)))
    return [("", usual), *known]


def _choices() -> dict[str, Any]:
    """The choices of each policy, each with what it changes in one sentence."""
    return {
        "visibilities": _explained(
            Organization.Visibility,
            _("Everybody sees every lead."),
            _("Members and SDRs see their own leads and unassigned ones, and no others."),
        ),
        "assignings": _explained(
            Organization.Assigning,
            _("Whoever may edit a lead may make anybody responsible for it."),
            _("Members and SDRs may take leads, but not give them to others."),
        ),
        "new_lead_defaults": _explained(
            Organization.NewLeadDefault,
            _("Whoever adds a lead is responsible for it; leads added by programs are unassigned."),
            _("Every new lead waits until somebody takes it."),
            _("Every new lead goes to one person, whoever adds it."),
        ),
        "departure_policies": _explained(
            Organization.DeparturePolicy,
            _("Their leads stay with them, marked as departed, until somebody transfers them."),
            _("Their open leads go to the unassigned queue at once."),
            _("Their open leads go to one person at once."),
        ),
    }


def _explained(policy: type[TextChoices], *sentences: str) -> list[tuple[str, str, str]]:
    return [(value, label, said) for (value, label), said in zip(policy.choices, sentences, strict=True)]
