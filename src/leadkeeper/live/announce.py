"""Tell open browsers that a topic changed. Call it inside the transaction that changes it."""

import uuid
from collections.abc import Iterable
from typing import Final

from django.db import connection
from django.utils import timezone

_ANNOUNCE: Final = "INSERT INTO live_notice (organization_id, topic, at) VALUES "


def announce(organization_id: uuid.UUID, topics: Iterable[str]) -> None:
    """Write one notice a topic; they leave for the browsers once the transaction has committed.

    Topics: `team` (people), `leads` (the list), `lead:<id>` (one lead), `directory` (sweeps and deliveries).
    """
    at = connection.ops.adapt_datetimefield_value(timezone.now())
    rows = [(organization_id.hex, topic, at) for topic in topics]
    with connection.cursor() as cursor:
        cursor.execute(_ANNOUNCE + ", ".join(["(%s, %s, %s)"] * len(rows)), [value for row in rows for value in row])
