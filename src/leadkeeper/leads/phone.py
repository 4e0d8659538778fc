"""Phone numbers: one written form to keep (E.164), one to show, and the words by which they are found."""

import re
from typing import Final

import phonenumbers
from django.utils.translation import gettext as _
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, ValidationResult

from leadkeeper.team.errors import Invalid

_PUNCTUATED: Final = re.compile(r"[\s+()./\u2010-\u2015-]*(?:[0-9][\s+()./\u2010-\u2015-]*)+")


def parse_phone(text: str, country: str) -> str:
    """The number as E.164; `country` is where it is from when it does not say. Raises Invalid."""
    if not text.strip():
        return ""
    try:
        number = phonenumbers.parse(text, country)
    except NumberParseException:
        raise Invalid("phone", _("This is no phone number.")) from None
    possible = phonenumbers.is_possible_number_with_reason(number)
    if possible == ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
        # Kept without its area code it would be taken for somebody else's number.
        raise Invalid("phone", _("The area code is missing."))
    if possible != ValidationResult.IS_POSSIBLE:
        raise Invalid("phone", _("This is no possible phone number: check the number of digits."))
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def display_phone(phone: str) -> str:
    """The kept form with spaces: `+55 11 98765-4321`."""
    return phonenumbers.format_number(_kept(phone), PhoneNumberFormat.INTERNATIONAL) if phone else ""


def phone_words(phone: str) -> tuple[str, ...]:
    """The digits people may begin to type: with the country, without it, and without the area code."""
    if not phone:
        return ()
    number = _kept(phone)
    national = phonenumbers.national_significant_number(number)
    subscriber = national[phonenumbers.length_of_national_destination_code(number) :]
    return phone.removeprefix("+"), national, subscriber


def typed_digits(query: str) -> str:
    """The digits of a query that can only be a phone number: `(11) 98765` is `1198765`; else nothing."""
    return re.sub(r"[^0-9]", "", query) if _PUNCTUATED.fullmatch(query) else ""


def _kept(phone: str) -> PhoneNumber:
    return phonenumbers.parse(phone, None)
