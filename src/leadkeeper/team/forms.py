"""The forms in which an administrator adds a person and sets what is ours of one: what was typed, and what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _

from leadkeeper.storage.errors import Invalid, Refusals
from leadkeeper.storage.unset import UNSET, Unset
from leadkeeper.team import roles
from leadkeeper.team.local_people import NewPerson
from leadkeeper.team.manage import PersonChanges
from leadkeeper.team.models import Membership
from leadkeeper.team.roles import Role

FIELDS: Final = ("role", "may_own_leads", "capacity", "away_until")
# "" is: as the role says.
_MAY_OWN: Final = {"": None, "yes": True, "no": False}


@dataclass
class PersonForm:
    """A person as text, field by field. Only what differs from `began_with` is changed, so that two administrators
    who set different things do not disturb each other."""

    typed: dict[str, str]
    began_with: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, membership: Membership) -> "PersonForm":
        return cls(typed=_as_text(membership), began_with=_as_text(membership))

    @classmethod
    def sent(cls, posted: Mapping[str, str]) -> "PersonForm":
        began_with = {name: posted.get(f"was_{name}", "") for name in FIELDS}
        # A role that may not be chosen is not sent.
        return cls({name: posted.get(name, began_with[name]).strip() for name in FIELDS}, began_with)

    def changes(self, refusals: Refusals) -> PersonChanges:
        """What was typed. What makes no sense is left out and added to `refusals`."""
        role: Role | Unset | None = UNSET
        may_own_leads: bool | Unset | None = UNSET
        away_until: date | Unset | None = UNSET
        with refusals:
            role = self._role()
        with refusals:
            may_own_leads = self._may_own_leads()
        with refusals:
            away_until = self._away_until()
        return PersonChanges(role=role, may_own_leads=may_own_leads, capacity=self._capacity(), away_until=away_until)

    def _changed(self, name: str) -> bool:
        return self.typed[name] != self.began_with[name]

    def _role(self) -> Role | Unset | None:
        if not self._changed("role"):
            return UNSET
        return _known_role(self.typed["role"]) if self.typed["role"] else None

    def _may_own_leads(self) -> bool | Unset | None:
        if not self._changed("may_own_leads"):
            return UNSET
        if self.typed["may_own_leads"] not in _MAY_OWN:
            raise Invalid("may_own_leads", _("Choose one of these."))
        return _MAY_OWN[self.typed["may_own_leads"]]

    def _capacity(self) -> int | Unset | None:
        if not self._changed("capacity"):
            return UNSET
        typed = self.typed["capacity"]
        if not typed:
            return None
        # What is no number at all is refused in the same words as one that is too large.
        return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else -1

    def _away_until(self) -> date | Unset | None:
        if not self._changed("away_until"):
            return UNSET
        try:
            return date.fromisoformat(self.typed["away_until"]) if self.typed["away_until"] else None
        except ValueError:
            raise Invalid("away_until", _("Not a valid date.")) from None


@dataclass
class NewPersonForm:
    """A person to be added, as text."""

    typed: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def empty(cls) -> "NewPersonForm":
        return cls({"name": "", "email": "", "role": settings.CLERK_DEFAULT_ROLE})

    @classmethod
    def sent(cls, posted: Mapping[str, str]) -> "NewPersonForm":
        return cls({name: posted.get(name, "") for name in ("name", "email", "role")})

    def person(self, refusals: Refusals) -> NewPerson:
        """What was typed. A role that is none is added to `refusals`."""
        role = Role.MEMBER
        with refusals:
            role = _known_role(self.typed["role"])
        return NewPerson(name=self.typed["name"], email=self.typed["email"], role=role)


def _known_role(name: str) -> Role:
    role = roles.known(name)
    if role is None:
        raise Invalid("role", _("There is no such role."))
    return role


def _as_text(membership: Membership) -> dict[str, str]:
    may_own = {value: text for text, value in _MAY_OWN.items()}
    return {
        "role": membership.role_set_here or "",
        "may_own_leads": may_own[membership.may_own_leads],
        "capacity": "" if membership.capacity is None else str(membership.capacity),
        "away_until": membership.away_until.isoformat() if membership.away_until else "",
    }
