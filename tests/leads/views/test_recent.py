"""The leads that passed through somebody's hands lately."""

import pytest
from django.db import transaction

from leadkeeper.leads.choose import choose
from leadkeeper.leads.create import NewLead, create
from leadkeeper.leads.delete import delete
from leadkeeper.leads.models import Lead
from leadkeeper.leads.transfers.transfer import Wanted, decide, transfer
from leadkeeper.leads.views.recent import MOST_RECENT, recent
from leadkeeper.team.viewer import Viewer

pytestmark = pytest.mark.django_db


@pytest.fixture
def sara(viewer):
    return viewer("sdr", name="Sara")


@pytest.fixture
def bruno(viewer):
    return viewer("manager", name="Bruno")


def names(viewer):
    return [one.lead.name for one in recent(viewer)]


def hand(lead, to, by):
    with transaction.atomic():
        choose(lead.pk, to and to.person_id, by=by)


class TestRecent:
    def test_given_taken_entered_and_given_away_the_last_first(self, lead, sara, bruno):
        taken, away = lead("Taken"), lead("Given away", assigned_to=bruno.person_id)
        hand(taken, sara, sara)
        with transaction.atomic():
            create(NewLead(name="Entered", phone="(11) 95555-0000", assigned_to=bruno.person_id), by=sara)
        lead("Given", assigned_to=sara.person_id)
        hand(away, None, sara)
        lead("Another's", assigned_to=bruno.person_id)
        assert names(sara) == ["Given away", "Given", "Entered", "Taken"]

    def test_a_lead_is_there_once_where_it_was_last_touched(self, lead, sara, bruno):
        one = lead("One", assigned_to=sara.person_id)
        lead("Two", assigned_to=sara.person_id)
        hand(one, bruno, sara)
        assert names(sara) == ["One", "Two"]
        assert recent(sara)[0].at == one.ownership.order_by("id").last().at

    def test_what_one_moves_in_bulk_is_its_receivers_and_not_ones_own(self, lead, sara, bruno):
        mine = lead("Mine", assigned_to=bruno.person_id)
        others = [lead(f"Lead {number}") for number in range(3)]
        plan = decide(Wanted(leads=tuple(one.pk for one in others), to=(sara.person_id,)), by=bruno)
        with transaction.atomic():
            transfer(plan, by=bruno)
        assert names(bruno) == [mine.name]
        assert len(names(sara)) == 3

    def test_what_is_gone_or_out_of_sight_is_not_there(self, lead, sara, bruno, organization):
        gone, hidden = (lead(name, assigned_to=sara.person_id) for name in ("Gone", "Hidden"))
        hand(hidden, bruno, bruno)
        delete(gone.pk, by=bruno)
        assert names(sara) == ["Hidden"]
        organization.visibility = "own_and_unassigned"
        narrowed = Viewer(organization, sara.kind, sara.role, sara.name, person_id=sara.person_id)
        assert names(narrowed) == []

    def test_each_organization_for_itself(self, lead, sara, other_organization):
        lead("Here", assigned_to=sara.person_id)
        there = Viewer(other_organization, sara.kind, sara.role, sara.name, person_id=sara.person_id)
        assert names(there) == []

    def test_a_page_of_them_however_many_there_are(self, lead, sara, django_assert_num_queries):
        lead(assigned_to=sara.person_id)
        with django_assert_num_queries(3):
            recent(sara)
        for _ in range(MOST_RECENT + 5):
            lead(assigned_to=sara.person_id)
        with django_assert_num_queries(3):
            assert len(recent(sara)) == MOST_RECENT

    def test_a_program_has_none(self, system, lead):
        lead()
        assert recent(system) == []


class TestPage:
    def test_it_says_why_it_is_empty(self, person, client_of):
        page = client_of(person("sdr")).get("/leads/recent", headers={"accept-language": "en"}).content.decode()
        assert "Nothing has passed through your hands yet" in page

    def test_as_many_queries_for_one_as_for_many(self, person, client_of, lead, django_assert_num_queries):
        me = person("sdr")
        client = client_of(me)
        lead("One", assigned_to=me.user_id)
        # Session, viewer, changes (given, done), leads, views (mine, others'), counts, people, me, and what is unread.
        with django_assert_num_queries(12):
            client.get("/leads/recent")
        for _ in range(60):
            lead(assigned_to=me.user_id)
        with django_assert_num_queries(12):
            assert client.get("/leads/recent").content.decode().count('class="row-link"') == MOST_RECENT
        assert Lead.objects.count() == 61
