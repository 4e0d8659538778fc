"""A verified body becomes a message for the inbox, without what nobody should store."""

from typing import Final

import orjson

from leadkeeper.clerk import translate
from leadkeeper.clerk.reading import DEEPEST, Json, read_json
from leadkeeper.clerk.translate import NoSense
from leadkeeper.directory.deliveries.receive import Message
from leadkeeper.directory.models import Delivery
from leadkeeper.directory.people.change import Change, Origin

HANDLED: Final = ("user.created", "user.updated", "user.deleted")
# Secrets of the application, what users write of themselves, and one-time codes.
_PRIVATE: Final = frozenset(
    {
        "private_metadata",
        "unsafe_metadata",
        "code",
        "otp_code",
        "token",
        "ticket",
        "nonce",
        "body",
        "body_plain",
    }
)


def read_message(message_id: str, body: bytes) -> Message:
    """The message of a body whose signature was right; whatever the body holds, there is one."""
    try:
        envelope = read_json(body)
    except ValueError as error:
        return _failed(Message(message_id, type=""), f"not JSON: {error}")
    if not isinstance(envelope, dict):
        return _failed(Message(message_id, type=""), "not a JSON object")
    return _of_envelope(message_id, envelope)


def read_again(delivery: Delivery) -> Message:
    """The message of a kept delivery, for a replay."""
    return read_message(delivery.message_id, delivery.payload.encode())


def _of_envelope(message_id: str, envelope: dict[str, Json]) -> Message:
    type_ = envelope.get("type")
    name = type_[:100] if isinstance(type_, str) else ""
    if name not in HANDLED:
        # Of what we do not handle we keep that it came, not what it said.
        payload = {key: envelope[key] for key in ("type", "timestamp", "instance_id") if _is_plain(envelope.get(key))}
        return _ignored(Message(message_id, name, _dump(payload)), "this type of event is not handled")
    _drop_secrets(envelope)
    message = Message(message_id, name, _dump(envelope), _subject(envelope.get("data")))
    if translate.belongs_elsewhere(envelope.get("instance_id")):
        return _ignored(message, "of another Clerk instance")
    try:
        occurred_at = translate.moment(envelope.get("timestamp"), "timestamp")
        change = _change(name, envelope.get("data"), occurred_at)
    except NoSense as error:
        return _failed(message, str(error))
    return Message(message_id, name, message.payload, change.clerk_id, occurred_at, change)


def _change(type_: str, data: Json, occurred_at: int) -> Change:
    if type_ == "user.deleted":
        return translate.deletion(data)
    return translate.person(data, event_at=occurred_at, origin=Origin.WEBHOOK)


def _failed(message: Message, reason: str) -> Message:
    return _without_change(message, Delivery.Outcome.FAILED, reason)


def _ignored(message: Message, reason: str) -> Message:
    return _without_change(message, Delivery.Outcome.IGNORED, reason)


def _without_change(message: Message, outcome: Delivery.Outcome, reason: str) -> Message:
    return Message(message.message_id, message.type, message.payload, message.clerk_id, outcome=outcome, reason=reason)


def _subject(data: Json) -> str:
    """The id a senseless record claims to have, as far as it can be stored."""
    claimed = data.get("id") if isinstance(data, dict) else None
    return claimed[:255] if isinstance(claimed, str) else ""


def _drop_secrets(value: dict[str, Json] | list[Json], depth: int = 0) -> None:
    """Takes them out where they are: a copy would be the most expensive part of reading a message."""
    if depth > DEEPEST:
        value.clear()
    if isinstance(value, dict):
        for name in _PRIVATE & value.keys():
            del value[name]
    for item in value.values() if isinstance(value, dict) else value:
        if isinstance(item, (dict, list)):
            _drop_secrets(item, depth + 1)


def _is_plain(value: Json) -> bool:
    return isinstance(value, str | int | float)


def _dump(value: Json) -> str:
    return orjson.dumps(value).decode()
