"""Asking for a lead: its responsible person is told, once a day, and the asker learns nothing of the lead."""

import uuid
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from leadkeeper.leads.ask import ask_for
from leadkeeper.leads.notifications.models import Notification
from leadkeeper.storage.errors import Conflict, NotAllowed, NotFound
from leadkeeper.team.models import Membership
from leadkeeper.team.viewer import Viewer
from tests.at_once import at_once

pytestmark = pytest.mark.django_db
PART = {"hx-request": "true", "accept-language": "en"}


@pytest.fixture
def bruno(person):
    return person("sdr", name="Bruno Alves")


@pytest.fixture
def ana(person):
    return person("sdr", name="Ana Souza")


@pytest.fixture
def his(lead, bruno):
    made = lead("Marina", assigned_to=bruno.user_id)
    Notification.objects.all().delete()
    return made


def ask(lead_id, by):
    with transaction.atomic():
        return ask_for(lead_id, by=Viewer.of(by))


def told():
    return list(Notification.objects.values_list("recipient__name", "kind", "by_name", "lead_name"))


class TestAsking:
    def test_the_responsible_person_is_told(self, his, ana):
        assert ask(his.pk, ana)
        assert told() == [("Bruno Alves", "asked", "Ana Souza", "Marina")]

    def test_once_a_day(self, his, ana, person):
        assert [ask(his.pk, ana), ask(his.pk, ana), ask(his.pk, person("sdr"))] == [True, False, True]
        Notification.objects.update(at=timezone.now() - timedelta(days=1, seconds=1))
        assert ask(his.pk, ana)

    def test_where_they_have_left_those_who_lead_are_told(self, his, ana, bruno, person):
        person("manager", name="Marta Reis")
        Membership.objects.filter(pk=bruno.pk).update(active=False)
        ask(his.pk, ana)
        assert told() == [("Marta Reis", "asked", "Ana Souza", "Marina")]

    def test_what_is_nobodys_or_ones_own_is_not_asked_for(self, lead, his, ana, bruno):
        for wanted, by in ((lead(), ana), (his, bruno)):
            with pytest.raises(Conflict):
                ask(wanted.pk, by)
        assert told() == []

    def test_who_may_not(self, his, viewer, person, organization, other_organization):
        with pytest.raises(NotAllowed):
            ask(his.pk, person("support"))
        with pytest.raises(NotAllowed):
            ask_for(his.pk, by=Viewer.system(organization))
        for stranger in (person("owner", organization=other_organization), person("owner")):
            with pytest.raises(NotFound):
                ask(his.pk if stranger.organization == other_organization else uuid.uuid4(), stranger)

    @pytest.mark.django_db(transaction=True)
    def test_of_two_clicks_one_is_told(self, his, ana):
        answers = at_once([lambda: ask(his.pk, ana)] * 4)
        assert sorted(answers) == [False, False, False, True]
        assert len(told()) == 1


class TestPage:
    @pytest.fixture
    def client(self, ana, client_of):
        return client_of(ana)

    def test_a_hidden_lead_answers_only_that_it_was_asked_for(self, client, his, organization):
        organization.visibility = "own_and_unassigned"
        organization.save()
        assert client.get(f"/leads/{his.pk}").status_code == 404
        answer = client.post(f"/leads/{his.pk}/ask", headers=PART)
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer["HX-Trigger"] == '{"toast": {"text": "Asked.", "kind": "info"}}'

    def test_without_script_the_next_page_says_it(self, client, his):
        assert client.post(f"/leads/{his.pk}/ask")["Location"] == "/leads"
        assert "Asked." in client.get("/leads", headers={"accept-language": "en"}).content.decode()

    def test_a_lead_of_nobody_is_refused_with_the_reason(self, client, lead):
        answer = client.post(f"/leads/{lead().pk}/ask", headers=PART)
        assert answer.status_code == 409
        assert "take it" in answer["HX-Trigger"]

    def test_strangers_are_sent_to_the_door(self, his):
        assert Client().post(f"/leads/{his.pk}/ask").status_code == 302
        assert told() == []
