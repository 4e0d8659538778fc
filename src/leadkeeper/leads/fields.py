"""What the fields of a lead may hold: each is cleaned or refused here, for creating, editing and importing alike."""

import unicodedata
from collections.abc import Callable, Mapping
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext as _

from leadkeeper.leads.choices import Consent, Source, Stage, Temperature
from leadkeeper.leads.models import Lead
from leadkeeper.leads.phone import parse_phone, phone_words
from leadkeeper.team.errors import FieldError, Invalid, Refusals, not_one_of
from leadkeeper.team.words import searchable

LONGEST_NAME: Final = 200
LONGEST_EMAIL: Final = 254
LONGEST_PHONE: Final = 100
LONGEST_CAMPAIGN: Final = 200
LONGEST_MESSAGE: Final = 10_000
LONGEST_WORDS: Final = 1000
# Of the question that forms ask. A new wording is a new version: what was answered was the old one.
CONSENT_VERSION: Final = "2026-11"


def fill(lead: Lead, given: Mapping[str, str], *, country: str, refusals: Refusals) -> list[str]:
    """Set these fields of a lead; answers the columns that are different now. Stores nothing.

    `country` is where phone numbers are from that do not say. What cannot be taken is added to `refusals`, in which
    the caller finds it together with what else is wrong.
    """
    cleaned: dict[str, str | None] = {}
    for field, text in given.items():
        with refusals:
            cleaned[field] = _cleaned(field, text, country)
    changed = [field for field, value in cleaned.items() if getattr(lead, field) != value]
    for field in changed:
        setattr(lead, field, cleaned[field])
    if not (lead.phone or lead.email or "phone" in refusals or "email" in refusals):
        refusals.add(FieldError("phone", _("Enter a phone number or an e-mail address.")))
    if not {"name", "phone", "email"}.isdisjoint(changed):
        lead.folded_email = lead.email.casefold()
        # The name comes last: it is the longest, and what does not fit is cut off.
        lead.words = searchable(*phone_words(lead.phone), lead.email, lead.name, limit=LONGEST_WORDS)
        changed += ["folded_email", "words"]
    if "consent" in changed:
        asked = lead.consent is not None
        lead.consent_version, lead.consent_at = (CONSENT_VERSION, timezone.now()) if asked else (None, None)
        changed += ["consent_version", "consent_at"]
    return changed


def storable(text: str) -> str:
    """The text without what no database keeps or no reader sees: NUL, control characters, lone surrogates."""
    if text.isprintable():
        return text
    return "".join(char for char in text if char.isspace() or unicodedata.category(char) not in ("Cc", "Cs"))


def _cleaned(field: str, text: str, country: str) -> str | None:
    # Of a text that is too long nothing else is looked at: what follows may take a time that grows with its square.
    text = _at_most(_LONGEST.get(field, LONGEST_NAME), field, text.strip().replace("\r\n", "\n"))
    if field == "phone":
        return parse_phone(storable(text), country)
    return _CLEANED[field](storable(text).strip())


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name:
        raise Invalid("name", _("Enter a name."))
    return name


def _email(text: str) -> str:
    if not text:
        return ""
    try:
        validate_email(text)
    except ValidationError:
        raise Invalid("email", _("This is no e-mail address.")) from None
    # Folded, it may be longer.
    _at_most(LONGEST_EMAIL, "email", text.casefold())
    return text


def _source(text: str) -> str:
    return _one_of(Source, "source", text) if text else ""


def _campaign(text: str) -> str:
    return " ".join(text.split())


def _stage(text: str) -> str:
    return _one_of(Stage, "stage", text)


def _temperature(text: str) -> str:
    return _one_of(Temperature, "temperature", text) if text else ""


def _consent(text: str) -> str | None:
    return _one_of(Consent, "consent", text) if text else None


def _one_of(choices: type[TextChoices], field: str, text: str) -> str:
    if text not in choices.values:
        raise Invalid(field, not_one_of(choices.values))
    return text


def _at_most(longest: int, field: str, text: str) -> str:
    if len(text) > longest:
        raise Invalid(field, _("At most %d characters.") % longest)
    return text


_LONGEST: Final = {
    "name": LONGEST_NAME,
    "phone": LONGEST_PHONE,
    "email": LONGEST_EMAIL,
    "campaign": LONGEST_CAMPAIGN,
    "message": LONGEST_MESSAGE,
}
_CLEANED: Final[dict[str, Callable[[str], str | None]]] = {
    "name": _name,
    "email": _email,
    "source": _source,
    "campaign": _campaign,
    "stage": _stage,
    "temperature": _temperature,
    "message": str,
    "consent": _consent,
}
