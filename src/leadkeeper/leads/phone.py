"""Phone numbers: read as people write them, kept as E.164 with the extension beside it, shown, and found by words."""

import re
from functools import lru_cache
from typing import Final, NamedTuple

import phonenumbers
from django.utils.translation import gettext as _
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType, ValidationResult

from leadkeeper.leads.old_phone_forms import rewritten, ways_to_write
from leadkeeper.storage.errors import Invalid
from leadkeeper.storage.words import without_format_characters

PHONE_FIELDS: Final = frozenset({"phone", "phone_extension"})
LONGEST_EXTENSION: Final = 20
# libphonenumber reads no longer text.
_LONGEST_TEXT: Final = 250
# What an extension is called where libphonenumber does not know it: Portuguese, Spanish, French, German, Dutch, Polish.
EXTENSION_LABEL: Final = r"ramal|extens[aã]o|extensi[oó]n|interno|poste|durchwahl|toestel|wewn"
_EXTENSION: Final = re.compile(
    rf"[\s,;(/-]*(?<![^\W\d_])(?:{EXTENSION_LABEL}|ram|r)[\s.:ºn°-]*([0-9]{{1,15}})[\s)]*$", re.I
)
_FROM_ABROAD: Final = re.compile(r"[+＋]?\s*[0０]\s*[0０]")
_LOCAL_ONLY: Final = ValidationResult.IS_POSSIBLE_LOCAL_ONLY


class Phone(NamedTuple):
    """What a lead is called under: the number as E.164 and the digits of the extension, each "" where there is none."""

    number: str = ""
    extension: str = ""


def read_phone(text: str, country: str) -> Phone:
    """The phone that is written here; `country`, two letters, is where it is from when it does not say.

    A number in an old written form is rewritten. Raises Invalid on `phone` for what nobody can call.
    """
    text = without_format_characters(text).strip()
    if not text:
        return Phone()
    if len(text) > _LONGEST_TEXT:
        raise Invalid("phone", _not_valid())
    text = _EXTENSION.sub(r";ext=\1", text)
    number = _read_from_abroad(text, country) or _read(text, country)
    if not phonenumbers.is_valid_number(number):
        raise Invalid("phone", _why_not(number))
    extension = phonenumbers.normalize_digits_only(number.extension or "")
    return Phone(phonenumbers.format_number(number, PhoneNumberFormat.E164), extension)


def read_extension(text: str) -> str:
    """The digits of an extension that is given by itself. Raises Invalid on `phone_extension`."""
    text = without_format_characters(text).strip()
    if not re.fullmatch("[0-9]*", text):
        raise Invalid("phone_extension", _("An extension has only digits."))
    if len(text) > LONGEST_EXTENSION:
        raise Invalid("phone_extension", _("At most %d characters.") % LONGEST_EXTENSION)
    return text


def read_phone_if_valid(text: str, country: str) -> Phone | None:
    """`read_phone`, or None for what is no phone."""
    try:
        return read_phone(text, country)
    except Invalid:
        return None


def display_phone(phone: str, extension: str = "") -> str:
    """The kept form with spaces, the extension in the reader's language: `+55 11 3333-4444 ext. 12`."""
    if not phone:
        return ""
    number = _international(phone)
    return _("%(number)s ext. %(extension)s") % {"number": number, "extension": extension} if extension else number


@lru_cache(maxsize=10_000)  # The same leads are shown over and over, and to take a number apart costs 0.1 ms.
def _international(phone: str) -> str:
    return phonenumbers.format_number(_kept(phone), PhoneNumberFormat.INTERNATIONAL)


def phone_link(phone: str, extension: str = "") -> str:
    """The address that calls it (RFC 3966)."""
    return f"tel:{phone}" + (f";ext={extension}" if extension else "")


def phone_words(phone: str, extension: str = "") -> tuple[str, ...]:
    """The digits people may begin to type: with the country, without it, and without the area code; the extension."""
    if not phone:
        return ()
    numbers = [digits for written in ways_to_write(phone) for digits in _digits_of(_kept(written))]
    return (*dict.fromkeys(numbers), *((extension, extension_word(extension)) if extension else ()))


def extension_word(extension: str) -> str:
    """The word by which an extension is found that is typed as one: `ramal 12`, `x12`, `ext. 12`."""
    return f"x{extension}"


def _digits_of(number: PhoneNumber) -> tuple[str, str, str]:
    national = phonenumbers.national_significant_number(number)
    subscriber = national[phonenumbers.length_of_national_destination_code(number) :]
    return f"{number.country_code}{national}", national, subscriber


def _read_from_abroad(text: str, country: str) -> PhoneNumber | None:
    """The number where a leading 00 stands for the plus, as it does nearly everywhere, and a valid one follows."""
    prefix = _FROM_ABROAD.match(text)
    if prefix is None:
        return None
    try:
        number = rewritten(phonenumbers.parse(f"+{text[prefix.end() :]}", country))
    except NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


def _read(text: str, country: str) -> PhoneNumber:
    try:
        return rewritten(phonenumbers.parse(text, country))
    except NumberParseException:
        raise Invalid("phone", _not_valid()) from None


def _why_not(number: PhoneNumber) -> str:
    if _lacks_area_code(number):
        return _("The area code is missing.")
    if phonenumbers.is_possible_number(number):
        return _not_valid()
    return _("Not a valid phone number: check how many digits it has.")


def _lacks_area_code(number: PhoneNumber) -> bool:
    """Whether libphonenumber says of a landline or mobile number that it can be called only from nearby.

    Nine digits are a local mobile number in Brazil, but also a landline number with one digit too few: of mobile
    numbers it is tried whether an area code makes them valid.
    """
    reason = phonenumbers.is_possible_number_for_type_with_reason
    if reason(number, PhoneNumberType.FIXED_LINE) == _LOCAL_ONLY:
        return True
    region = phonenumbers.region_code_for_country_code(number.country_code or 0)
    example = phonenumbers.example_number_for_type(region, PhoneNumberType.FIXED_LINE)
    if example is None or reason(number, PhoneNumberType.MOBILE) != _LOCAL_ONLY:
        return False
    area_code = str(example.national_number)[: phonenumbers.length_of_geographical_area_code(example)]
    local = phonenumbers.national_significant_number(number)
    completed = PhoneNumber(country_code=number.country_code, national_number=int(area_code + local))
    return phonenumbers.is_valid_number(rewritten(completed))


def _not_valid() -> str:
    return _("Not a valid phone number.")


def _kept(phone: str) -> PhoneNumber:
    return phonenumbers.parse(phone, None)
