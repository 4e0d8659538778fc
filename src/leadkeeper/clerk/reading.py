"""Reading JSON that strangers wrote: whatever it holds, what comes out can be stored in any database."""

import json
from typing import Final, TypeAlias

import orjson

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

DEEPEST: Final = 32
_LARGEST_INTEGER: Final = 2**63 - 1


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
    """What the strict reader refuses but Clerk could mean: lone surrogates, numbers beyond 64 bits, NaN."""
    try:
        value: Json = json.loads(raw, parse_int=_integer, parse_constant=lambda name: None)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return value


def _integer(digits: str) -> int | None:
    if len(digits) > 20 or abs(value := int(digits)) > _LARGEST_INTEGER:
        return None
    return value


def _cleaned(value: Json, depth: int = 0) -> Json:
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if depth >= DEEPEST:
        return None
    if isinstance(value, list):
        return [_cleaned(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {str(_cleaned(key)): _cleaned(item, depth + 1) for key, item in value.items()}
    return value
