import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from leadkeeper.leads.assignees import Assignee, exactly, find_assignees
from leadkeeper.storage.errors import Invalid, NotAllowed
from leadkeeper.team.models import Membership, Organization, User
from leadkeeper.team.viewer import Viewer
from tests.conftest import MakePerson
from tests.leads.conftest import MakeLead
from tests.query_plan import query_plan

pytestmark = pytest.mark.django_db


def names(found: tuple[list[Assignee], str | None]) -> list[str]:
    return [person.name for person in found[0]]


def find(viewer: Viewer, query: str = "", **options: Any) -> list[str]:
    return names(find_assignees(viewer, query=query, limit=options.pop("limit", 100), **options))


class TestWhoIsOffered:
    def test_everybody_who_may_be_responsible_though_they_never_signed_in(
        self, person: MakePerson, system: Viewer
    ) -> None:
        for role in ("owner", "admin", "manager", "member", "sdr", "cs", "support"):
            person(role, name=f"The {role}")
        assert find(system) == ["The admin", "The manager", "The member", "The owner", "The sdr"]

    def test_what_an_administrator_set_overrules_the_role(self, person: MakePerson, system: Viewer) -> None:
        for role, may in (("support", True), ("manager", False)):
            membership = person(role, name=f"The {role}")
            membership.may_own_leads = may
            membership.save()
        promoted = person("support", name="The promoted")
        promoted.role_set_here = "sdr"
        promoted.save()
        assert find(system) == ["The promoted", "The support"]

    def test_nobody_who_has_left_and_nobody_from_elsewhere(
        self, person: MakePerson, system: Viewer, other_organization: Organization
    ) -> None:
        person("sdr", name="Gone", active=False)
        person("sdr", name="Elsewhere", organization=other_organization)
        assert find(system) == []

    @pytest.mark.parametrize("role", ["cs", "support"])
    def test_roles_that_may_not_write_leads_have_no_use_for_it(self, viewer: Callable[..., Viewer], role: str) -> None:
        with pytest.raises(NotAllowed):
            find_assignees(viewer(role), limit=10)
        with pytest.raises(NotAllowed):
            exactly(viewer(role), [])


class TestSearch:
    @pytest.mark.parametrize(
        "query",
        ["joao sil", "SIL JOAO", "joão", "da", "j.silva", "silva@ex", "example.com", "João da Silva", "  joao  "],
    )
    def test_every_typed_word_begins_a_word(self, person: MakePerson, system: Viewer, query: str) -> None:
        person("sdr", name="João da Silva", email="j.silva@example.com")
        person("sdr", name="Zoë Prado", email="zoe@elsewhere.org")
        assert find(system, query) == ["João da Silva"]

    @pytest.mark.parametrize("name", ['O\'Brien "Bob"', "🙂 Bob", "‏בוב Bob", "n" * 196 + " Bob"])
    def test_unusual_names(self, person: MakePerson, system: Viewer, name: str) -> None:
        person("sdr", name=name)
        assert find(system, "bob") == [name]


