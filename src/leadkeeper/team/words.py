"""Words as people type them: folded, split, matched by their beginnings. The same on every database."""

import re
import unicodedata
from typing import TypeVar

from django.db.models import Model, QuerySet, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan
from django.utils.translation import gettext as _

from leadkeeper.team.errors import Invalid

# Of what is typed to search. Decomposing a text takes a time that grows with the square of its length.
LONGEST_QUERY = 200
LONGEST_WORD = 64
# Together with the ids beside them these fit an index row of PostgreSQL (2,704 bytes) in any script.
LONGEST_SORTABLE = 100
LONGEST_SEARCHABLE = 540
MOST_WORDS = 8
Row = TypeVar("Row", bound=Model)
_WORD = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """The text without case and accents: `João` and `JOAO` both become `joao`."""
    if text.isascii():
        return text.lower()
    plain = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return unicodedata.normalize("NFKC", plain.casefold())


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
    """Those rows in which every typed word begins a word of `column`, in any order."""
    for word in typed_words(query):
        rows = rows.filter(begins_word(column, word))
    return rows


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
