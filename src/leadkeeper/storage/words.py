"""Words as people type them: folded, split, matched by their beginnings. The same on every database."""

import re
import unicodedata
from typing import Final, TypeVar

from django.db.models import Model, Q, QuerySet, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan
from django.utils.translation import gettext as _

from leadkeeper.storage.errors import Invalid
from leadkeeper.storage.visible_text import visible

LONGEST_WORD = 64
# Together with the ids beside them these fit an index row of PostgreSQL (2,704 bytes) in any script.
LONGEST_SORTABLE = 100
LONGEST_SEARCHABLE = 540
MOST_WORDS = 8
# How many characters of a query are read.
LONGEST_QUERY = 200
Row = TypeVar("Row", bound=Model)
_WORD = re.compile(r"[^\W_]+")

# Unicode's Default_Ignorable_Code_Point, as far as it is not in the category Cf.
_IGNORABLE: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0").union(
    map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
)
# Latin letters that Unicode does not decompose say in their names which letter they are: LATIN SMALL LETTER L WITH
# STROKE, LATIN SMALL LIGATURE OE, LATIN LETTER SMALL CAPITAL R.
_LETTER_IN_NAME: Final = re.compile(
    r"LATIN (?:SMALL LETTER|SMALL LIGATURE|LETTER SMALL CAPITAL|SMALL CAPITAL LETTER) "
    r"(?:DOTLESS |BARRED |SCRIPT |INSULAR |OPEN |BROKEN )?([A-Z]{1,2})(?: BAR| DIGRAPH)?(?: WITH .+)?"
)
# And these have names of their own. In brackets: where such a letter is written.
_NAMED_LETTERS: Final = {
    "þ": "th", "ð": "d",  # (Iceland)
    "ŋ": "n", "ʒ": "z",  # (Sápmi)
    "ə": "e",  # (Azerbaijan)
    "ǝ": "e", "ɣ": "g", "ɩ": "i", "ʃ": "s", "ʊ": "u", "ɑ": "a",  # (West Africa)
    "ĸ": "q",  # (Greenland, until 1973)
    "ȝ": "g", "ƿ": "w",  # (medieval England)
    "ʻ": "'", "ʼ": "'", "ʽ": "'",  # apostrophes that Unicode takes for letters (Uzbekistan, Hawaii)
}  # fmt: skip
# So many characters are remembered; every further one is worked out each time.
_MOST_REMEMBERED: Final = 5_000


class _FoldedCharacters(dict[int, str]):
    """What each character is folded to, for `str.translate`."""

    def __missing__(self, code: int) -> str:
        folded = _fold_character(chr(code))
        if len(self) < _MOST_REMEMBERED:
            self[code] = folded
        return folded


_FOLDED: Final = _FoldedCharacters()


def fold(text: str) -> str:
    """The text without case, accents and format characters: `João` and `JOAO` both become `joao`, `Łódź` `lodz`.

    Takes a time that grows linearly with the text: each character is decomposed by itself, because a normalization
    sorts the accents of one letter, however many there are.
    """
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", text.translate(_FOLDED))


def without_format_characters(text: str) -> str:
    """The text without those of Unicode's category Cf, such as zero-width spaces, soft hyphens and direction marks."""
    return text if text.isascii() else "".join(char for char in text if unicodedata.category(char) != "Cf")


def _fold_character(char: str) -> str:
    decomposed = unicodedata.normalize("NFKD", _without_accents(unicodedata.normalize("NFKD", char)).casefold())
    return "".join(map(_plain_letter, _without_accents(decomposed)))


def _without_accents(decomposed: str) -> str:
    return "".join(
        char
        for char in decomposed
        if not unicodedata.combining(char) and unicodedata.category(char) != "Cf" and char not in _IGNORABLE
    )


def _plain_letter(char: str) -> str:
    if char.isascii():
        return char
    found = _LETTER_IN_NAME.fullmatch(unicodedata.name(char, ""))
    return found[1].lower() if found else _NAMED_LETTERS.get(char, char)


def words(text: str) -> list[str]:
    """The folded words of a text, split at all that is no letter or digit, each cut at 64 characters."""
    return [word[:LONGEST_WORD] for word in _WORD.findall(fold(text))]


def sortable(name: str) -> str:
    """What to store beside a row to sort it by name, case and accents ignored."""
    return fold(name)[:LONGEST_SORTABLE]


def searchable(*texts: str, limit: int = LONGEST_SEARCHABLE) -> str:
    """What to store beside a row so that `matching` finds it: each word once, after a space."""
    distinct = dict.fromkeys(word for text in texts for word in words(text))
    return "".join(f" {word}" for word in distinct)[:limit]


def matching(rows: QuerySet[Row], column: str, query: str) -> QuerySet[Row]:
    """Those rows in which every typed word begins a word of `column`, in any order.

    All where nothing was typed, and none where it has no letter or digit to look for.
    """
    return rows.filter(matches(column, query))


def matches(column: str, query: str) -> Q:
    """`matching` as a condition."""
    typed = typed_words(query)
    if not typed and visible(query):
        return Q(pk__in=())
    return Q(*(begins_word(column, word) for word in typed))


def typed_words(query: str) -> list[str]:
    """The words of a query that are looked for."""
    return words(query[:LONGEST_QUERY])[:MOST_WORDS]


def require_short(query: str) -> None:
    """Raises Invalid for a query that is longer than any that somebody types."""
    if len(query) > LONGEST_QUERY:
        raise Invalid("q", _("At most %d characters.") % LONGEST_QUERY)


def begins_word(column: str, word: str) -> GreaterThan:
    """Whether this folded word begins a word of `column`, as a condition."""
    return GreaterThan(StrIndex(column, Value(f" {word}")), 0)
