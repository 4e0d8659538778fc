"""How text was folded up to team 0004 and leads 0009, and how since team 0005 and leads 0011.

A copy for those migrations: what the product does by now may be different.
"""

import re
import unicodedata

LONGEST_WORD = 64
_WORD = re.compile(r"[^\W_]+")
_IGNORABLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0").union(
    map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
)
_LETTER_IN_NAME = re.compile(
    r"LATIN (?:SMALL LETTER|SMALL LIGATURE|LETTER SMALL CAPITAL|SMALL CAPITAL LETTER) "
    r"(?:DOTLESS |BARRED |SCRIPT |INSULAR |OPEN |BROKEN )?([A-Z]{1,2})(?: BAR| DIGRAPH)?(?: WITH .+)?"
)
_NAMED_LETTERS = {
    "þ": "th", "ð": "d", "ŋ": "n", "ʒ": "z", "ə": "e", "ǝ": "e", "ɣ": "g", "ɩ": "i", "ʃ": "s", "ʊ": "u", "ɑ": "a",
    "ĸ": "q", "ȝ": "g", "ƿ": "w", "ʻ": "'", "ʼ": "'", "ʽ": "'",
}  # fmt: skip


def fold_before(text):
    if text.isascii():
        return text.lower()
    plain = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return unicodedata.normalize("NFKC", plain.casefold())


def fold_since(text):
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", text.translate(_FOLDED))


def searchable(*texts, limit, fold):
    """Each word of the texts once, after a space."""
    words = (word[:LONGEST_WORD] for text in texts for word in _WORD.findall(fold(text)))
    return "".join(f" {word}" for word in dict.fromkeys(words))[:limit]


class _FoldedCharacters(dict):
    def __missing__(self, code):
        folded = _fold_character(chr(code))
        if len(self) < 5_000:
            self[code] = folded
        return folded


_FOLDED = _FoldedCharacters()


def _fold_character(char):
    decomposed = unicodedata.normalize("NFKD", _without_accents(unicodedata.normalize("NFKD", char)).casefold())
    return "".join(map(_plain_letter, _without_accents(decomposed)))


def _without_accents(decomposed):
    return "".join(
        char
        for char in decomposed
        if not unicodedata.combining(char) and unicodedata.category(char) != "Cf" and char not in _IGNORABLE
    )


def _plain_letter(char):
    if char.isascii():
        return char
    found = _LETTER_IN_NAME.fullmatch(unicodedata.name(char, ""))
    return found[1].lower() if found else _NAMED_LETTERS.get(char, char)
