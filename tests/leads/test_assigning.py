"""Where managers assign, sellers take leads for themselves and give none away; and what new leads get by default."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from leadkeeper.leads.create import NewLead, create
from leadkeeper.leads.models import Lead
from leadkeeper.team.models import Membership, Organization
from leadkeeper.team.viewer import Viewer
from tests.at_once import at_once
from tests.conftest import MakePerson
from tests.leads.conftest import MakeLead, chained, history

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}
Api = Callable[..., Client]


@pytest.fixture(autouse=True)
def managers_assign(organization: Organization) -> None:
    organization.assigning = Organization.Assigning.MANAGERS
    organization.save()


@pytest.fixture
def ana(person: MakePerson, managers_assign: None) -> Membership:
    return person("sdr", name="Ana Souza")


@pytest.fixture
def bruno(person: MakePerson, managers_assign: None) -> Membership:
    return person("member", name="Bruno Alves")


def patch(client: Client, lead: Lead, to: Any) -> Any:
    return client.patch(f"/api/leads/{lead.pk}", {"assigned_to": to}, content_type="application/json")


def post(client: Client, **fields: Any) -> Any:
    body = {"name": "New", "phone": "(11) 95555-4444", **fields}
    return client.post("/api/leads", body, content_type="application/json")


def refused(answer: Any) -> bool:
    """403, naming the field, in a sentence."""
    if answer.status_code != 403:
        return False
    problem = answer.json()
    return problem["errors"][0]["field"] == "assigned_to" and "managers" in problem["errors"][0]["message"]


class TestSellers:
    def test_take_leads_for_themselves(
        self, client_of: Any, ana: Membership, bruno: Membership, lead: MakeLead
    ) -> None:
        for before in (None, bruno.user_id):
            answer = patch(client_of(ana), lead(assigned_to=before), str(ana.user_id))
            assert answer.json()["assigned_to"] == str(ana.user_id)

    def test_neither_give_nor_clear(self, client_of: Any, ana: Membership, bruno: Membership, lead: MakeLead) -> None:
        mine, nobodys, client = lead(assigned_to=ana.user_id), lead(), client_of(ana)
        for of, to in ((mine, str(bruno.user_id)), (mine, None), (nobodys, str(bruno.user_id))):
            assert refused(patch(client, of, to))
        assert (len(history(mine)), len(history(nobodys))) == (1, 0)

    def test_are_told_first_that_somebody_is_unknown(self, client_of: Any, ana: Membership, lead: MakeLead) -> None:
        client, unknown = client_of(ana), "00000000-0000-4000-8000-000000000000"
        for answer in (patch(client, lead(), unknown), post(client, assigned_to=unknown)):
            assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "assigned_to")

    def test_saving_the_rest_with_the_same_person_is_no_assigning(
        self, client_of: Any, ana: Membership, bruno: Membership, lead: MakeLead
    ) -> None:
        body = {"assigned_to": str(bruno.user_id), "message": "Called"}
        path = f"/api/leads/{lead(assigned_to=bruno.user_id).pk}"
        assert client_of(ana).patch(path, body, content_type="application/json").status_code == 200

    def test_enter_leads_for_themselves_or_for_nobody(self, client_of: Any, ana: Membership, bruno: Membership) -> None:
        client = client_of(ana)
        assert post(client, assigned_to=str(ana.user_id)).status_code == 201
        assert post(client, assigned_to=None, phone="(11) 95555-0001").status_code == 201
        assert post(client, phone="(11) 95555-0002").json()["assigned_to"] == str(ana.user_id)
        assert refused(post(client, assigned_to=str(bruno.user_id), phone="(11) 95555-0003"))
        assert Lead.objects.count() == 3

    def test_a_key_of_theirs_assigns_nobody(self, api: Api, ana: Membership, lead: MakeLead) -> None:
        client = api("sdr")
        assert refused(patch(client, lead(), str(ana.user_id)))
        assert refused(post(client, assigned_to=str(ana.user_id)))
        assert post(client).json()["assigned_to"] is None

    def test_take_back_what_they_did_themselves_and_nothing_else(
        self, client_of: Any, ana: Membership, bruno: Membership, person: MakePerson, lead: MakeLead
    ) -> None:
        nobodys, client = lead(), client_of(ana)
        taken = client.post(f"/leads/{nobodys.pk}/responsible", {"assigned_to": str(ana.user_id)}, headers=PART)
        undo = json.loads(taken["HX-Trigger"])["toast"]["undo"]["url"]
        assert client_of(bruno).post(undo, headers=PART).status_code == 403
        assert client.post(undo, headers=PART).status_code == 204
        assert history(nobodys) == [(None, ana.user_id), (ana.user_id, None)]

    @pytest.mark.parametrize("role", ["owner", "admin", "manager"])
    def test_others_assign_as_ever(
        self, client_of: Any, person: MakePerson, ana: Membership, api: Api, lead: MakeLead, role: str
    ) -> None:
        for client in (client_of(person(role)), api(role)):
            one = lead()
            assert patch(client, one, str(ana.user_id)).status_code == 200
            assert patch(client, one, None).status_code == 200

    @pytest.mark.django_db(transaction=True)
    def test_two_who_take_one_lead_at_once_are_both_in_its_history(
        self, client_of: Any, ana: Membership, bruno: Membership, lead: MakeLead
    ) -> None:
        one = lead()
        clients = [(client_of(each), str(each.user_id)) for each in (ana, bruno)]
        answers = at_once([lambda client=client, me=me: patch(client, one, me) for client, me in clients])
        assert {answer.status_code for answer in answers} <= {200, 409}  # type: ignore[union-attr]
        assert chained(one)


class TestPages:
    def test_a_lead_shows_who_is_responsible_and_offers_only_oneself(
        self, client_of: Any, ana: Membership, bruno: Membership, lead: MakeLead
    ) -> None:
        client = client_of(ana)
        his = client.get(f"/leads/{lead(assigned_to=bruno.user_id).pk}").content.decode()
        assert "<owner-picker" not in his
        assert "Assign to me" in his
        assert "managers give leads to others" in his
        mine = client.get(f"/leads/{lead(assigned_to=ana.user_id).pk}").content.decode()
        assert "Assign to me" not in mine

    def test_a_new_lead_is_for_oneself_or_for_nobody(self, client_of: Any, ana: Membership, bruno: Membership) -> None:
        client = client_of(ana)
        form = client.get("/leads/new", headers=PART).content.decode()
        assert "<owner-picker" not in form
        assert f'<option value="{ana.user_id}" selected>' in form
        assert "Bruno Alves" not in form
        sent = {"name": "New", "phone": "(11) 95555-4444", "assigned_to": str(bruno.user_id)}
        answer = client.post("/leads/new", sent, headers=PART)
        assert answer.status_code == 422
        assert "managers give leads to others" in answer.content.decode()
        assert not Lead.objects.exists()


class TestDefault:
    @pytest.fixture
    def carla(self, person: MakePerson, organization: Organization) -> Membership:
        """Whom the organization has named."""
        carla = person("manager", name="Carla Lima")
        organization.new_lead_default = Organization.NewLeadDefault.PERSON
        organization.new_lead_person = carla.user
        organization.save()
        return carla

    def test_new_leads_go_to_the_person_named_whoever_enters_them(
        self, client_of: Any, carla: Membership, ana: Membership, api: Api
    ) -> None:
        for number, client in enumerate((client_of(ana), api("sdr"), api("owner"))):
            answer = post(client, phone=f"(11) 95555-{number:04}")
            assert answer.json()["assigned_to"] == str(carla.user_id)

    def test_a_seller_may_name_that_person_too(self, client_of: Any, carla: Membership, ana: Membership) -> None:
        client = client_of(ana)
        form = client.get("/leads/new", headers=PART).content.decode()
        assert f'<option value="{carla.user_id}" selected>' in form
        assert post(client, assigned_to=str(carla.user_id)).status_code == 201

    @pytest.mark.parametrize("left", ["inactive", "may not own leads", "another organization"])
    def test_nobody_when_that_person_may_not_be_responsible_any_more(
        self, api: Api, carla: Membership, left: str, other_organization: Organization
    ) -> None:
        if left == "inactive":
            carla.active = False
        elif left == "may not own leads":
            carla.may_own_leads = False
        else:
            carla.organization = other_organization
        carla.save()
        assert post(api("owner")).json()["assigned_to"] is None

    def test_null_is_nobody_whatever_the_default(self, api: Api, carla: Membership) -> None:
        assert post(api("owner"), assigned_to=None).json()["assigned_to"] is None

    def test_a_default_of_nobody(self, organization: Organization, ana: Membership) -> None:
        organization.new_lead_default = Organization.NewLeadDefault.NOBODY
        organization.save()
        ana.refresh_from_db()
        assert create(NewLead(name="New", phone="11 95555-4444"), by=Viewer.of(ana)).assigned_to is None
