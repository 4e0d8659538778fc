"""What the fields of a lead may hold: each is cleaned or refused here, for creating, editing and importing alike."""

from collections.abc import Callable, Mapping
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext as _

from leadkeeper.leads.choices import Consent, Source, Stage, Temperature
from leadkeeper.leads.models import Lead
from leadkeeper.leads.phone import PHONE_FIELDS, Phone, phone_words, read_extension, read_phone
from leadkeeper.storage.email_addresses import cleaned_email, same_mailbox, spellings
from leadkeeper.storage.errors import FieldError, Invalid, Refusals, not_one_of
from leadkeeper.storage.visible_text import storable, visible
from leadkeeper.storage.words import searchable

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
    with refusals:
        cleaned |= _phone(lead, given, country)
    for field, text in given.items():
        if field not in PHONE_FIELDS:
            with refusals:
                cleaned[field] = _cleaned(field, text)
    changed = _set(lead, cleaned)
    if not (lead.phone or lead.email or any(field in refusals for field in (*PHONE_FIELDS, "email"))):
        refusals.add(FieldError("phone", _("Enter a phone number or an e-mail address.")))
    if not {"name", "phone", "phone_extension", "email"}.isdisjoint(changed):
        changed += _set(lead, {"folded_email": same_mailbox(lead.email), "words": words_of(lead)})
    if "consent" in changed:
        asked = lead.consent is not None
        lead.consent_version, lead.consent_at = (CONSENT_VERSION, timezone.now()) if asked else (None, None)
        changed += ["consent_version", "consent_at"]
    return changed


def words_of(lead: Lead) -> str:
    """The words by which the lead is found."""
    phone = phone_words(lead.phone, lead.phone_extension)
    # The name comes last: it is the longest, and what does not fit is cut off.
    return searchable(*phone, *spellings(lead.email), lead.name, limit=LONGEST_WORDS)


def _set(lead: Lead, values: Mapping[str, str | None]) -> list[str]:
    """Answers the columns that had another value."""
    changed = [column for column, value in values.items() if getattr(lead, column) != value]
    for column in changed:
        setattr(lead, column, values[column])
    return changed


def _phone(lead: Lead, given: Mapping[str, str], country: str) -> dict[str, str | None]:
    """The number and the extension as they are to be kept, where one of them is given.

    The extension is said in the text of the number, or by itself; where it is not said, one and the same number keeps
    it. Raises Invalid where both say different ones.
    """
    if PHONE_FIELDS.isdisjoint(given):
        return {}
    written = storable(_at_most(LONGEST_PHONE, "phone", given.get("phone", lead.phone).strip()))
    # A number that is sent back as it was answered is accepted, whatever was valid when it was entered.
    phone = Phone(lead.phone) if written == lead.phone else read_phone(written, country)
    by_itself = read_extension(given["phone_extension"]) if "phone_extension" in given else None
    if phone.extension and by_itself and phone.extension != by_itself:
        raise Invalid("phone_extension", _("The phone number has another one: %s.") % phone.extension)
    kept = lead.phone_extension if phone.number == lead.phone and by_itself is None else ""
    extension = phone.extension or by_itself or kept
    if extension and not phone.number:
        raise Invalid("phone_extension", _("An extension needs a phone number."))
    return {"phone": phone.number, "phone_extension": extension}


def _cleaned(field: str, text: str) -> str | None:
    # Of a text that is too long nothing else is looked at: what follows may take a time that grows with its square.
    text = _at_most(_LONGEST.get(field, LONGEST_NAME), field, text.strip().replace("\r\n", "\n"))
    return _CLEANED[field](storable(text).strip())


def _name(text: str) -> str:
    name = visible(text)
    if not name:
        raise Invalid("name", _("Enter a name."))
    return name


def _email(text: str) -> str:
    email = cleaned_email(text)
    if not email:
        return ""
    try:
        validate_email(email)
    except ValidationError:
        raise Invalid("email", _("Not a valid e-mail address.")) from None
    _at_most(LONGEST_EMAIL, "email", same_mailbox(email))
    return email


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
