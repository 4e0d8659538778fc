"""Sellers who see only their own leads and nobody's: for them the others do not exist, wherever they look."""

import json
import re
import uuid
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadkeeper.leads.assign import assign
from leadkeeper.leads.choices import Reason, Stage
from leadkeeper.leads.create import NewLead, create
from leadkeeper.leads.delete import delete
from leadkeeper.leads.edit import LeadChanges, edit
from leadkeeper.leads.find import lock_lead
from leadkeeper.leads.lists.listing import kept_counts
from leadkeeper.leads.models import Lead, LeadCount
from leadkeeper.live.models import Notice
from leadkeeper.team.models import Membership, Organization
from leadkeeper.team.roles import Role
from leadkeeper.team.viewer import Viewer
from tests.conftest import MakePerson
from tests.leads.conftest import MakeLead, topics_of

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}
Api = Callable[..., Client]


@pytest.fixture(autouse=True)
def narrowed(organization: Organization) -> None:
    organization.visibility = Organization.Visibility.OWN_AND_UNASSIGNED
    organization.save()


@pytest.fixture
def ana(person: MakePerson, narrowed: None) -> Membership:
    return person("sdr", name="Ana Souza")


@pytest.fixture
def bruno(person: MakePerson, narrowed: None) -> Membership:
    return person("member", name="Bruno Alves")


@pytest.fixture
def leads(lead: MakeLead, ana: Membership, bruno: Membership) -> dict[str, Lead]:
    """One of Ana's, one of Bruno's, and one of nobody."""
    return {
        "hers": lead("Marina Hers", phone="(11) 98765-0001", assigned_to=ana.user_id),
        "his": lead("Marina His", phone="(11) 98765-0002", email="his@example.com", assigned_to=bruno.user_id),
        "nobody's": lead("Marina Nobodys", phone="(11) 98765-0003"),
    }


def seen(answer: Any) -> set[str]:
    return {item["name"].removeprefix("Marina ") for item in answer.json()["items"]}


class TestLists:
    def test_own_and_nobody_s_leads_are_there_and_no_others(
        self, client_of: Any, ana: Membership, leads: dict[str, Lead]
    ) -> None:
        client = client_of(ana)
        for query in ("", "?q=marina", "?q=98765", "?stage=novo", "?limit=1"):
            found, cursor = set(), ""
            while cursor is not None:
                sign = "&" if "?" in query else "?"
                answer = client.get(f"/api/leads{query}" + (f"{sign}cursor={cursor}" if cursor else ""))
                found |= seen(answer)
                cursor = answer.json()["next"]
            assert found == {"Hers", "Nobodys"}

    def test_asking_for_a_colleague_s_leads_finds_nothing(
        self, client_of: Any, ana: Membership, bruno: Membership, leads: dict[str, Lead]
    ) -> None:
        client = client_of(ana)
        assert seen(client.get(f"/api/leads?assigned_to={bruno.user_id}")) == set()
        page = client.get(f"/leads?assigned_to={bruno.user_id}").content.decode()
        assert "0 leads found" in page
        assert "Marina His" not in page

    def test_the_page_counts_what_it_shows_and_offers_no_colleague_to_look_at(
        self, client_of: Any, ana: Membership, leads: dict[str, Lead]
    ) -> None:
        page = client_of(ana).get("/leads").content.decode()
        assert re.findall(r'class="count">(\d+)<', page) == ["2", "1", "1"]
        assert "2 open leads" in page
        assert 'id="filter-responsible"' not in page

    def test_those_no_policy_narrows_see_all(self, client_of: Any, person: MakePerson, leads: dict[str, Lead]) -> None:
        for role in ("owner", "admin", "manager", "cs", "support"):
            client = client_of(person(role))
            assert seen(client.get("/api/leads")) == {"Hers", "His", "Nobodys"}
            assert "3 open leads" in client.get("/leads").content.decode()

    def test_a_seller_s_key_has_no_leads_of_its_own(self, api: Api, leads: dict[str, Lead]) -> None:
        assert seen(api("sdr").get("/api/leads")) == {"Nobodys"}
        assert seen(api("manager").get("/api/leads")) == {"Hers", "His", "Nobodys"}

    def test_as_many_queries_for_a_few_leads_as_for_a_full_page(
        self, client_of: Any, ana: Membership, leads: dict[str, Lead], lead: MakeLead, django_assert_num_queries: Any
    ) -> None:
        client = client_of(ana)
        client.get("/leads")
        with CaptureQueriesContext(connection) as few:
            client.get("/leads")
        for number in range(100):
            lead(f"More {number}", assigned_to=ana.user_id if number % 2 else None)
        with django_assert_num_queries(len(few)):
            client.get("/leads")

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(owners=st.lists(st.tuples(st.sampled_from([None, 0, 1, 2]), st.sampled_from(Stage)), max_size=12))
    def test_whatever_there_is_rows_counts_and_the_rule_agree(
        self, person: MakePerson, owners: list[tuple[int | None, Stage]]
    ) -> None:
        organization = Organization.objects.create(name="Of this example", visibility="own_and_unassigned")
        people = [person(role, organization=organization) for role in ("sdr", "member", "manager")]
        for number, (owner, stage) in enumerate(owners):
            assigned_to = None if owner is None else people[owner].user_id
            data = NewLead(name="Lead", phone=f"11 98765-{number:04}", stage=stage, assigned_to=assigned_to)
            create(data, by=Viewer.system(organization))
        everything = list(Lead.objects.filter(organization=organization))
        key = Viewer(organization, kind="key", role=Role.SDR, name="Key", key_id=uuid.uuid4())  # type: ignore[arg-type]
        for viewer in (*map(Viewer.of, people), key):
            visible = set(Lead.objects.visible_to(viewer))
            assert visible == {each for each in everything if each.may_be_seen_by(viewer)}
            assert kept_counts(viewer)["all"] == sum(lead.is_open for lead in visible)
            counters = LeadCount.objects.visible_to(viewer).filter(leads__gt=0)
            assert sum(counter.leads for counter in counters) == len(visible)


