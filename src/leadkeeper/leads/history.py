"""Who was responsible for a lead, and how that came to be."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet

from leadkeeper.leads.find import find_lead
from leadkeeper.leads.models import Lead, OwnershipChange
from leadkeeper.team.viewer import Viewer

CHANGES_AT_ONCE: Final = 50


def ownership_history(lead_id: uuid.UUID, viewer: Viewer) -> QuerySet[OwnershipChange]:
    """Every change of who is responsible, oldest first. Raises NotFound."""
    return find_lead(lead_id, viewer).ownership.order_by("id")


@dataclass(frozen=True, slots=True)
class Changes:
    """Some changes of who is responsible for one lead, newest first; `earlier`: there are more before them."""

    rows: list[OwnershipChange]
    earlier: bool


def newest_changes(lead: Lead, *, before: int | None = None) -> Changes:
    """At most CHANGES_AT_ONCE of them; those before the change of that id, where one is given."""
    changes = lead.ownership.order_by("-id")
    if before is not None:
        changes = changes.filter(id__lt=before)
    rows = list(changes[: CHANGES_AT_ONCE + 1])
    return Changes(rows[:CHANGES_AT_ONCE], earlier=len(rows) > CHANGES_AT_ONCE)


@dataclass(frozen=True, slots=True)
class Tenure:
    """A time in which one person was responsible, or nobody was: from `since` until `until`, or until now."""

    person_id: uuid.UUID | None
    since: datetime
    until: datetime | None


def tenures(created_at: datetime, changes: Iterable[OwnershipChange]) -> list[Tenure]:
    """Who was responsible from when to when, without a gap from the lead's creation on; changes oldest first."""
    starts: list[tuple[uuid.UUID | None, datetime]] = [(None, created_at)]
    for change in changes:
        starts.append((change.to_user_id, change.at))
    ends = [*(since for _, since in starts[1:]), None]
    spans = [Tenure(person, since, until) for (person, since), until in zip(starts, ends, strict=True)]
    return [span for span in spans if span.since != span.until]


def time_responsible(history: Iterable[Tenure], now: datetime) -> dict[uuid.UUID | None, timedelta]:
    """How long each person has been responsible in all, and how long nobody was."""
    total: dict[uuid.UUID | None, timedelta] = {}
    for tenure in history:
        total[tenure.person_id] = total.get(tenure.person_id, timedelta()) + ((tenure.until or now) - tenure.since)
    return total
