import re
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadkeeper.leads.assign import assign
from leadkeeper.leads.choices import OPEN_STAGES, Reason, Stage
from leadkeeper.leads.create import NewLead, create
from leadkeeper.leads.delete import delete
from leadkeeper.leads.edit import LeadChanges, edit
from leadkeeper.leads.find import lock_lead
from leadkeeper.leads.load import count_moves, open_leads
from leadkeeper.leads.models import Lead, LeadCount
from leadkeeper.team.models import Membership, Organization
from leadkeeper.team.viewer import Viewer
from tests.at_once import at_once
from tests.conftest import MakePerson
from tests.leads.conftest import MakeLead, chained, wrong_counters
from tests.query_plan import query_plan

pytestmark = pytest.mark.django_db

PEOPLE, LEADS = 3, 4


@dataclass(frozen=True)
class Step:
    """Something that happens to one of a few leads, with one of a few people, or with nobody."""

    verb: str
    lead: int
    person: int | None
    stage: Stage


steps = st.builds(
    Step,
    st.sampled_from(["enter", "assign", "edit", "edit stage", "edit owner", "delete"]),
    st.integers(0, LEADS - 1),
    st.one_of(st.none(), st.integers(0, PEOPLE - 1)),
    st.sampled_from(Stage),
)


class TestAnyHistory:
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(happened=st.lists(steps, max_size=25))
    def test_counters_equal_a_recount_and_histories_are_chains(self, person: MakePerson, happened: list[Step]) -> None:
        organization = Organization.objects.create(name="Of this example")
        people = [person("sdr", organization=organization) for _ in range(PEOPLE)]
        by = Viewer.system(organization)
        entered: list[Lead] = []

        for step in happened:
            take(step, entered, people, by)

        present = Lead.objects.visible_to(by)
        counted = Counter((each.assigned_to_id or LeadCount.NOBODY, each.stage) for each in present)
        kept = LeadCount.objects.filter(organization=organization).exclude(leads=0)
        assert {(count.responsible, count.stage): count.leads for count in kept} == counted
        assert wrong_counters(organization) == 0
        assert all(chained(each) for each in entered)
        open_now = Counter(each.assigned_to_id for each in present if each.stage in OPEN_STAGES)
        ids = [each.user_id for each in people]
        assert open_leads(organization.id, ids) == {id_: open_now[id_] for id_ in ids}


def take(step: Step, entered: list[Lead], people: list[Membership], by: Viewer) -> None:
    """Do what the step says, where it is possible."""
    to = None if step.person is None else people[step.person].user
    to_id = to.pk if to else None
    if step.verb == "enter":
        phone = f"11 98765-{len(entered):04}"
        entered.append(create(NewLead(name="Lead", phone=phone, stage=step.stage, assigned_to=to_id), by=by))
        return
    present = [each for each in entered if Lead.objects.visible_to(by).filter(pk=each.pk).exists()]
    if not present:
        return
    lead = present[step.lead % len(present)]
    match step.verb:
        case "assign":
            assign(lock_lead(lead.pk, by), to, by=by, reason=Reason.MANUAL)
        case "edit":
            edit(lead.pk, LeadChanges(stage=step.stage, assigned_to=to_id), by=by)
        case "edit stage":
            edit(lead.pk, LeadChanges(stage=step.stage), by=by)
        case "edit owner":
            edit(lead.pk, LeadChanges(assigned_to=to_id), by=by)
        case "delete":
            delete(lead.pk, by=by)


