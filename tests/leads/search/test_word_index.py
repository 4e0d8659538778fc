"""The index of words: it finds what a look at every lead finds, on both databases, whatever people type."""

import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from leadkeeper.leads.assign import assign
from leadkeeper.leads.choices import Reason
from leadkeeper.leads.delete import delete
from leadkeeper.leads.edit import LeadChanges, edit
from leadkeeper.leads.models import Lead
from leadkeeper.leads.phone import phone_words
from leadkeeper.leads.search import newest, word_index
from leadkeeper.leads.search.newest import NEWEST_FIRST, count_up_to, first_page
from leadkeeper.leads.search.read_query import read_query
from leadkeeper.leads.search.search import find_newest, search
from leadkeeper.storage.visible_text import visible
from leadkeeper.storage.words import searchable, words
from leadkeeper.team.models import Organization
from leadkeeper.team.viewer import Viewer
from tests.conftest import MakePerson
from tests.leads.conftest import MakeLead
from tests.query_plan import query_plan

pytestmark = pytest.mark.django_db
EXAMPLES = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

NAMES = (
    "João da Silva", "Joana D'Arc", "Ana-Clara Souza", "ANA souza", "Íñigo Ção", "<script>alert(1)</script>",
    "🙂 Lopes",
    "محمد عبد الله", 'Zé "Grilo" Silva', "x" * 200, "OR NOT AND", "straße", "Ⅷ Ⓐna", "silva silva", "a b c d",
    "ﬁlipe", "İstanbul", "Łukasz Søren", "Jo\u00adana \u202eÞór",
)  # fmt: skip
PHONES = ("", "+5511987654321", "+552133334444", "+5511912345678", "+351912345678")
EMAILS = ("", "joao.silva@example.com", "ana+crm@gmail.com", "o'brien@co-op.org", "silva@silva.com")
TYPED = (
    '"', "*", "OR", "-", ":", "joao OR ana", '"joao"', "jo*", "-silva", "words:silva", "NEAR(joao silva)", "(11) 98",
    "+55 11 9", "98765-4321", "o'brien", "co-op", "ana+crm", "\\", "'", "&", "|", "!", "joao & !silva", "<->", "عبد",
    "🙂", "jo\0ao", "ª", "JOÃO", "x" * 80, "x" * 64, "silva" * 30, "a b c d e f g h i j", "%", "_", "strasse", "viii",
    "lukasz", "thor", "joana", "---", "9876-5432", "(11) 8765-4321", "silva 98765-4321", "ramal 12", "\u0301",
)  # fmt: skip

names = st.one_of(
    st.sampled_from(NAMES), st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)
)
leads = st.tuples(names, st.sampled_from(PHONES), st.sampled_from(EMAILS), st.integers(0, 3))
typed = st.one_of(
    st.sampled_from(TYPED),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.builds(lambda name, length: name[:length], st.sampled_from(NAMES), st.integers(0, 12)),
    st.builds(lambda one, two: f"{one[:4]} {two[:3]}", st.sampled_from(NAMES), st.sampled_from(NAMES)),
)


