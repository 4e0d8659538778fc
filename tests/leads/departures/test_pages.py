"""Departures as a page: who left, what became of their leads, and the buttons."""

import json
import uuid

import pytest
from django.db import transaction

from leadkeeper.leads.departures.cases import carry_out_policies, settle
from leadkeeper.leads.departures.models import DepartureCase
from leadkeeper.leads.models import Lead
from leadkeeper.team.local_people import NewPerson, add_person, deactivate, reactivate
from leadkeeper.team.roles import Role

pytestmark = pytest.mark.django_db
PART = {"hx-request": "true", "accept-language": "en"}
PAGE = {"accept-language": "en"}


@pytest.fixture
def admin(viewer):
    return viewer("owner", name="Olga Prado")


@pytest.fixture
def manager(person, client_of):
    return client_of(person("manager", name="Marta Reis"))


@pytest.fixture
def departed(admin, lead):
    """Somebody who has left with leads in these stages."""

    def leave(*stages, name="Bruno <Alves>"):
        with transaction.atomic():
            bruno = add_person(NewPerson(name=name, email="", role=Role.SDR), by=admin)
            for stage in stages:
                lead(assigned_to=bruno.user_id, stage=stage)
            deactivate(bruno.user_id, by=admin)
        return DepartureCase.objects.get(person=bruno.user)

    return leave


def text(answer):
    return answer.content.decode()


def toast(answer):
    return json.loads(answer["HX-Trigger"])["toast"]


class TestList:
    def test_it_says_who_why_and_how_many(self, manager, departed):
        case = departed("novo", "novo", "proposta", "fechado_ganho")
        shown = text(manager.get("/departures", headers=PAGE))
        assert "Bruno &lt;Alves&gt;" in shown
        assert "deactivated here" in shown
        assert "3 open leads" in shown
        assert "and 1 won or lost" in shown
        assert "3 still theirs" in shown
        assert f'href="/leads/transfer?from={case.person_id}"' in shown

    def test_the_rail_counts_those_that_wait(self, manager, departed):
        departed("novo")
        assert ">1</span>" in text(manager.get("/leads")).partition('id="departure-count"')[2][:160]

    def test_nothing_to_decide(self, manager):
        assert "Nothing to decide." in text(manager.get("/departures", headers=PAGE))

    def test_a_successor_who_cannot_is_a_warning(self, manager, departed, organization, person):
        organization.departure_policy, organization.successor = "successor", person("support", name="Dora").user
        organization.save()
        departed("novo")
        carry_out_policies()
        assert "Meant for Dora, who can no longer be responsible" in text(manager.get("/departures", headers=PAGE))

    def test_those_dealt_with_and_those_of_one_person(self, manager, departed):
        case, other = departed("novo"), departed("novo", name="Dora Lima")
        manager.post(f"/departures/{case.pk}/leave")
        dealt_with = text(manager.get("/departures?closed", headers=PAGE))
        assert "Bruno" in dealt_with
        assert "Dora" not in dealt_with
        one = text(manager.get(f"/departures?person={other.person_id}", headers=PAGE))
        assert "Dora" in one
        assert "Bruno" not in one
        assert "left no open leads" in text(manager.get(f"/departures?person={manager_id(manager)}", headers=PAGE))
        assert manager.get("/departures?person=nonsense&cursor=nonsense").status_code == 200

    def test_as_many_queries_for_one_as_for_fifty(self, manager, departed, organization, django_assert_num_queries):
        organization.departure_policy = "queue"
        organization.save()
        departed("novo", name="Person 0")
        carry_out_policies()
        with django_assert_num_queries(40, exact=False) as one:
            manager.get("/departures")
        for number in range(1, 50):
            departed("novo", name=f"Person {number}")
        carry_out_policies()
        with django_assert_num_queries(len(one)):
            assert text(manager.get("/departures")).count('class="case"') == 50


def manager_id(client):
    return client.session["_auth_user_id"]


class TestActing:
    def test_to_the_queue_with_a_way_back(self, manager, departed):
        case = departed("novo")
        answer = manager.post(f"/departures/{case.pk}/queue", headers=PART)
        assert (answer.status_code, Lead.objects.get().assigned_to) == (204, None)
        assert "undo" in toast(answer)
        again = manager.post(f"/departures/{case.pk}/queue", headers=PART)
        assert (again.status_code, toast(again)["kind"]) == (409, "danger")

    def test_without_script_the_page_says_what_was_done(self, manager, departed):
        case = departed("novo")
        assert manager.post(f"/departures/{case.pk}/leave")["Location"] == "/departures"
        assert "Left as it is: Bruno &lt;Alves&gt;" in text(manager.get("/departures", headers=PAGE))

    def test_whoever_is_back_gets_the_leads_back(self, manager, departed, organization, admin):
        organization.departure_policy = "queue"
        organization.save()
        case = departed("novo", "novo")
        carry_out_policies()
        settle()
        with transaction.atomic():
            reactivate(case.person_id, by=admin)
        assert "Undo: give 2 leads back" in text(manager.get("/departures", headers=PAGE))
        assert manager.post(f"/departures/{case.pk}/give-back", headers=PART).status_code == 204
        assert set(Lead.objects.values_list("assigned_to", flat=True)) == {case.person_id}

    @pytest.mark.parametrize("verb", ["queue", "leave", "give-back"])
    def test_who_may_not(self, departed, person, client_of, other_organization, verb):
        case = departed("novo")
        assert client_of(person("sdr")).post(f"/departures/{case.pk}/{verb}").status_code == 403
        stranger = client_of(person("owner", organization=other_organization))
        assert stranger.post(f"/departures/{case.pk}/{verb}").status_code == 404
        assert client_of(person("owner")).post(f"/departures/{uuid.uuid4()}/{verb}").status_code == 404
        assert DepartureCase.objects.get().closed_at is None
