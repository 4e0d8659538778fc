"""Reading JSON that strangers wrote: whatever it holds, what comes out can be stored in any database."""

import json
import math
import re
from typing import Final, TypeAlias

import orjson

from leadkeeper.clerk.cut_depth import cut_below

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

DEEPEST: Final = 32
_LARGEST_INTEGER: Final = 2**63 - 1
_LONGEST_NUMBER: Final = 20
# What holds no backslash but those of escapes that JSON knows; else one that begins none.
_ESCAPES: Final = re.compile(r'((?:[^\\]++|\\(?:u[0-9a-fA-F]{4}|["\\/bfnrt]))++)|\\')


def read_json(raw: bytes) -> Json:
    """The value that `raw` holds, without NUL characters and lone surrogates.

    Raises ValueError when it is no JSON.
    """
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return _cleaned(_read_leniently(raw))
    return _cleaned(value) if b"\\u0000" in raw else value


def _read_leniently(raw: bytes) -> Json:
    """What the strict reader refuses, though only a value within it is odd: deep nesting, lone surrogates, bytes that
    are no UTF-8, control characters, escapes that are none, numbers beyond 64 bits, NaN.

    Numbers that none can store become text, which no field takes for a number.
    """
    text = cut_below(DEEPEST, raw.decode(json.detect_encoding(raw), "replace"))
    text = _ESCAPES.sub(lambda found: found[1] or r"\\", text)
    value: Json = json.loads(text, strict=False, parse_int=_integer, parse_float=_float, parse_constant=str)
    return value


def _integer(digits: str) -> int | str:
    if len(digits) > _LONGEST_NUMBER or abs(value := int(digits)) > _LARGEST_INTEGER:
        return digits[:_LONGEST_NUMBER]
    return value


def _float(digits: str) -> float | str:
    value = float(digits)
    return value if math.isfinite(value) else digits[:_LONGEST_NUMBER]


def _cleaned(value: Json, depth: int = 0) -> Json:
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if depth >= DEEPEST:
        return None
    if isinstance(value, list):
        return [_cleaned(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {key: _cleaned_member(key, item, depth) for key, item in value.items() if key == _cleaned(key)}
    return value


def _cleaned_member(key: str, value: Json, depth: int) -> Json:
    """An id that had to be cleaned would be another one's: it is none."""
    cleaned = _cleaned(value, depth + 1)
    return None if key == "id" and cleaned != value else cleaned