@pytest.fixture(params=["common", "rare"])
def glanced_at(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """So few leads are looked at first that the index is asked for nearly everything; words are all rare, or not."""
    often = 10**6 if request.param == "common" else 0
    monkeypatch.setattr(newest, "_NEAR", 0)
    monkeypatch.setattr(newest, "_GLANCED_AT", {"sqlite": 1, "postgresql": 1})
    monkeypatch.setattr(newest, "_GLANCED_AT_OF_NOBODY", {"sqlite": 1, "postgresql": 1})
    monkeypatch.setattr(newest, "_FREQUENT", dict.fromkeys(("sqlite", "postgresql"), often))
    monkeypatch.setattr(newest, "_COMMON", 0)
    monkeypatch.setattr(newest, "_COMMON_OF_NOBODY", 0)
    return str(request.param)


def found(viewer: Viewer, *, limit: int = 2, backwards: bool = False, **narrowed: str) -> list[Lead]:
    """All pages, one after the other."""
    everything: list[Lead] = []
    cursor: str | None = None
    order = NEWEST_FIRST.reversed if backwards else NEWEST_FIRST
    while True:
        page = first_page(find_newest(viewer, **narrowed), limit=limit, cursor=cursor, order=order)
        everything += page.rows
        if not (cursor := page.next):
            return everything


def begin_words(lead: Lead, query: str) -> bool:
    """The rule in plain Python."""
    there = words(" ".join([*phone_words(lead.phone), lead.email, lead.name]))
    return any(
        all(any(word.startswith(begun) for word in there) for begun in words(reading)[:8])
        and (bool(words(reading)) or not visible(reading))
        for reading in read_query(query, "BR")
    )


def newest_first(leads: list[Lead]) -> list[Lead]:
    return sorted(leads, key=lambda lead: (lead.created_at, lead.id), reverse=True)


class TestTheSameAsInPlainPython:
    @EXAMPLES
    @given(stored=st.lists(leads, max_size=8), query=typed)
    @example(stored=[("João da Silva", "", "", 0)] * 5, query="jo da sil")
    @example(stored=[("x" * 200, "", "", 0)], query="x" * 200)
    @example(stored=[("Ana", "+5511987654321", "8765.4321@example.com", 0)] * 3, query="8765-4321")
    def test_whatever_is_stored_and_typed(
        self, db: None, glanced_at: str, stored: list[tuple[str, str, str, int]], query: str
    ) -> None:
        organization = Organization.objects.create(name="Of this example")
        moment = datetime(2026, 11, 22, 8, 0, 0, 123_456, tzinfo=UTC)
        made = [
            Lead(
                organization=organization,
                name=name,
                phone=phone,
                email=email,
                words=searchable(*phone_words(phone), email, name, limit=1000),
                # Some in the same millisecond, some in the same microsecond, none in the order in which they are made.
                created_at=moment + timedelta(microseconds=(0, 1, 1, 1500)[later]),
            )
            for name, phone, email, later in stored
        ]
        for each in made:
            # One phone number may be here several times.
            each.duplicate_of = None if each is made[0] else made[0]
            each.save(force_insert=True)
        viewer = Viewer.system(organization)

        wanted = newest_first([lead for lead in made if begin_words(lead, query)])

        assert found(viewer, query=query) == wanted
        assert found(viewer, query=query, backwards=True) == wanted[::-1]
        assert set(search(viewer, query=query)) == set(wanted)
        assert count_up_to(3, find_newest(viewer, query=query)) == min(len(wanted), 4)


class TestTheIndexFollows:
    def test_a_lead_is_found_by_its_new_name_and_no_longer_by_its_old_one(
        self, lead: MakeLead, system: Viewer, glanced_at: str
    ) -> None:
        lead("Somebody newer")
        changed = lead("Marina Lopes")
        lead("Somebody newest")
        edit(changed.id, LeadChanges(name="Beatriz Prado"), by=system)
        assert found(system, query="beatriz") == [changed]
        assert found(system, query="marina") == []

    def test_a_deleted_lead_is_not_found(self, lead: MakeLead, system: Viewer, glanced_at: str) -> None:
        gone = lead("Marina Lopes")
        lead("Somebody newest")
        delete(gone.id, by=system)
        assert found(system, query="marina") == []

    def test_leads_made_or_removed_by_the_thousand_need_no_special_care(self, system: Viewer, glanced_at: str) -> None:
        many = [
            Lead(organization=system.organization, name=f"Lead {number}", words=f" lead {number}")
            for number in range(30)
        ]
        Lead.objects.bulk_create(many)
        assert found(system, query="lead", limit=7) == newest_first(many)
        Lead.objects.filter(id__in=[lead.id for lead in many[:20]]).delete()
        assert found(system, query="lead", limit=7) == newest_first(many[20:])

    def test_thousands_of_one_moment_are_paged_in_order(self, system: Viewer, glanced_at: str) -> None:
        moment = datetime(2020, 1, 1, tzinfo=UTC)
        many = [
            Lead(organization=system.organization, name="Imported", words=" imported", created_at=moment)
            for _ in range(300)
        ]
        Lead.objects.bulk_create(many)
        assert found(system, query="imported", limit=50) == newest_first(many)

    def test_a_transaction_that_is_undone_leaves_nothing(self, lead: MakeLead, system: Viewer, glanced_at: str) -> None:
        with transaction.atomic():
            lead("Marina Lopes")
            transaction.set_rollback(True)
        lead("Somebody else")
        assert found(system, query="marina") == []

    @pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL changes tables in place")
    def test_triggers_lost_with_a_table_made_anew_come_back(self, lead: MakeLead, system: Viewer) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER leads_search_insert")
        word_index.renew_triggers(connection)
        known = lead("Marina Lopes")
        assert list(word_index.narrowed(Lead.objects.all(), ["marina"])) == [known]


@pytest.mark.parametrize("year", [1, 1969, 2300, 9999])
def test_a_cursor_of_another_age_is_no_mistake_of_ours(
    lead: MakeLead, system: Viewer, glanced_at: str, year: int
) -> None:
    made = [lead(f"Marina {number}") for number in range(3)]
    cursor = urlsafe_b64encode(f"{made[0].id.hex}{year:04}-02-03T04:05:06+00:00".encode()).decode().rstrip("=")
    for order, all_follow in ((NEWEST_FIRST, year > 2026), (NEWEST_FIRST.reversed, year < 2026)):
        page = first_page(find_newest(system, query="marina"), limit=5, cursor=cursor, order=order)
        assert len(page.rows) == (3 if all_follow else 0)


class TestFiltersAndVisibility:
    def test_they_narrow_what_the_index_finds(
        self, lead: MakeLead, person: MakePerson, system: Viewer, glanced_at: str
    ) -> None:
        bruno = person("sdr").user_id
        wanted = lead("Marina Lopes", stage="qualificado", source="evento", assigned_to=bruno)
        for other in ({"stage": "novo"}, {"source": "outro"}, {"assigned_to": None}):
            fields: dict[str, Any] = {"stage": "qualificado", "source": "evento", "assigned_to": bruno} | other
            lead("Marina Lopes", **fields)
        narrowed = {"stage": "qualificado", "source": "evento", "assigned_to": str(bruno)}
        assert found(system, query="mar lop", **narrowed) == [wanted]

    def test_a_lead_that_is_given_and_given_up_is_found_among_nobodys_while_it_is(
        self, lead: MakeLead, person: MakePerson, system: Viewer, glanced_at: str
    ) -> None:
        bruno = person("sdr").user
        others = [lead("Marina Lopes") for _ in range(3)]
        wanted = lead("Marina Lopes")
        for to in (bruno, None, bruno, None):
            assign(wanted, to, by=system, reason=Reason.MANUAL)
            expected = newest_first(others if to else [*others, wanted])
            assert found(system, query="mar", assigned_to="none") == expected

    def test_sellers_who_see_only_theirs_page_through_those_and_nobodys(
        self, lead: MakeLead, person: MakePerson, organization: Organization, glanced_at: str
    ) -> None:
        organization.visibility = Organization.Visibility.OWN_AND_UNASSIGNED
        organization.save()
        bruno, carla = person("sdr"), person("sdr")
        owners = [bruno.user_id, None, carla.user_id] * 4
        made = [lead("Marina Lopes", assigned_to=owner) for owner in owners]
        seller = Viewer.of(bruno)

        seen = [lead for lead in newest_first(made) if lead.assigned_to_id != carla.user_id]
        for query in ("", "mar"):
            assert found(seller, query=query, limit=3) == seen
            assert set(search(seller, query=query)) == set(seen)
            assert count_up_to(100, find_newest(seller, query=query)) == len(seen)
            assert found(seller, query=query, assigned_to=str(carla.user_id)) == []
            assert {lead.assigned_to_id for lead in found(seller, query=query, assigned_to="me")} == {bruno.user_id}
            assert {lead.assigned_to_id for lead in found(seller, query=query, assigned_to="none")} == {None}

    def test_another_organization_finds_nothing(
        self, lead: MakeLead, other_organization: Organization, glanced_at: str
    ) -> None:
        lead("Marina Lopes")
        lead("Somebody newest")
        lead("Theirs", organization=other_organization)
        lead("Theirs, too", organization=other_organization)
        assert found(Viewer.system(other_organization), query="marina") == []


class TestWorkIsBounded:
    def test_a_page_costs_as_many_queries_with_a_hundred_leads_as_with_one(
        self, lead: MakeLead, system: Viewer, django_assert_num_queries: Callable[..., Any]
    ) -> None:
        lead("Marina Lopes")
        for more in (0, 99):
            for number in range(more):
                lead(f"Marina {number}")
            with django_assert_num_queries(2):
                first_page(find_newest(system, query="marina"), limit=50, cursor=None)
            with django_assert_num_queries(1):
                first_page(find_newest(system), limit=50, cursor=None)

    def test_a_rare_word_costs_as_many_however_often_it_is_found(
        self, lead: MakeLead, system: Viewer, glanced_at: str, django_assert_max_num_queries: Callable[..., Any]
    ) -> None:
        for number in range(20):
            lead(f"Marina {number}")
        with django_assert_max_num_queries(5):
            assert len(first_page(find_newest(system, query="marina"), limit=5, cursor=None).rows) == 5

    def test_a_frequent_beginning_costs_a_walk_along_the_newest_alone(self, system: Viewer) -> None:
        now = timezone.now()
        Lead.objects.bulk_create(
            Lead(
                organization=system.organization,
                name=f"Marina {number}",
                phone=f"+55{number}",
                words=" marina" if number % 4 == 0 else " somebody",
                created_at=now - timedelta(seconds=number),
            )
            for number in range(3_000)
        )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        with CaptureQueriesContext(connection) as asked:
            page = first_page(find_newest(system, query="mar"), limit=50, cursor=None)
            following = first_page(find_newest(system, query="mar"), limit=50, cursor=page.next)
        assert [lead.name for lead in (*page.rows, *following.rows)] == [f"Marina {4 * place}" for place in range(100)]
        assert len(asked) == 4
        for query in asked.captured_queries:
            plan = query_plan(query["sql"])
            assert "lead_newest" in plan, plan
            assert not re.search(r"Sort|TEMP B-TREE|Aggregate", plan), plan
            assert "COUNT" not in query["sql"]
