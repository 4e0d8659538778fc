"""What an open owner picker offers, and in which order."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from leadkeeper.leads.assignees import Assignee
from leadkeeper.leads.choose import choose
from leadkeeper.leads.offer import Offer, offer
from leadkeeper.storage.errors import NotAllowed
from leadkeeper.team.models import Membership, Organization
from leadkeeper.team.viewer import Viewer
from tests.conftest import MakePerson
from tests.leads.conftest import MakeLead

pytestmark = pytest.mark.django_db


def names(people: list[Assignee]) -> list[str]:
    return [person.name for person in people]


def order(offered: Offer) -> list[list[str]]:
    return [names(offered.first), names(offered.recent), names(offered.others)]


@pytest.fixture
def ana(person: MakePerson) -> Viewer:
    return Viewer.of(person("manager", name="Ana Souza"))


@pytest.fixture
def give(lead: MakeLead, ana: Viewer) -> Callable[..., None]:
    """Ana gives a new lead to somebody."""

    def give(to: Membership, *, by: Viewer = ana) -> None:
        with transaction.atomic():
            choose(lead().pk, to.user_id, by=by)

    return give


def away(membership: Membership, days: int) -> None:
    membership.away_until = timezone.localdate() + timedelta(days=days)
    membership.save()


class TestWithoutAQuery:
    def test_me_the_current_one_my_recent_ones_then_everybody_by_name(
        self, ana: Viewer, person: MakePerson, give: Callable[..., None]
    ) -> None:
        zeca, bruno, carla, davi = (person("sdr", name=name) for name in ("Zeca", "Bruno", "Carla", "Davi"))
        give(bruno)
        give(davi)
        give(bruno)
        offered = offer(ana, current=zeca.user_id, limit=20)
        assert order(offered) == [["Ana Souza", "Zeca"], ["Bruno", "Davi"], ["Carla"]]
        assert offered.next is None
        assert carla.user_id == offered.others[0].id

    def test_the_recent_ones_are_mine_of_here_and_may_still_be_responsible(
        self, ana: Viewer, person: MakePerson, give: Callable[..., None], viewer: Callable[..., Viewer]
    ) -> None:
        bruno, gone = person("sdr", name="Bruno"), person("sdr", name="Gone")
        give(gone)
        Membership.objects.filter(pk=gone.pk).update(active=False)
        give(bruno, by=viewer("manager", name="Érica"))
        assert order(offer(ana, limit=20)) == [["Ana Souza"], [], ["Bruno", "Érica"]]

    def test_at_most_five_are_recent_and_i_am_none_of_them(
        self, ana: Viewer, person: MakePerson, give: Callable[..., None]
    ) -> None:
        people = [person("sdr", name=f"Person {number}") for number in range(7)]
        for one in people:
            give(one)
        give(Membership.objects.get(user_id=ana.person_id))
        offered = offer(ana, limit=20)
        assert names(offered.recent) == [f"Person {number}" for number in (6, 5, 4, 3, 2)]
        assert names(offered.others) == ["Person 0", "Person 1"]

    def test_whoever_is_away_comes_last_and_whoever_is_back_does_not(self, ana: Viewer, person: MakePerson) -> None:
        bruno, carla, davi = (person("sdr", name=name) for name in ("Bruno", "Carla", "Davi"))
        away(bruno, days=0)
        away(carla, days=-1)
        offered = offer(ana, limit=20)
        assert names(offered.others) == ["Carla", "Davi", "Bruno"]
        assert [person.away_until for person in offered.others] == [None, None, timezone.localdate()]
        assert davi.active

    def test_of_very_many_the_first_are_shown_and_said_to_be_the_first(self, ana: Viewer, person: MakePerson) -> None:
        for number in range(6):
            person("sdr", name=f"Person {number}")
        offered = offer(ana, limit=5)
        assert len(offered.others) == 5
        assert offered.next
        assert offer(ana, limit=6).next is None

    @pytest.mark.parametrize("limit", [1, 2, 3, 4, 20])
    def test_page_after_page_everybody_comes_once_and_the_away_last(
        self, ana: Viewer, person: MakePerson, give: Callable[..., None], limit: int
    ) -> None:
        people = [person("sdr", name=f"Person {number}") for number in range(9)]
        for one in (people[0], people[4]):
            away(one, days=2)
        give(people[6])
        pages = [offer(ana, limit=limit)]
        while pages[-1].next:
            pages.append(offer(ana, limit=limit, cursor=pages[-1].next))
        assert order(pages[0])[:2] == [["Ana Souza"], ["Person 6"]]
        assert {(*one.first, *one.recent) for one in pages[1:]} <= {()}
        assert all(len(one.others) == limit for one in pages[:-1])
        everybody = [name for one in pages for name in names(one.others)]
        assert everybody == [f"Person {number}" for number in (1, 2, 3, 5, 7, 8, 0, 4)]

    def test_a_key_has_nobody_recent(self, person: MakePerson, system: Viewer) -> None:
        person("sdr", name="Bruno")
        assert order(offer(system, limit=20)) == [[], [], ["Bruno"]]


class TestWithAQuery:
    def test_every_word_begins_a_word_me_first_and_the_away_last(self, ana: Viewer, person: MakePerson) -> None:
        away(person("sdr", name="Anderson Souto"), days=3)
        person("sdr", name="Antônio Soares")
        person("sdr", name="Bruno Dias")
        found = offer(ana, query="an so", limit=20)
        assert order(found) == [["Ana Souza"], [], ["Antônio Soares", "Anderson Souto"]]

    def test_who_begins_with_what_was_typed_comes_first_and_the_away_last(
        self, ana: Viewer, person: MakePerson
    ) -> None:
        for name in ("Beatriz Maia", "Márcia", "Carla Matos", "Maria"):
            person("sdr", name=name, email="")
        for name in ("Alice Maia", "Mara"):
            away(person("sdr", name=name, email=""), days=3)
        everybody = ["Márcia", "Maria", "Beatriz Maia", "Carla Matos", "Mara", "Alice Maia"]
        assert names(offer(ana, query="ma", limit=20).others) == everybody
        for limit in (1, 2, 3, 4, 5):
            pages = [offer(ana, query="ma", limit=limit)]
            while pages[-1].next:
                pages.append(offer(ana, query="ma", limit=limit, cursor=pages[-1].next))
            assert [name for one in pages for name in names(one.others)] == everybody

    @pytest.mark.parametrize("query", ['<script>"', "%_\\", "\u202e", "\U0001f600", "x" * 5000])
    def test_whatever_is_typed_is_answered(self, ana: Viewer, query: str) -> None:
        assert offer(ana, query=query, limit=20).recent == []


class TestThePage:
    def test_it_answers_what_the_picker_draws(
        self, client_of: Callable[..., Client], person: MakePerson, other_organization: Organization
    ) -> None:
        name = "<script>alert(1)</script> \u202eאבג 😀 \"'"
        ana = person("manager", name="Ana Souza")
        person("sdr", name=name)
        person("sdr", name="Elsewhere", organization=other_organization)
        answer = client_of(ana).get("/leads/people", {"current": "nonsense"})
        assert answer.json()["others"][0]["name"] == name
        assert [one["name"] for one in answer.json()["first"]] == ["Ana Souza"]
        assert answer["Content-Type"] == "application/json"
        assert set(answer.json()) == {"first", "recent", "others", "next"}

    @pytest.mark.parametrize("cursor", ["x", "1.x", "\0", "1.1.", "7.x", "-1.x"])
    def test_a_cursor_that_is_none_is_as_if_there_were_none(
        self, client_of: Callable[..., Client], person: MakePerson, cursor: str
    ) -> None:
        client = client_of(person("manager"))
        answer = client.get("/leads/people", {"cursor": cursor})
        assert (answer.status_code, answer.json()) == (200, client.get("/leads/people").json())

    def test_as_many_queries_for_one_as_for_a_hundred(
        self,
        ana: Viewer,
        person: MakePerson,
        give: Callable[..., None],
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        # Whom I have chosen lately, these and me, the others, those away, and how much all of them have to do.
        with django_assert_num_queries(5):
            offer(ana, limit=100)
        for number in range(99):
            person("sdr", name=f"Person {number}")
        give(person("sdr"))
        with django_assert_num_queries(5):
            assert len(offer(ana, limit=100).others) == 99

    def test_who_may_not_edit_leads_asks_in_vain(self, viewer: Callable[..., Viewer]) -> None:
        with pytest.raises(NotAllowed):
            offer(viewer("support"), limit=20)


def test_the_recent_ones_are_found_by_an_index(ana: Viewer) -> None:
    from leadkeeper.leads.models import OwnershipChange

    mine = OwnershipChange.objects.filter(by_kind="person", by_id=ana.person_id, batch=None).order_by("-id")[:50]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
    assert "ownership_chosen_by" in mine.explain()
