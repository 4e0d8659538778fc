"""Names inside of sentences: one that is written from right to left must not turn around what stands beside it."""

import unicodedata
from typing import Final

_RIGHT_TO_LEFT: Final = frozenset(("R", "AL", "AN"))
_FIRST_STRONG_ISOLATE: Final = "\u2068"
_POP_ISOLATE: Final = "\u2069"


def isolated(name: str) -> str:
    """The name between FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE, where it has letters that need them.

    For attributes and plain text; where there is markup, `<bdi>` does the same.
    """
    if name.isascii() or not any(unicodedata.bidirectional(char) in _RIGHT_TO_LEFT for char in name):
        return name
    return f"{_FIRST_STRONG_ISOLATE}{name}{_POP_ISOLATE}"
