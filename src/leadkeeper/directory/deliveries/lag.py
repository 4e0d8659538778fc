"""How long news of people takes to get here: from the event at the provider to the mirror."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from leadkeeper.directory.deliveries import read as deliveries
from leadkeeper.team.viewer import Viewer

_LOOKED_BACK: Final = timedelta(days=1)
_LOOKED_AT: Final = 2000
_HOURS: Final = 24


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of the last day: how many deliveries arrived, and the lag that 95 of 100 stayed below, in seconds."""

    begins_at: datetime
    count: int
    p95_s: float | None


@dataclass(frozen=True, slots=True)
class Lag:
    """The lag of the newest deliveries of the last day, at most 2,000; in seconds, None where nothing arrived."""

    count: int
    p50_s: float | None
    p95_s: float | None
    hours: list[Hour]
    by_type: dict[str, int]

    @property
    def is_cut(self) -> bool:
        """Whether more arrived than were looked at."""
        return self.count == _LOOKED_AT


def lag(viewer: Viewer, *, now: datetime) -> Lag:
    """The lag of the last day. Raises NotAllowed."""
    rows = deliveries.visible_to(viewer).filter(id__gte=deliveries.since(now - _LOOKED_BACK)).order_by("-id")
    return measure(list(rows.values_list("type", "occurred_at", "received_at")[:_LOOKED_AT]), now=now)


def measure(rows: Sequence[tuple[str, datetime | None, datetime]], *, now: datetime) -> Lag:
    """The lag of deliveries given as type, time of the event, time of arrival."""
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    by_hour: dict[datetime, list[float]] = {this_hour - timedelta(hours=back): [] for back in range(_HOURS - 1, -1, -1)}
    by_type: dict[str, int] = {}
    every = []
    for type_, occurred_at, received_at in rows:
        by_type[type_] = by_type.get(type_, 0) + 1
        if occurred_at is None:
            continue
        # Two clocks are compared: a lag below nothing is none.
        seconds = max((received_at - occurred_at).total_seconds(), 0.0)
        every.append(seconds)
        hour = received_at.replace(minute=0, second=0, microsecond=0)
        if hour in by_hour:
            by_hour[hour].append(seconds)
    hours = [Hour(begins_at, len(some), percentile(some, 95)) for begins_at, some in by_hour.items()]
    return Lag(len(rows), percentile(every, 50), percentile(every, 95), hours, by_type)


def percentile(values: Sequence[float], percent: int) -> float | None:
    """The smallest of the values that at least so many of a hundred do not exceed."""
    if not values:
        return None
    return sorted(values)[-(-len(values) * percent // 100) - 1]
