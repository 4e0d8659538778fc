"""Where a long name is cut when its place is too narrow: in the middle, as long-names.js does, for many begin alike."""

import unicodedata
from typing import Final

# Shorter names lose more by a cut than they gain.
_LONGEST_WHOLE: Final = 14
# What is kept of the end: whole words of so many characters together, else so many characters of the last word.
_LEAST, _MOST, _USUAL = 6, 12, 8
_JOINER: Final = "\u200d"


def cut_in_two(name: str) -> tuple[str, str] | None:
    """Beginning and end of a name, the end to be kept; None for a name that is too short to be cut there."""
    if len(name) <= _LONGEST_WHOLE:
        return None
    longest_end = len(name) - _MOST
    space = name.rfind(" ", longest_end - 1, len(name) - _LEAST)
    at = space + 1 if space >= 0 else _between_characters(name, len(name) - _USUAL)
    return name[:at], name[at:]


def _between_characters(name: str, at: int) -> int:
    """At that place, or before what a reader takes for one character: a letter with its marks, a joined picture."""
    while at > 0 and (_continues(name[at]) or name[at - 1] == _JOINER):
        at -= 1
    return at


def _continues(char: str) -> bool:
    return unicodedata.category(char) in ("Mn", "Mc", "Me", "Cf", "Sk")