class TestRecount:
    def test_wrong_counters_are_corrected_and_told(
        self, lead: MakeLead, person: MakePerson, organization: Organization
    ) -> None:
        bruno = person("sdr")
        lead(assigned_to=bruno.user_id)
        LeadCount.objects.filter(organization=organization).update(leads=41)
        LeadCount.objects.create(organization=organization, responsible=uuid.uuid4(), stage=Stage.LOST, leads=-2)

        assert wrong_counters(organization) == 2
        assert wrong_counters(organization) == 0
        assert open_leads(organization.id, [bruno.user_id]) == {bruno.user_id: 1}

    def test_another_organization_is_left_alone(
        self, lead: MakeLead, organization: Organization, other_organization: Organization
    ) -> None:
        lead(organization=other_organization)
        LeadCount.objects.update(leads=7)
        assert wrong_counters(organization) == 0
        assert LeadCount.objects.get().leads == 7


class TestOpenLeads:
    def test_won_and_lost_are_not_open(self, lead: MakeLead, person: MakePerson, organization: Organization) -> None:
        bruno = person("sdr")
        for stage in Stage:
            lead(stage=stage, assigned_to=bruno.user_id)
        assert open_leads(organization.id, [bruno.user_id]) == {bruno.user_id: 5}

    def test_each_person_is_looked_up_once_and_not_in_every_stage(self, organization: Organization) -> None:
        people = [uuid.uuid4() for _ in range(3_000)]
        LeadCount.objects.bulk_create(
            LeadCount(organization=organization, responsible=person, stage=stage, leads=1)
            for person in people
            for stage in Stage
        )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE leads_leadcount")
        with CaptureQueriesContext(connection) as asked:
            open_leads(organization.id, people[:100])
        plan = query_plan(asked.captured_queries[0]["sql"])
        condition = re.search(r"Index Cond: (.+)|USING INDEX \w+ \((.+)\)", plan)
        assert condition, plan
        assert "responsible" in condition[0]
        assert "stage" not in condition[0]

    def test_whoever_has_none_has_zero(self, organization: Organization) -> None:
        stranger = uuid.uuid4()
        assert open_leads(organization.id, [stranger]) == {stranger: 0}
        assert open_leads(organization.id, []) == {}


@pytest.mark.django_db(transaction=True)
class TestAtTheSameMoment:
    def test_movers_in_opposite_directions_wait_for_each_other_and_never_forever(
        self, lead: MakeLead, person: MakePerson, system: Viewer, organization: Organization
    ) -> None:
        people = [person("sdr").user_id for _ in range(2)]
        leads = [lead(assigned_to=people[number % 2]).pk for number in range(20)]

        def swap(number: int) -> None:
            for turn in range(6):
                changes = LeadChanges(
                    stage=(Stage.NEW, Stage.QUALIFIED)[(number // 2 + turn) % 2],
                    assigned_to=people[(number + turn + 1) % 2],
                )
                with transaction.atomic():
                    edit(leads[number], changes, by=system)

        answers = at_once([lambda number=number: swap(number) for number in range(20)])  # type: ignore[misc]

        assert answers == [None] * 20
        assert wrong_counters(organization) == 0

    def test_a_lead_that_is_entered_amid_a_recount_waits_for_its_end(
        self, lead: MakeLead, system: Viewer, organization: Organization
    ) -> None:
        lead()
        entering = threading.Thread(target=enter_one, args=[system])

        def enter_before_counters_are_read(execute: Callable[..., object], sql: str, *rest: object) -> object:
            if sql.startswith("SELECT") and "leads_leadcount" in sql and entering.ident is None:
                entering.start()
                entering.join(0.5)
            return execute(sql, *rest)

        with connection.execute_wrapper(enter_before_counters_are_read):
            assert wrong_counters(organization) == 0
        entering.join(20)

        assert Lead.objects.count() == 2
        assert wrong_counters(organization) == 0


def enter_one(by: Viewer) -> None:
    try:
        with transaction.atomic():
            create(NewLead(name="In between", email="between@example.com"), by=by)
    finally:
        connection.close()


def test_nothing_moved_writes_nothing(organization: Organization) -> None:
    place = (uuid.uuid4(), Stage.NEW.value)
    count_moves(organization.id, left=[place], entered=[place])
    assert not LeadCount.objects.exists()
