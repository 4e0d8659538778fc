"""Cuts deep nesting out of JSON before it is parsed: no reader takes any depth, and what is deep says nothing to us."""

import re
from typing import Final

# What comes before the next brackets (strings whole, whatever they hold), and these: opening ones, closing ones, or the
# quote of a string that does not end. Possessive, so that every character is looked at once; `\Z` lets it always match.
_TO_NEXT_BRACKETS: Final = re.compile(r'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+")*+(?:([\[{]+)|([\]}]+)|(")|\Z)', re.DOTALL)
_OPENING, _CLOSING, _UNENDED = 1, 2, 3


def cut_below(deepest: int, text: str) -> str:
    """The JSON text with `null` for every list and object that is nested in `deepest` others.

    Linear in time, and in memory but for the copy. Raises ValueError where a string or something deep never ends.
    """
    kept: list[str] = []
    depth = keep_from = 0
    for found in _TO_NEXT_BRACKETS.finditer(text):
        kind = found.lastindex
        if kind == _OPENING:
            start, end = found.span(_OPENING)
            if depth <= deepest < depth + end - start:
                kept += (text[keep_from : start + deepest - depth], "null")
            depth += end - start
        elif kind == _CLOSING:
            start, end = found.span(_CLOSING)
            if depth - end + start <= deepest < depth:
                keep_from = start + depth - deepest
            depth -= end - start
        elif kind == _UNENDED:
            raise ValueError("a string does not end")
    if depth > deepest:
        raise ValueError("nested too deeply, and does not end")
    return "".join((*kept, text[keep_from:])) if kept else text
