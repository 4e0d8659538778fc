"""Tell open browsers that a topic changed. Call it inside the transaction that changes it."""

import threading
import uuid
from collections.abc import Collection, Iterable
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

SIGNED_OUT: Final = "signed-out"

committed_here: Final = threading.Event()
"""Set whenever this process has committed a notice: whoever passes notices on need not find it by looking."""

_ANNOUNCE: Final = "INSERT INTO live_notice (organization_id, topic, seen_by, private, at) VALUES "
_ROW: Final = "(%s, %s, %s, %s, %s)"


def announce(
    organization_id: uuid.UUID, topics: Iterable[str], *, seen_by: Collection[uuid.UUID] | None = None
) -> None:
    """Write the notices; they leave for the browsers once the transaction has committed.

    `seen_by`: of those who do not hear everything, only these people hear of it. Not given: everybody.
    Topics: `team` (people), `leads` (the list), `lead:<id>` (one lead), `directory` (sweeps and deliveries),
    `departures` (cases), `transfers` (batches that begin or end, for every lead in them), `batch:<id>` (its progress),
    `views` (saved views that are shared).
    """
    hearers = [None] if seen_by is None else list(seen_by)
    _write(organization_id, [(topic, hearer, False) for topic in topics for hearer in hearers])


def announce_privately(organization_id: uuid.UUID, topic: str, people: Iterable[uuid.UUID]) -> None:
    """Tell each of these people alone, as `topic:<their id>`: nobody else hears of it."""
    _write(organization_id, [(f"{topic}:{person}", person, True) for person in people])


def announce_signed_out(organization_id: uuid.UUID, person: uuid.UUID) -> None:
    """A session of this person has ended: their open streams are asked again whether they may go on."""
    announce_privately(organization_id, SIGNED_OUT, [person])


def _write(organization_id: uuid.UUID, notices: Iterable[tuple[str, uuid.UUID | None, bool]]) -> None:
    at = connection.ops.adapt_datetimefield_value(timezone.now())
    rows = [
        (organization_id.hex, topic, hearer.hex if hearer else None, private, at) for topic, hearer, private in notices
    ]
    with connection.cursor() as cursor:
        cursor.execute(_ANNOUNCE + ", ".join([_ROW] * len(rows)), [value for row in rows for value in row])
    transaction.on_commit(committed_here.set)