class TestOneLead:
    def test_a_colleague_s_lead_cannot_be_read_changed_or_deleted(
        self, client_of: Any, ana: Membership, leads: dict[str, Lead]
    ) -> None:
        client, path = client_of(ana), f"/api/leads/{leads['his'].pk}"
        assert client.get(path).status_code == 404
        assert client.get(f"{path}/ownership").status_code == 404
        assert client.patch(path, {"message": "x"}, content_type="application/json").status_code == 404
        taking = {"assigned_to": str(ana.user_id)}
        assert client.patch(path, taking, content_type="application/json").status_code == 404
        assert client.delete(path).status_code == 404
        kept = Lead.objects.get(pk=leads["his"].pk)
        assert (kept.version, kept.deleted_at) == (1, None)

    def test_handing_a_lead_over_loses_it(
        self, client_of: Any, ana: Membership, bruno: Membership, leads: dict[str, Lead]
    ) -> None:
        client, path = client_of(ana), f"/api/leads/{leads['hers'].pk}"
        answer = client.patch(path, {"assigned_to": str(bruno.user_id)}, content_type="application/json")
        assert answer.status_code == 200
        assert answer.json()["assigned_to"] == str(bruno.user_id)
        assert client.get(path).status_code == 404
        assert client_of(bruno).get(path).status_code == 200

    def test_on_the_page_it_leads_back_to_the_list(
        self, client_of: Any, ana: Membership, bruno: Membership, leads: dict[str, Lead]
    ) -> None:
        client = client_of(ana)
        given = {"assigned_to": str(bruno.user_id)}
        answer = client.post(f"/leads/{leads['hers'].pk}/responsible", given, headers=PART)
        assert (answer.status_code, answer["HX-Redirect"]) == (204, "/leads")
        assert "Responsible: Bruno Alves" in client.get("/leads").content.decode()
        gone = client.get(f"/leads/{leads['hers'].pk}")
        assert gone.status_code == 404
        assert "you may not see it" in gone.content.decode()

    def test_one_entered_for_a_colleague_offers_no_link_to_it(
        self, client_of: Any, ana: Membership, bruno: Membership, leads: dict[str, Lead]
    ) -> None:
        sent = {"name": "For Bruno", "phone": "(11) 91111-2222", "assigned_to": str(bruno.user_id)}
        client = client_of(ana)
        toast = json.loads(client.post("/leads/new", sent, headers=PART)["HX-Trigger"])["toast"]
        assert toast["text"] == "Lead saved. Responsible: Bruno Alves"
        assert "link" not in toast
        answer = client.post("/leads/new", sent | {"phone": "(11) 91111-3333"})
        assert (answer.status_code, answer["Location"]) == (303, "/leads")