class TestOrder:
    def test_me_first_then_by_folded_name(self, person: MakePerson) -> None:
        for name in ("Bruno", "Érica", "ana", "Álvaro", "Zeca"):
            person("sdr", name=name)
        me = Viewer.of(person("sdr", name="Lucas"))
        assert find(me) == ["Lucas", "Álvaro", "ana", "Bruno", "Érica", "Zeca"]

    def test_me_only_where_i_match(self, person: MakePerson) -> None:
        person("sdr", name="Bruno")
        me = Viewer.of(person("sdr", name="Lucas"))
        assert find(me, "bru") == ["Bruno"]

    @pytest.mark.parametrize(
        ("query", "order"),
        [
            ("ma", ["Mara Dias", "Márcia Alves", "Maria Moraes", "Ana Maria", "Bruno Matos"]),
            ("  MÁ ", ["Mara Dias", "Márcia Alves", "Maria Moraes", "Ana Maria", "Bruno Matos"]),
            ("maria", ["Maria Moraes", "Ana Maria"]),
            ("joao s", ["João Sá", "João da Silva"]),
            ("João   Sá", ["João Sá"]),
            ("s joao", ["João da Silva", "João Sá"]),
        ],
    )
    def test_who_begins_with_what_was_typed_comes_before_the_rest(
        self, person: MakePerson, system: Viewer, query: str, order: list[str]
    ) -> None:
        everybody = (
            "Ana Maria",
            "Bruno Matos",
            "Márcia Alves",
            "Maria Moraes",
            "Mara Dias",
            "João da Silva",
            "João Sá",
        )
        for name in everybody:
            person("sdr", name=name, email="")
        assert find(system, query) == order

    def test_me_before_those_who_begin_with_it(self, person: MakePerson) -> None:
        person("sdr", name="Maria Moraes")
        me = Viewer.of(person("sdr", name="Ana Maria"))
        assert find(me, "maria") == ["Ana Maria", "Maria Moraes"]

    @pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6, 7])
    def test_page_after_page_those_who_begin_with_it_first(self, person: MakePerson, limit: int) -> None:
        for name in ("Zoé Bruno", "Bruno", "Ana Bruno", "Brunoza", "Carla Bruno"):
            person("sdr", name=name, email="")
        me = Viewer.of(person("sdr", name="Me Bruno", email=""))
        seen: list[str] = []
        cursor: str | None = None
        while True:
            items, cursor = find_assignees(me, query="bruno", limit=limit, cursor=cursor)
            seen += [one.name for one in items]
            if cursor is None:
                break
        assert seen == ["Me Bruno", "Bruno", "Brunoza", "Ana Bruno", "Carla Bruno", "Zoé Bruno"]

    @pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
    def test_page_after_page_everybody_once(self, person: MakePerson, limit: int) -> None:
        for name in ("Bruno", "Érica", "Ana", "Ana", "Ana", ""):
            person("sdr", name=name)
        me = Viewer.of(person("sdr", name="Lucas"))
        everybody = [found.id for found in find_assignees(me, limit=100)[0]]
        assert everybody[0] == me.person_id

        seen: list[uuid.UUID] = []
        cursor: str | None = None
        while True:
            items, cursor = find_assignees(me, limit=limit, cursor=cursor)
            assert 0 < len(items) <= limit
            seen += [found.id for found in items]
            if cursor is None:
                break
        assert seen == everybody
        assert len(set(seen)) == 7

    @pytest.mark.parametrize("cursor", ["x", "!", "é", "AAAA", "a" * 5000, "=", "MDAw", "1.", "9.x", "-1.x", ".", "²."])
    def test_a_cursor_that_is_none_is_refused(self, system: Viewer, cursor: str) -> None:
        with pytest.raises(Invalid) as refused:
            find_assignees(system, limit=10, cursor=cursor)
        assert refused.value.field == "cursor"


class TestWhatIsSaid:
    def test_a_row_holds_what_a_picker_shows(self, person: MakePerson, lead: MakeLead) -> None:
        lucas = person("sdr", name="Lucas Prado", email="lucas@example.com")
        lucas.capacity = 30
        lucas.save()
        lead(assigned_to=lucas.user_id)
        lead(assigned_to=lucas.user_id, stage="fechado_ganho")

        (row,), _ = find_assignees(Viewer.of(lucas), limit=10)

        assert row == Assignee(
            id=lucas.user_id,
            name="Lucas Prado",
            email="lucas@example.com",
            role=lucas.role,
            avatar_url=None,
            open_leads=1,
            capacity=30,
            away_until=None,
            is_me=True,
            active=True,
        )


class TestExactly:
    def test_these_people_also_those_no_longer_assignable(
        self, person: MakePerson, system: Viewer, other_organization: Organization
    ) -> None:
        gone, helper = person("sdr", name="Gone", active=False), person("support", name="Anna of support")
        person("sdr", name="Not asked for")
        elsewhere = person("sdr", organization=other_organization)
        ids = [gone.user_id, helper.user_id, elsewhere.user_id, uuid.uuid4()]
        assert [(row.name, row.active) for row in exactly(system, ids)] == [("Anna of support", True), ("Gone", False)]


class TestQueries:
    @pytest.mark.parametrize("people", [1, 100])
    def test_as_many_for_a_hundred_people_as_for_one(
        self,
        person: MakePerson,
        people: int,
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        me = Viewer.of(person("sdr", name="Me"))
        ids = [person("sdr", name=f"Seller {number}").user_id for number in range(people)]
        with django_assert_num_queries(3):
            items, _ = find_assignees(me, query="", limit=200)
        assert len(items) == people + 1
        with django_assert_num_queries(2):
            exactly(me, ids)

    def test_the_first_of_many_people_are_read_along_the_index_of_names(self, system: Viewer) -> None:
        users = User.objects.bulk_create(User(username=f"u{number}", name=f"P {number}") for number in range(3_000))
        Membership.objects.bulk_create(
            Membership(organization=system.organization, user=user, directory_role="sdr", folded_name=user.name.lower())
            for user in users
        )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        with CaptureQueriesContext(connection) as asked:
            find_assignees(system, limit=100)
        plan = query_plan(asked.captured_queries[0]["sql"])
        assert "membership_by_name" in plan
        assert not re.search(r"Sort|TEMP B-TREE|Seq Scan|SCAN", plan), plan
