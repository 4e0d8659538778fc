"""The inbox: every verified delivery is kept under its message id, once, with what became of it."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone
from uuid_utils.compat import uuid7

from leadkeeper.directory.models import Delivery
from leadkeeper.directory.people.apply import Outcome, apply
from leadkeeper.directory.people.change import Change, Result
from leadkeeper.directory.people.mirrored_rows import ask_for
from leadkeeper.storage.insert import fewer_trips
from leadkeeper.storage.rows import Answer, ask_where, write_rows
from leadkeeper.team.organizations import HOME_ID

logger = logging.getLogger(__name__)

# The types of events that this process knows to be noted as arrived.
_noted: set[str] = set()

# The database is away, or another process holds it: the sender should try again, nothing is wrong with the message.
UNAVAILABLE: Final = (OperationalError, InterfaceError)


@dataclass(frozen=True, slots=True)
class Message:
    """One verified delivery, read. Without a `change`, `outcome` and `reason` say why there is none."""

    message_id: str
    type: str
    payload: str = ""
    clerk_id: str = ""
    occurred_at: int = 0
    change: Change | None = None
    outcome: Delivery.Outcome = Delivery.Outcome.APPLIED
    reason: str = ""


def receive(messages: Sequence[Message]) -> None:
    """Keep and apply these messages; when it returns they are on disk.

    One transaction for all; where that fails, one for each, so that a poisonous message harms no other: it is
    kept as failed, with the reason. Raises one of UNAVAILABLE when the database is.
    """
    try:
        _receive_together(messages)
    except UNAVAILABLE:
        raise
    except Exception:
        logger.exception("group of deliveries failed, taking them one by one", extra={"count": len(messages)})
        for message in messages:
            _receive_alone(message)


def _receive_alone(message: Message) -> None:
    try:
        _receive_together([message])
    except UNAVAILABLE:
        raise
    except Exception as error:
        logger.exception("delivery failed", extra={"message_id": message.message_id})
        reason = f"{type(error).__name__}: could not be stored"
        _receive_together([replace(message, change=None, outcome=Delivery.Outcome.FAILED, reason=reason)])


def _receive_together(messages: Sequence[Message]) -> None:
    now = timezone.now()
    with transaction.atomic(), fewer_trips():
        settled = _ask_for_settled([message.message_id for message in messages])
        people = ask_for({message.change.clerk_id for message in messages if message.change}, HOME_ID)
        needless = {message_id for (message_id,) in settled()}
        fresh = [message for message in messages if message.message_id not in needless]
        outcomes = iter(
            apply(
                [message.change for message in fresh if message.change],
                organization_id=HOME_ID,
                now=now,
                asked=people,
            )
        )
        kept = {}
        for message in fresh:
            kept[id(message)] = _concluded(message, next(outcomes)) if message.change else message
        _keep([kept.get(id(message), message) for message in messages], now)
        _note_types(messages, now)


_SETTLED: Final = "SELECT message_id FROM directory_delivery WHERE message_id {keys} AND outcome <> 'failed'"


def _ask_for_settled(message_ids: Sequence[str]) -> Answer:
    """Those of the messages that need nothing but counting: kept before, and not as failed."""
    return ask_where(_SETTLED, [], message_ids)


def _concluded(message: Message, outcome: Outcome) -> Message:
    stale = outcome.result is Result.STALE
    concluded = Delivery.Outcome.STALE if stale else Delivery.Outcome.APPLIED
    return replace(message, outcome=concluded, reason=outcome.reason or outcome.result.value)


_NOTE: Final = "INSERT INTO directory_arrivedtype (type, first_at) {rows} ON CONFLICT DO NOTHING"


def _note_types(messages: Sequence[Message], now: datetime) -> None:
    """Note which types of events have ever arrived: a statement only for the first of its type in a process."""
    types = {message.type for message in messages if message.outcome is not Delivery.Outcome.IGNORED}
    if new := types - _noted - {""}:
        at = connection.ops.adapt_datetimefield_value(now)
        write_rows(_NOTE, "text timestamptz", [(type_, at) for type_ in sorted(new)])
        transaction.on_commit(lambda: _noted.update(new))


_KEEP: Final = """
INSERT INTO directory_delivery (organization_id, received_at, id, message_id, type, clerk_id, occurred_at, outcome,
                                reason, repeats, payload)
{rows}
ON CONFLICT (message_id) DO UPDATE SET
    repeats = directory_delivery.repeats + 1 + EXCLUDED.repeats,
    outcome = CASE WHEN directory_delivery.outcome = 'failed' THEN EXCLUDED.outcome
                   ELSE directory_delivery.outcome END,
    reason = CASE WHEN directory_delivery.outcome = 'failed' THEN EXCLUDED.reason
                  ELSE directory_delivery.reason END"""
_KEEP_TYPES: Final = "uuid timestamptz uuid text text text timestamptz text text int text"


def _keep(messages: Sequence[Message], now: datetime) -> None:
    """One row a message id; another process may keep the same id at this moment: then ours is the repeat."""
    times = Counter(message.message_id for message in messages)
    # Of those that came twice at once the first counts, as it would have one after the other.
    firsts = {message.message_id: message for message in reversed(messages)}
    rows = [
        (
            uuid7().hex,
            message.message_id,
            message.type,
            message.clerk_id,
            _occurred_at(message),
            message.outcome.value,
            message.reason[:500],
            times[message.message_id] - 1,
            message.payload,
        )
        for message in reversed(firsts.values())
    ]
    same = (HOME_ID.hex, connection.ops.adapt_datetimefield_value(now))
    write_rows(_KEEP, _KEEP_TYPES, rows, same=same)


def _occurred_at(message: Message) -> str | datetime | None:
    if not message.occurred_at:
        return None
    return connection.ops.adapt_datetimefield_value(datetime.fromtimestamp(message.occurred_at / 1000, UTC))
