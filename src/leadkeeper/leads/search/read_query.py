"""What was typed into the search for leads, with each phone number in it as the one word by which it is found."""

import re
import unicodedata
from itertools import islice, product
from typing import Final

from leadkeeper.leads.old_phone_forms import rewritten_without_area_code
from leadkeeper.leads.phone import EXTENSION_LABEL, extension_word, phone_words, read_phone_if_valid
from leadkeeper.storage.words import LONGEST_QUERY, without_format_characters

# A query with several numbers that can each be read in two ways is asked in this many ways at most.
MOST_READINGS: Final = 4
# Digits and what people write between them, from white space, or an end of the query, to the next.
_NUMBER: Final = re.compile(r"(?<!\S)(?=\S*\d)[+(\d][\d\s+()./\u2010-\u2015-]*(?!\S)")
_EXTENSION: Final = re.compile(
    rf"[\s,;(/-]*(?<![^\W\d_])(?:{EXTENSION_LABEL}|ext(?:ension|n)?|anexo|int)[\s.:ºn°=-]*(\d+)\)?(?!\S)"
    # One letter is a label only after a number.
    r"|(?<=\d{3})[\s,;(/-]*[rx#][\s.:-]*(\d+)\)?(?!\S)",
    re.I,
)
_TRUNK_ZERO: Final = re.compile(r"\(\s*0\s*\)")
# So many digits may begin with a country code.
_WITH_COUNTRY: Final = 10


def read_query(query: str, country: str) -> tuple[str, ...]:
    """The query in each way in which it may be meant, the most literal one first.

    Groups of digits beside words are one number, which is read as the form for a lead reads it, `country` being where
    it is from when it does not say. Of a number that is not typed to its end yet the digits themselves count. Two ways
    are there where digits are both the beginning of one number and all of another, in an old written form.
    """
    query = unicodedata.normalize("NFKC", without_format_characters(query[:LONGEST_QUERY]))
    query = _EXTENSION.sub(lambda found: f" {extension_word(found[1] or found[2])} ", query)
    parts: list[tuple[str, ...]] = []
    end = 0
    for number in _NUMBER.finditer(query):
        parts += [(query[end : number.start()],), _read_number(number[0], country)]
        end = number.end()
    parts.append((query[end:],))
    return tuple("".join(reading) for reading in islice(product(*parts), MOST_READINGS))


def _read_number(typed: str, country: str) -> tuple[str, ...]:
    """The digits as they are typed, without zeros that are dialled only at home; and the number they are otherwise."""
    digits = re.sub(r"\D", "", _TRUNK_ZERO.sub("", typed))
    digits = digits.lstrip("0") or digits
    readings = [digits]
    as_typed = read_phone_if_valid(typed, country)
    with_plus = read_phone_if_valid(f"+{digits}", country) if len(digits) >= _WITH_COUNTRY else None
    for phone in (as_typed, with_plus):
        if phone and not any(word.startswith(digits) for word in phone_words(phone.number)):
            readings.append(phone.number.removeprefix("+"))
    if local := rewritten_without_area_code(digits, country):
        readings.append(local)
    return tuple(f" {reading} " for reading in dict.fromkeys(readings))
