"""The form of the Settings page: what was typed, what was there when it was opened, and what is wrong with it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from django.utils.translation import gettext as _

from leadkeeper.storage.errors import FieldError, Refusals
from leadkeeper.storage.unset import UNSET, Unset
from leadkeeper.team.models import Organization
from leadkeeper.team.policies import PolicyChanges

FIELDS: Final = (
    *("name", "country", "time_zone", "visibility", "assigning"),
    *("new_lead_default", "new_lead_person", "departure_policy", "successor"),
)
# Fields of a person are sent as the owner picker does: an id, or "" for nobody.
_PEOPLE: Final = ("new_lead_person", "successor")


@dataclass
class SettingsForm:
    """An organization's decisions as text. Only what differs from `began_with` is changed, so that two administrators
    who decide different things do not disturb each other."""

    typed: dict[str, str]
    began_with: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    # What somebody else has decided of a field that was changed here as well.
    meanwhile: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, organization: Organization) -> "SettingsForm":
        return cls(typed=_as_text(organization), began_with=_as_text(organization))

    @classmethod
    def sent(cls, posted: Mapping[str, str]) -> "SettingsForm":
        began_with = {name: posted.get(f"was_{name}", "") for name in FIELDS}
        return cls({name: posted.get(name, began_with[name]).strip() for name in FIELDS}, began_with)

    def changes_to(self, organization: Organization, refusals: Refusals) -> PolicyChanges | None:
        """What was changed here, and only that. An id that is none is left out and added to `refusals`.

        None where somebody else has decided the very same otherwise meanwhile, which `meanwhile` then holds.
        """
        now = _as_text(organization)
        changed = {name: text for name, text in self.typed.items() if text != self.began_with[name]}
        self.meanwhile = {
            name: now[name] for name, text in changed.items() if now[name] not in (self.began_with[name], text)
        }
        if self.meanwhile:
            # Whoever saves again has seen what is there now.
            self.typed = now | changed
            self.began_with = now
            return None
        return PolicyChanges(
            name=changed.get("name", UNSET),
            country=changed.get("country", UNSET),
            time_zone=changed.get("time_zone", UNSET),
            visibility=changed.get("visibility", UNSET),
            assigning=changed.get("assigning", UNSET),
            new_lead_default=changed.get("new_lead_default", UNSET),
            new_lead_person_id=_person_id("new_lead_person", changed, refusals),
            departure_policy=changed.get("departure_policy", UNSET),
            successor_id=_person_id("successor", changed, refusals),
        )


def _as_text(organization: Organization) -> dict[str, str]:
    people = {name: str(getattr(organization, f"{name}_id") or "") for name in _PEOPLE}
    return {name: str(getattr(organization, name)) for name in FIELDS if name not in _PEOPLE} | people


def _person_id(field: str, changed: Mapping[str, str], refusals: Refusals) -> uuid.UUID | Unset | None:
    if field not in changed:
        return UNSET
    try:
        return uuid.UUID(changed[field]) if changed[field] else None
    except ValueError:
        refusals.add(FieldError(field, _("There is no such person here.")))
        return UNSET
