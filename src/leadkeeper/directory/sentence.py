"""A sentence kept in parts: whoever reads it later has it in their own language.

`gettext` and `ngettext` are used as Django's are, so that translators find the words; what they answer is not yet
in any language.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self, TypedDict

from django.utils import translation


class Parts(TypedDict):
    """A sentence as it is stored; a value may be a sentence again."""

    text: str
    plural: str
    count: int
    values: "dict[str, str | int | Parts]"


@dataclass(frozen=True, slots=True)
class Sentence:
    """English words with named holes, and what goes into them. `str()` says it in the active language."""

    text: str
    plural: str = ""
    count: int = 1
    values: "Mapping[str, str | int | Sentence]" = field(default_factory=dict)

    def __str__(self) -> str:
        if self.plural:
            words = translation.ngettext(self.text, self.plural, self.count)
        else:
            words = translation.gettext(self.text)
        return words % self.values if self.values else words

    @property
    def in_english(self) -> str:
        with translation.override("en"):
            return str(self)

    @property
    def parts(self) -> Parts:
        values = {name: one.parts if isinstance(one, Sentence) else one for name, one in self.values.items()}
        return {"text": self.text, "plural": self.plural, "count": self.count, "values": values}

    @classmethod
    def of(cls, parts: Parts) -> Self:
        values = {name: cls.of(one) if isinstance(one, dict) else one for name, one in parts["values"].items()}
        return cls(parts["text"], parts["plural"], parts["count"], values)


def gettext(text: str, **values: str | int | Sentence) -> Sentence:
    """The sentence with these values."""
    return Sentence(text, values=values)


def ngettext(text: str, plural: str, count: int, **values: str | int | Sentence) -> Sentence:
    """The sentence in the form that fits the number."""
    return Sentence(text, plural, count, values)
