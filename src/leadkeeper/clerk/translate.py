"""Clerk's words into changes: tolerant of missing and odd fields, strict about identity and time."""

import json
from typing import Final

from django.conf import settings

from leadkeeper.clerk.reading import Json
from leadkeeper.directory.people.change import Deleted, Origin, Record, Stated
from leadkeeper.storage.visible_text import visible
from leadkeeper.team import roles

_SECONDS_BELOW: Final = 10**11
_LATEST_MS: Final = 10**14
_LONGEST_NAME: Final = 255
_LONGEST_EMAIL: Final = 254


class NoSense(ValueError):
    """A record that cannot be understood; `str()` of it says which part."""


def person(data: Json, *, event_at: int, origin: Origin) -> Stated:
    """A Clerk User as a change. Only `id` is required. Raises NoSense."""
    if not isinstance(data, dict):
        raise NoSense("the user is no object")
    return Stated(
        clerk_id=clerk_id(data),
        record=_record(data),
        updated_at=moment(data.get("updated_at"), "updated_at"),
        event_at=event_at,
        origin=origin,
    )


def deletion(data: Json) -> Deleted:
    """The data of `user.deleted` as a change. Raises NoSense."""
    if not isinstance(data, dict):
        raise NoSense("the user is no object")
    return Deleted(clerk_id(data))


def clerk_id(data: dict[str, Json]) -> str:
    """The user's id: printable, 1 to 255 characters. Raises NoSense."""
    value = data.get("id")
    if not isinstance(value, str) or not 0 < len(value) <= 255 or not value.isascii() or not value.isprintable():
        raise NoSense("id: missing, or no id of at most 255 characters")
    return value


def moment(value: Json, name: str) -> int:
    """A time in ms; below 1e11 it is seconds; 0 when missing. Raises NoSense."""
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _LATEST_MS:
        raise NoSense(f"{name}: no time")
    return int(value * 1000) if value < _SECONDS_BELOW else int(value)


def _record(data: dict[str, Json]) -> Record:
    email = _primary(data, "email_address")
    if len(email) > _LONGEST_EMAIL:
        email = ""
    role, unknown_role = _roles(data.get("public_metadata"))
    return Record(
        name=_name(data, email),
        email=email,
        avatar_url=_avatar_url(data),
        suspended=data.get("banned") is True or data.get("deprovisioned") is True,
        role=role,
        unknown_role=unknown_role,
    )


def _name(data: dict[str, Json], email: str) -> str:
    """First and last name, else what Clerk itself shows then: username, the e-mail's local part, the phone number."""
    full = " ".join(part for part in (_text(data.get("first_name")), _text(data.get("last_name"))) if part)
    name = full or _text(data.get("username")) or email.partition("@")[0]
    return (name or _primary(data, "phone_number") or clerk_id(data))[:_LONGEST_NAME]


def _primary(data: dict[str, Json], kind: str) -> str:
    """The `email_address` or `phone_number` whose id is the primary one's, not the first in the list; or nothing."""
    primary = data.get(f"primary_{kind}_id")
    listed = data.get("email_addresses" if kind == "email_address" else "phone_numbers")
    if not isinstance(primary, str) or not isinstance(listed, list):
        return ""
    for one in listed:
        if isinstance(one, dict) and one.get("id") == primary:
            return _text(one.get(kind))
    return ""


def _avatar_url(data: dict[str, Json]) -> str:
    """The person's own picture. Without one Clerk draws initials; so do we, without asking another server."""
    url = _text(data.get("image_url")) if data.get("has_image") is not False else ""
    return url if url.startswith("https://") and len(url) <= 2048 else ""


def _roles(metadata: Json) -> tuple[roles.Role | None, str | None]:
    """The role that the application states, where it is one of ours; else in words what it states instead."""
    stated = metadata.get("role") if isinstance(metadata, dict) else None
    if stated is None or stated == "":
        return None, None
    known = roles.known(stated)
    return known, None if known else _in_words(stated)


def _in_words(stated: Json) -> str:
    """Any value as somebody can read it who is to correct it: with quotes and escapes where it is no plain text."""
    words = stated if isinstance(stated, str) and stated == visible(stated) else json.dumps(stated)
    return words if len(words) <= roles.LONGEST_UNKNOWN else f"{words[: roles.LONGEST_UNKNOWN - 1]}…"


def _text(value: Json) -> str:
    return visible(value) if isinstance(value, str) else ""


def belongs_elsewhere(instance_id: Json) -> bool:
    """Whether an event is of another Clerk instance than the configured one."""
    return bool(settings.CLERK_INSTANCE_ID) and instance_id != settings.CLERK_INSTANCE_ID
