"""Every list is walked along an index that has it in order, whatever the database has counted before."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from leadkeeper.leads.choices import Source, Stage
from leadkeeper.leads.models import Lead
from leadkeeper.leads.search.newest import NEWEST_FIRST
from leadkeeper.leads.search.search import find_newest
from leadkeeper.team.viewer import Viewer
from tests.conftest import MakePerson

pytestmark = pytest.mark.django_db
PEOPLE, LEADS = 20, 1_000


@pytest.fixture
def somebody(system: Viewer, person: MakePerson) -> str:
    """One of twenty people who have a few leads each, among many leads of nobody: a person as good as any other."""
    people = [person("sdr", name=f"Seller {number}").user_id for number in range(PEOPLE)]
    now, stages, sources = timezone.now(), Stage.values, [*Source.values, ""]
    Lead.objects.bulk_create(
        Lead(
            organization=system.organization,
            name=f"Lead {number}",
            phone=f"+55{number}",
            source=sources[number % len(sources)],
            stage=stages[number % len(stages)],
            assigned_to_id=people[number % PEOPLE] if number % 2 else None,
            created_at=now - timedelta(seconds=number),
        )
        for number in range(LEADS)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE leads_lead")
        if connection.vendor == "postgresql":
            # So few it would rather read all and sort them.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
    return str(people[1])


@pytest.mark.parametrize(
    ("stage", "whose", "source", "index"),
    [
        ("", "", "", "lead_newest"),
        ("novo", "", "", "lead_by_stage"),
        ("", "", "evento", "lead_by_source"),
        ("", "somebody", "", "lead_by_responsible"),
        ("", "none", "", "lead_of_nobody"),
        ("novo", "none", "", "lead_of_nobody_by_stage"),
        ("open", "", "", "lead_open"),
        ("open", "somebody", "", "lead_open_by_responsible"),
        ("open", "none", "", "lead_of_nobody"),
    ],
)
def test_walked_along(system: Viewer, somebody: str, stage: str, whose: str, source: str, index: str) -> None:
    assigned_to = somebody if whose == "somebody" else whose
    (found,) = find_newest(system, stage=stage, assigned_to=assigned_to, source=source)
    plan = found.leads.order_by(*NEWEST_FIRST.columns)[:51].explain()
    assert re.findall(r"\blead_[a-z_]+", plan) == [index], plan
    assert "TEMP B-TREE" not in plan
