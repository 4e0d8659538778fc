"""Whose a number is already: asked while it is typed, and not a way to try out hundreds of numbers unseen."""

import logging
from datetime import timedelta

import pytest
from django.utils import timezone

from leadkeeper.leads.known import MOST_CHECKS, WITHIN, TooManyChecks, known_lead
from leadkeeper.leads.models import DuplicateChecks
from leadkeeper.storage.errors import NotAllowed
from leadkeeper.team.viewer import Viewer
from tests.at_once import at_once

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true", "accept-language": "en"}


@pytest.fixture
def narrowed(organization):
    """Sellers see only their own leads and those of nobody."""
    organization.visibility = "own_and_unassigned"
    organization.save()
    return organization


@pytest.fixture
def hidden(narrowed, lead, person):
    return lead("Zulmira Escondida", phone="(11) 98765-4321", assigned_to=person("sdr", name="Bruno Prado").user_id)


def ask(client, number):
    return client.get("/leads/known", {"phone": f"(11) 9{number:04}-4321"}, headers=PART)


class TestLimit:
    def test_after_many_numbers_nothing_is_told_any_more(self, hidden, person, client_of):
        client = client_of(person("sdr"))
        for number in range(MOST_CHECKS - 1):
            assert ask(client, number).status_code == 200
        assert "Bruno Prado" in ask(client, 8765).content.decode()
        refused = ask(client, 8765)
        assert refused.status_code == 429
        assert "Bruno Prado" not in refused.content.decode()
        assert "You have checked many numbers." in refused.content.decode()

    def test_an_hour_later_it_is_again(self, hidden, person, client_of):
        membership = person("sdr")
        since = timezone.now() - WITHIN - timedelta(seconds=1)
        DuplicateChecks.objects.create(
            organization=membership.organization, person=membership.user, since=since, count=MOST_CHECKS + 5
        )
        assert "Bruno Prado" in ask(client_of(membership), 8765).content.decode()
        assert DuplicateChecks.objects.get().count == 1

    def test_each_person_has_their_own(self, hidden, person, client_of):
        membership = person("sdr")
        DuplicateChecks.objects.create(
            organization=membership.organization, person=membership.user, since=timezone.now(), count=MOST_CHECKS
        )
        assert ask(client_of(membership), 1).status_code == 429
        assert ask(client_of(person("sdr")), 1).status_code == 200

    def test_who_sees_all_leads_is_not_counted(self, hidden, person, client_of):
        client = client_of(person("manager"))
        for number in range(MOST_CHECKS + 1):
            assert ask(client, number).status_code == 200
        assert not DuplicateChecks.objects.exists()

    def test_what_is_no_number_yet_is_not_counted(self, hidden, person, client_of):
        client = client_of(person("sdr"))
        for typed in ("", "1", "x", "(11)"):
            client.get("/leads/known", {"phone": typed}, headers=PART)
        assert not DuplicateChecks.objects.exists()

    def test_who_may_not_enter_leads_may_not_ask(self, hidden, viewer):
        with pytest.raises(NotAllowed):
            known_lead(viewer("support"), phone="(11) 98765-4321", email="")

    @pytest.mark.django_db(transaction=True)
    def test_of_many_at_once_none_is_missed(self, narrowed, person):
        membership = person("sdr")
        DuplicateChecks.objects.create(
            organization=membership.organization, person=membership.user, since=timezone.now(), count=MOST_CHECKS - 4
        )
        viewer = Viewer.of(membership)
        answers = at_once([lambda: known_lead(viewer, phone="(11) 91234-5678", email="")] * 8)
        assert sum(isinstance(answer, TooManyChecks) for answer in answers) == 4


class TestLog:
    def test_a_hidden_lead_leaves_a_line_with_ids_alone(self, hidden, person, client_of, caplog):
        membership = person("sdr", name="Lucas Prado")
        client = client_of(membership)
        with caplog.at_level(logging.INFO, "leadkeeper"):
            ask(client, 8765)
            ask(client, 1)
            again = {"name": "Again", "phone": "(11) 98765-4321"}
            client.post("/api/leads", again, "application/json")
        lines = [record for record in caplog.records if record.getMessage() == "told of a hidden duplicate"]
        assert [(record.lead, record.asker) for record in lines] == [(hidden.pk, membership.user_id)] * 2
        assert "Lucas" not in caplog.text
        assert "98765" not in caplog.text

    def test_the_limit_leaves_one_line(self, narrowed, person, client_of, caplog):
        membership = person("sdr")
        client = client_of(membership)
        DuplicateChecks.objects.create(
            organization=membership.organization, person=membership.user, since=timezone.now(), count=MOST_CHECKS - 1
        )
        for number in range(4):
            ask(client, number)
        lines = [record for record in caplog.records if record.getMessage() == "too many duplicate checks"]
        assert [record.person for record in lines] == [membership.user_id]