class TestDuplicates:
    AGAIN = {"name": "Marina again", "phone": "+55 11 98765-0002"}

    def test_of_a_hidden_lead_only_id_stage_and_responsible_are_told(
        self, client_of: Any, ana: Membership, leads: dict[str, Lead]
    ) -> None:
        for again in (self.AGAIN, {"name": "x", "email": "HIS@example.com"}):
            answer = client_of(ana).post("/api/leads", again, content_type="application/json")
            assert answer.status_code == 409
            problem = answer.json()
            assert problem["type"].endswith("/duplicate-lead")
            assert problem["existing"] == {
                "id": str(leads["his"].pk),
                "stage": "novo",
                "responsible": "Bruno Alves",
            }
            assert "Marina His" not in answer.content.decode()
            assert "Bruno Alves" in problem["detail"]

    def test_of_one_that_is_seen_as_much_as_ever(
        self, client_of: Any, person: MakePerson, leads: dict[str, Lead]
    ) -> None:
        answer = client_of(person("manager")).post("/api/leads", self.AGAIN, content_type="application/json")
        assert answer.json()["existing"]["name"] == "Marina His"

    def test_changing_a_lead_into_a_hidden_one_tells_no_more(
        self, client_of: Any, ana: Membership, leads: dict[str, Lead]
    ) -> None:
        change = {"phone": self.AGAIN["phone"]}
        path = f"/api/leads/{leads['hers'].pk}"
        answer = client_of(ana).patch(path, change, content_type="application/json")
        assert answer.status_code == 409
        assert set(answer.json()["existing"]) == {"id", "stage", "responsible"}

    def test_the_note_in_the_form_shows_whom_to_ask_and_leads_nowhere(
        self, client_of: Any, ana: Membership, leads: dict[str, Lead]
    ) -> None:
        client = client_of(ana)
        note = client.get("/leads/known", {"phone": "11987650002"}, headers=PART).content.decode()
        refused = client.post("/leads/new", self.AGAIN | {"assigned_to": ""}, headers=PART).content.decode()
        for page in (note, refused):
            assert "This lead already exists, with somebody else" in unescape(page)
            assert "Bruno Alves" in page
            assert "Marina His" not in page
            assert f'href="/leads/{leads["his"].pk}' not in page
            assert f'hx-post="/leads/{leads["his"].pk}/ask"' in page


class TestNotices:
    def heard_by(self, person: Membership | None) -> set[str]:
        """What has been announced about leads to this person: of all, or of what they may know."""
        notices = Notice.objects.exclude(topic__startswith="inbox:")
        if person is not None:
            notices = notices.filter(seen_by__in=[person.user_id]) | notices.filter(seen_by=None)
        return set(notices.values_list("topic", flat=True))

    @pytest.fixture(autouse=True)
    def quiet(self, leads: dict[str, Lead]) -> None:
        Notice.objects.all().delete()

    def test_a_change_of_ones_own_lead_is_told_to_nobody_else(
        self, leads: dict[str, Lead], system: Viewer, ana: Membership, bruno: Membership
    ) -> None:
        edit(leads["his"].pk, LeadChanges(message="Call"), by=system)
        topics = {"leads", f"lead:{leads['his'].pk}"}
        assert (self.heard_by(ana), self.heard_by(bruno), self.heard_by(None)) == (set(), topics, topics)

    def test_a_handover_is_told_to_both(
        self, leads: dict[str, Lead], system: Viewer, ana: Membership, bruno: Membership, person: MakePerson
    ) -> None:
        carla = person("sdr")
        assign(lock_lead(leads["hers"].pk, system), bruno.user, by=system, reason=Reason.MANUAL)
        topics = {"leads", f"lead:{leads['hers'].pk}"}
        assert (self.heard_by(ana), self.heard_by(bruno), self.heard_by(carla)) == (topics, topics, set())

    @pytest.mark.parametrize("taken", [True, False])
    def test_what_is_or_was_nobody_s_is_told_to_everybody(
        self, leads: dict[str, Lead], system: Viewer, ana: Membership, bruno: Membership, taken: bool
    ) -> None:
        lead, to = (leads["nobody's"], ana.user) if taken else (leads["hers"], None)
        assign(lock_lead(lead.pk, system), to, by=system, reason=Reason.MANUAL)
        assert self.heard_by(bruno) == {"leads", f"lead:{lead.pk}"}

    def test_entering_and_deleting_are_told_to_who_is_responsible(
        self, leads: dict[str, Lead], system: Viewer, ana: Membership, bruno: Membership, organization: Organization
    ) -> None:
        delete(leads["his"].pk, by=system)
        new = create(NewLead(name="New", phone="11 95555-4444", assigned_to=bruno.user_id), by=system)
        assert self.heard_by(ana) == set()
        assert topics_of(organization) == {"leads", f"lead:{leads['his'].pk}", f"lead:{new.pk}"}
