"""The form in which people type a lead: what they typed, what was there when they began, and what is wrong with it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from django.utils.translation import gettext as _

from leadkeeper.leads.choices import Stage
from leadkeeper.leads.create import NewLead
from leadkeeper.leads.edit import LeadChanges
from leadkeeper.leads.models import Lead
from leadkeeper.leads.phone import display_phone
from leadkeeper.storage.errors import Invalid, Refusals
from leadkeeper.storage.unset import UNSET

FIELDS: Final = ("name", "phone", "email", "source", "campaign", "stage", "temperature", "message", "consent")
# Those that are folded away until somebody needs them.
FOLDED: Final = frozenset({"source", "campaign", "temperature", "stage", "message", "consent"})
BLANK: Final = dict.fromkeys(FIELDS, "") | {"stage": Stage.NEW.value}


@dataclass
class LeadForm:
    """A lead as text, field by field. `began_with` is what an edit began with: only what differs is changed."""

    typed: dict[str, str]
    began_with: dict[str, str] = field(default_factory=dict)
    # "" is nobody, as the owner picker sends it.
    assigned_to: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    # What somebody else made of a field that was typed into as well.
    meanwhile: dict[str, str] = field(default_factory=dict)
    # Not sent yet.
    is_fresh: bool = True

    @classmethod
    def empty(cls, assigned_to: uuid.UUID | None) -> "LeadForm":
        return cls(dict(BLANK), assigned_to=str(assigned_to or ""))

    @classmethod
    def of(cls, lead: Lead) -> "LeadForm":
        return cls(typed=as_text(lead), began_with=as_text(lead))

    @classmethod
    def sent(cls, posted: Mapping[str, str]) -> "LeadForm":
        began_with = {name: _lines(posted[f"was_{name}"]) for name in FIELDS if f"was_{name}" in posted}
        typed = {name: _lines(posted.get(name, began_with.get(name, ""))) for name in FIELDS}
        return cls(typed, began_with, assigned_to=posted.get("assigned_to", ""), is_fresh=False)

    @property
    def changed(self) -> dict[str, str]:
        return {name: text for name, text in self.typed.items() if text != self.began_with.get(name)}

    @property
    def is_unfolded(self) -> bool:
        """Whether something is wrong in the part that is folded away, or was typed there."""
        typed = any(self.typed[name] not in ("", BLANK[name]) for name in FOLDED)
        return (typed and not self.is_fresh) or not FOLDED.isdisjoint(self.errors)

    def new_lead(self, refusals: Refusals) -> NewLead:
        """What was typed. A responsible person who is none is added to `refusals`."""
        typed = self.typed | {"stage": self.typed["stage"] or Stage.NEW.value}
        responsible = None
        with refusals:
            responsible = person_id(self.assigned_to)
        return NewLead(**typed, assigned_to=responsible)

    def changes_to(self, lead: Lead) -> LeadChanges | None:
        """What was typed, and only that: the rest stays as others have made it meanwhile.

        None where somebody else has changed the very same field to something else, which `meanwhile` then holds.
        """
        now = as_text(lead)
        self.meanwhile = {
            name: now[name] for name, text in self.changed.items() if now[name] not in (self.began_with.get(name), text)
        }
        if self.meanwhile:
            # Whoever saves again has seen what is there now.
            self.typed = now | self.changed
            self.began_with = now
            return None
        # The text of the phone says all of it: where it names no extension any more, there is none.
        without_extension = {"phone_extension": ""} if "phone" in self.changed else {}
        return LeadChanges(**self.changed, **without_extension, assigned_to=UNSET)

    def start_over(self) -> "LeadForm":
        """An empty form for the next lead: from the same source and campaign, for the same responsible person."""
        kept = {name: self.typed[name] for name in ("source", "campaign")}
        return LeadForm(BLANK | kept, assigned_to=self.assigned_to)


def as_text(lead: Lead) -> dict[str, str]:
    """The lead's fields as the form shows them."""
    fields = {name: str(getattr(lead, name) or "") for name in FIELDS}
    return fields | {"phone": display_phone(lead.phone, lead.phone_extension)}


def person_id(text: str) -> uuid.UUID | None:
    """What an owner picker sends: an id, or nothing for nobody. Raises Invalid."""
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        raise Invalid("assigned_to", _("There is no such person here.")) from None


def _lines(text: str) -> str:
    """Browsers send line ends as CRLF; kept are the plain ones."""
    return text.replace("\r\n", "\n")
