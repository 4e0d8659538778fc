"""How many leads each responsible person has in each stage: kept, so that nobody need count a million rows."""

import uuid
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Final

from django.db import connection
from django.db.models import Count, Q, Sum

from leadkeeper.leads.choices import OPEN_STAGES
from leadkeeper.leads.models import Lead, LeadCount
from leadkeeper.team.models import Organization

Place = tuple[uuid.UUID | None, str]
"""Where a lead is counted: its responsible person or nobody, and its stage."""

_ADDED_AT_ONCE: Final = 1000
_ADD: Final = """
INSERT INTO leads_leadcount (organization_id, responsible, stage, leads) VALUES {rows}
ON CONFLICT (organization_id, responsible, stage) DO UPDATE SET leads = leads_leadcount.leads + EXCLUDED.leads"""


def place(lead: Lead) -> Place:
    return lead.assigned_to_id, lead.stage


def count_moves(organization_id: uuid.UUID, *, left: Iterable[Place] = (), entered: Iterable[Place] = ()) -> None:
    """Count leads that left some places and entered others, in the transaction that moves them.

    In one order, since everybody writes these rows.
    """
    deltas = Counter(_key(place) for place in entered)
    deltas.subtract(_key(place) for place in left)
    _add(organization_id, deltas)


def open_leads(organization_id: uuid.UUID, person_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """How many leads that are neither won nor lost each of these people has."""
    counters = LeadCount.objects.filter(organization_id=organization_id, responsible__in=person_ids)
    # Narrowed to stages only in the sum: PostgreSQL would look up every person in every stage, or rather read all.
    sums = counters.values_list("responsible").annotate(open=Sum("leads", filter=Q(stage__in=OPEN_STAGES), default=0))
    return dict.fromkeys(person_ids, 0) | dict(sums)


def recount(organization: Organization) -> int:
    """Count all leads again and correct the counters; answers how many were wrong."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # Nobody counts meanwhile, and whoever did has committed. On SQLite the transaction alone ensures it.
            cursor.execute("LOCK TABLE leads_leadcount IN SHARE ROW EXCLUSIVE MODE")
    leads = Lead.objects.filter(organization=organization, deleted_at__isnull=True).order_by()
    counted = leads.values_list("assigned_to", "stage").annotate(leads=Count("id"))
    deltas = Counter({_key((person, stage)): number for person, stage, number in counted})
    kept = LeadCount.objects.filter(organization=organization).values_list("responsible", "stage", "leads")
    deltas.subtract({(person.hex, stage): number for person, stage, number in kept})
    return _add(organization.id, deltas)


def _key(place: Place) -> tuple[str, str]:
    person_id, stage = place
    return (person_id or LeadCount.NOBODY).hex, str(stage)


def _add(organization_id: uuid.UUID, deltas: Counter[tuple[str, str]]) -> int:
    rows = [(organization_id.hex, *key, delta) for key, delta in sorted(deltas.items()) if delta]
    for start in range(0, len(rows), _ADDED_AT_ONCE):
        some = rows[start : start + _ADDED_AT_ONCE]
        statement = _ADD.format(rows=", ".join(["(%s, %s, %s, %s)"] * len(some)))
        with connection.cursor() as cursor:
            cursor.execute(statement, [value for row in some for value in row])
    return len(rows)
