"""Numbers as they were written before their country changed its numbering: one line must stay one line.

Address books and WhatsApp still give the old forms.

- Brazil: mobile numbers have a ninth digit, 9, before the eight of old (Anatel, everywhere since 2016-11-06).
- Mexico: nothing stands before the ten digits any more: neither the 1 after the country code nor 01, 044 or 045
  (IFT, since 2019-08-03).
- Argentina: a mobile number has a 9 after the country code when it is called from abroad. From a number without it
  nobody can tell whether it is a mobile one, so both stay as they are written and count as the same.
"""

import re
from typing import Final

import phonenumbers
from django.db.models import F, Func
from phonenumbers import PhoneNumber

BRAZIL: Final = 55
MEXICO: Final = 52
_BRAZILIAN_MOBILE: Final = re.compile(r"([1-9][1-9])([6-9][0-9]{7})")
_BRAZILIAN_MOBILE_WITHOUT_AREA_CODE: Final = re.compile(r"[6-9][0-9]{7}")
_MEXICAN: Final = re.compile(r"(?:1|01|044|045)([1-9][0-9]{9})")
_ARGENTINIAN_WITH_9: Final = "+549"
_ARGENTINIAN: Final = "+54"


def rewritten(number: PhoneNumber) -> PhoneNumber:
    """The number as it is written today; one that is in no old form as it is."""
    digits = phonenumbers.national_significant_number(number)
    if number.country_code == BRAZIL and (old := _BRAZILIAN_MOBILE.fullmatch(digits)):
        digits = f"{old[1]}9{old[2]}"
    elif number.country_code == MEXICO and (old := _MEXICAN.fullmatch(digits)):
        digits = old[1]
    else:
        return number
    return PhoneNumber(country_code=number.country_code, national_number=int(digits), extension=number.extension)


def rewritten_without_area_code(digits: str, country: str) -> str:
    """The digits after the area code as they are written today; "" for those in no old form."""
    if country == "BR" and _BRAZILIAN_MOBILE_WITHOUT_AREA_CODE.fullmatch(digits):
        return f"9{digits}"
    return ""


def same_line(phone: str) -> str:
    """What all numbers (E.164) of one line share: the number, in Argentina without the 9. See `without_9`."""
    return phone.replace(_ARGENTINIAN_WITH_9, _ARGENTINIAN)


def ways_to_write(phone: str) -> tuple[str, ...]:
    """The number (E.164), in Argentina without the 9 and with it."""
    if not phone.startswith(_ARGENTINIAN):
        return (phone,)
    line = same_line(phone)
    return line, line.replace(_ARGENTINIAN, _ARGENTINIAN_WITH_9, 1)


def without_9(column: str) -> Func:
    """`same_line` of a column, for a unique index and for look-ups in it.

    Written out, without parameters: SQLite finds an index only by the very same expression.
    """
    template = f"%(function)s(%(expressions)s, '{_ARGENTINIAN_WITH_9}', '{_ARGENTINIAN}')"
    return Func(F(column), function="REPLACE", template=template)
