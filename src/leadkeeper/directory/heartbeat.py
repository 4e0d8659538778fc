"""A sign of life from each process that does background work."""

from datetime import timedelta
from typing import Final

from django.utils import timezone

from leadkeeper.directory.models import Heartbeat

EVERY: Final = timedelta(seconds=10)
MISSED_AFTER: Final = timedelta(seconds=45)


def beat(process: str) -> None:
    """Say that `process` is alive, at most every ten seconds."""
    now = timezone.now()
    if Heartbeat.objects.filter(process=process, beat_at__gt=now - EVERY).exists():
        return
    Heartbeat.objects.update_or_create(process=process, defaults={"beat_at": now})
    Heartbeat.objects.filter(beat_at__lt=now - timedelta(days=1)).delete()


def somebody_works() -> bool:
    """Whether any process that does background work has been alive lately."""
    return Heartbeat.objects.filter(beat_at__gt=timezone.now() - MISSED_AFTER).exists()
