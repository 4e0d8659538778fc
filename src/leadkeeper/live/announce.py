"""Tell open browsers that a topic changed. Call it inside the transaction that changes it."""

import uuid
from collections.abc import Iterable

from leadkeeper.live.models import Notice


def announce(organization_id: uuid.UUID, topics: Iterable[str]) -> None:
    """Write one notice a topic; they leave for the browsers once the transaction has committed.

    Topics: `team` (people), `leads` (the list), `lead:<id>` (one lead), `directory` (sweeps and deliveries).
    """
    Notice.objects.bulk_create(Notice(organization_id=organization_id, topic=topic) for topic in topics)
