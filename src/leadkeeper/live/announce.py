"""Tell open browsers that a topic changed. Call it inside the transaction that changes it."""

import uuid
from collections.abc import Sequence
from typing import Final

from django.db import connection
from django.utils import timezone

_ANNOUNCE: Final = "INSERT INTO live_notice (organization_id, topic, at) VALUES "


def announce(organization_id: uuid.UUID, topics: Sequence[str]) -> None:
    """Write one notice a topic; they leave for the browsers once the transaction has committed.

    Topics: `team` (people), `leads` (the list), `lead:<id>` (one lead), `directory` (sweeps and deliveries).
    """
    at = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(
            _ANNOUNCE + ", ".join(["(%s, %s, %s)"] * len(topics)),
            [value for topic in topics for value in (organization_id.hex, topic, at)],
        )
