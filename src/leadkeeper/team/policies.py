"""What an organization decides for everybody: how it is called, where it is, and who may do what with leads."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Final

from django.utils.translation import gettext as _
from phonenumbers import SUPPORTED_REGIONS

from leadkeeper.live.announce import announce
from leadkeeper.storage.errors import FieldError, Invalid, Refusals
from leadkeeper.storage.unset import UNSET, Unset
from leadkeeper.team.models import Membership, Organization
from leadkeeper.team.roles import May
from leadkeeper.team.time_zones import zone_named
from leadkeeper.team.viewer import Viewer

LONGEST_NAME: Final = 200


@dataclass(frozen=True, kw_only=True)
class PolicyChanges:
    """What to set; what is not given stays. People are given by their id, None for nobody."""

    name: str | Unset = UNSET
    country: str | Unset = UNSET
    time_zone: str | Unset = UNSET
    visibility: str | Unset = UNSET
    assigning: str | Unset = UNSET
    new_lead_default: str | Unset = UNSET
    new_lead_person_id: uuid.UUID | Unset | None = UNSET
    departure_policy: str | Unset = UNSET
    successor_id: uuid.UUID | Unset | None = UNSET


def set_policies(changes: PolicyChanges, *, by: Viewer, refused: Iterable[FieldError] = ()) -> Organization:
    """Decide these things; answers the organization as it is now. `refused`: what was wrong already when they were
    read. Raises NotAllowed, and Invalid with all that is wrong.

    A person who was named and has left meanwhile hinders nobody from deciding the rest.
    """
    by.require(May.MANAGE)
    organization = lock_organization(by)
    given = {field.name: getattr(changes, field.name) for field in fields(changes)}
    changed = [name for name, value in given.items() if value not in (UNSET, getattr(organization, name))]
    for name in changed:
        setattr(organization, name, given[name])
    refusals = Refusals(refused)
    _check(organization, changed, by, refusals)
    refusals.raise_any()
    if not changed:
        return organization
    organization.save(update_fields=changed)
    # Open pages show other leads now, and open streams ask anew what they may tell.
    announce(organization.pk, ["team", "leads"])
    return organization


def lock_organization(by: Viewer) -> Organization:
    """The viewer's organization as it is now, for which nobody else decides until the transaction ends."""
    return Organization.objects.select_for_update(no_key=True).get(pk=by.organization_id)


def _may_be_responsible(person_id: uuid.UUID, viewer: Viewer) -> bool:
    """Whether leads can go to this person, as a policy that names them wants."""
    return Membership.objects.visible_to(viewer).assignable().filter(user_id=person_id).exists()


def _check(organization: Organization, changed: list[str], by: Viewer, refusals: Refusals) -> None:
    """Adds to `refusals` what makes no sense of what was changed."""
    if "name" in changed:
        organization.name = " ".join(organization.name.split())
        if not organization.name.isprintable() or not 0 < len(organization.name) <= LONGEST_NAME:
            refusals.add(FieldError("name", _("Enter a name of at most %d characters.") % LONGEST_NAME))
    if "country" in changed and organization.country and organization.country not in SUPPORTED_REGIONS:
        refusals.add(FieldError("country", _("There is no such country.")))
    if "time_zone" in changed and organization.time_zone and zone_named(organization.time_zone) is None:
        refusals.add(FieldError("time_zone", _("There is no such time zone.")))
    for name, choices in _CHOICES.items():
        if getattr(organization, name) not in choices:
            refusals.add(FieldError(name, _("Choose one of these.")))
    for policy, person, naming in _NAMING:
        names_somebody = getattr(organization, policy) == naming
        if f"{person}_id" in changed or (names_somebody and policy in changed):
            with refusals:
                _check_person(person, getattr(organization, f"{person}_id"), by, needed=names_somebody)


def _check_person(field: str, person_id: uuid.UUID | None, by: Viewer, *, needed: bool) -> None:
    if person_id is None and needed:
        raise Invalid(field, _("Choose a person."))
    if person_id is not None and not _may_be_responsible(person_id, by):
        raise Invalid(field, _("Choose somebody who may be responsible for leads."))


_CHOICES: Final = {
    "visibility": Organization.Visibility.values,
    "assigning": Organization.Assigning.values,
    "new_lead_default": Organization.NewLeadDefault.values,
    "departure_policy": Organization.DeparturePolicy.values,
}
# A policy, whom it names, and the choice with which it does.
_NAMING: Final = (
    ("new_lead_default", "new_lead_person", Organization.NewLeadDefault.PERSON),
    ("departure_policy", "successor", Organization.DeparturePolicy.SUCCESSOR),
)
