import uuid
from collections.abc import Callable

import pytest

from leadkeeper.leads.models import Lead
from leadkeeper.leads.search.newest import count_up_to, first_page
from leadkeeper.leads.search.search import find_newest, search
from leadkeeper.storage.errors import Invalid
from leadkeeper.team.models import Organization
from leadkeeper.team.viewer import Viewer
from tests.conftest import MakePerson
from tests.leads.conftest import MakeLead

pytestmark = pytest.mark.django_db


class TestWords:
    @pytest.mark.parametrize(
        "query",
        ["joao", "JOÃO sil", "sil joao", "da silva", "joao.silva@", "example", "exa jo", "JOÃO", ""],
    )
    def test_every_word_begins_a_word_of_name_or_email(self, lead: MakeLead, system: Viewer, query: str) -> None:
        joao = lead("João da Silva", email="Joao.Silva@Example.com")
        assert list(search(system, query=query)) == [joao]

    @pytest.mark.parametrize("query", ["oao", "silva maria", "joa0", "\0x", "silvana"])
    def test_and_nothing_else_is_found(self, lead: MakeLead, system: Viewer, query: str) -> None:
        lead("João da Silva")
        assert list(search(system, query=query)) == []

    @pytest.mark.parametrize("query", ["%", "_", "'", "---", "🙂", "*", "()-", "+", "% '"])
    def test_where_there_is_no_letter_or_digit_nothing_is_found(
        self, lead: MakeLead, system: Viewer, query: str
    ) -> None:
        lead("João 🙂 'da' Silva-Souza 100%")
        assert list(search(system, query=query)) == []
        assert [list(part.matching) for part in find_newest(system, query=query)] == [[]]
        assert count_up_to(10, find_newest(system, query=query)) == 0

    @pytest.mark.parametrize("query", ["joao%", "\0", "joao \u200b", "\u200b", " ", "jo\u00adao"])
    def test_beside_those_what_is_no_letter_or_digit_asks_for_nothing(
        self, lead: MakeLead, system: Viewer, query: str
    ) -> None:
        joao = lead("João da Silva")
        assert list(search(system, query=query)) == [joao]

    @pytest.mark.parametrize(
        ("name", "query"),
        [
            ("Łukasz Søren", "lukasz soren"),
            ("Đorđe", "dorde"),
            ("Jo\u00adana", "joana"),
            ("Jo\u200bana", "joana"),
            ("Joana", "jo\u00adana"),
            ("Weiß", "WEISS"),
            ("Oʻzbek", "o'zbek"),
        ],
    )
    def test_names_are_found_by_plain_letters(self, lead: MakeLead, system: Viewer, name: str, query: str) -> None:
        named = lead(name)
        assert list(search(system, query=query)) == [named]

    @pytest.mark.parametrize("email", ["z@münchen.example", "z@xn--mnchen-3ya.example"])
    @pytest.mark.parametrize("query", ["z@münchen.example", "z@xn--mnchen-3ya.example", "munchen"])
    def test_an_address_is_found_in_both_forms_of_its_domain(
        self, lead: MakeLead, system: Viewer, email: str, query: str
    ) -> None:
        named = lead(email=email)
        assert list(search(system, query=query)) == [named]

    @pytest.mark.parametrize(
        "query",
        [
            "11987654321", "(11) 98765-4321", "+55 11 98765", "5511 9", "98765-43", "11 98765", "987", "+55 (11)",
            "011 98765-4321", "+55 (0)11 98765-4321", "0055 11 98765-4321", "015 11 98765-4321",
            "marina 98765-4321", "marina (11) 98765-4321", "(11) 98765-4321 lopes", "(11) 98765-432", "98765432",
            "(11) 8765-4321", "8765-4321", "551187654321", "+55 11 8765-4321", "011 8765-4321", "marina 8765-4321",
        ],
    )  # fmt: skip
    def test_a_phone_number_is_found_as_people_type_it(self, lead: MakeLead, system: Viewer, query: str) -> None:
        marina = lead(phone="+5511987654321")
        lead(phone="21 3333-4444")
        assert list(search(system, query=query)) == [marina]
        assert first_page(find_newest(system, query=query), limit=5, cursor=None).rows == [marina]

    @pytest.mark.parametrize(
        ("phone", "query"),
        [
            ("+52 55 1234 5678", "+52 1 55 1234 5678"),
            ("+52 55 1234 5678", "5215512345678"),
            ("+52 1 55 1234 5678", "55 1234 5678"),
            ("+54 9 11 2345-6789", "+54 11 2345-6789"),
            ("+54 11 2345-6789", "+54 9 11 2345-6789"),
            ("+54 11 2345-6789", "5491123456789"),
            ("+54 9 11 2345-6789", "11 2345-6789"),
        ],
    )
    def test_so_is_one_of_a_country_that_has_changed_its_numbers(
        self, lead: MakeLead, system: Viewer, phone: str, query: str
    ) -> None:
        foreign = lead(phone=phone)
        lead(phone="21 3333-4444")
        assert list(search(system, query=query)) == [foreign]

    def test_what_is_found_in_two_ways_is_there_once(self, lead: MakeLead, system: Viewer) -> None:
        both = lead(phone="+5511987654321", email="8765.4321.987654321@example.com")
        beginning, old_form = lead(phone="(11) 98765-4322"), lead(phone="(11) 99876-5432")
        found = find_newest(system, query="8765-4321")
        assert first_page(found, limit=5, cursor=None).rows == list(search(system, query="8765-4321")) == [both]
        found = find_newest(system, query="9876-5432")
        assert set(first_page(found, limit=5, cursor=None).rows) == {both, beginning, old_form}
        assert count_up_to(10, found) == 3

    @pytest.mark.parametrize(
        "query", ["ramal 12", "x12", "ext. 12", "12", "(11) 3333-4444 ramal 12", "3333-4444 x12", "marina ramal 12"]
    )
    def test_an_extension_is_found(self, lead: MakeLead, system: Viewer, query: str) -> None:
        marina = lead(phone="(11) 3333-4444 ramal 12")
        lead("Marina", phone="(11) 3333-4444 ramal 13")
        lead("Marina", phone="(11) 3333-4444")
        assert list(search(system, query=query)) == [marina]

    @pytest.mark.parametrize("name", ["🙂 Lopes", "محمد Lopes", "O'Brien Lopes", "x" * 190 + " Lopes"])
    def test_unusual_names_are_found(self, lead: MakeLead, system: Viewer, name: str) -> None:
        odd = lead(name)
        assert list(search(system, query="lopes")) == [odd]

    def test_arabic_is_found_by_its_own_letters(self, lead: MakeLead, system: Viewer) -> None:
        odd = lead("محمد عبد الله")
        assert list(search(system, query="عبد")) == [odd]


class TestFilters:
    def test_by_stage_source_and_responsible(self, lead: MakeLead, person: MakePerson, system: Viewer) -> None:
        bruno = person("sdr")
        his = lead("His", assigned_to=bruno.user_id, source="evento")
        won = lead("Won", stage="fechado_ganho")
        assert list(search(system, assigned_to=str(bruno.user_id))) == [his]
        assert list(search(system, assigned_to="none")) == [won]
        assert list(search(system, stage="fechado_ganho")) == [won]
        assert list(search(system, source="evento", query="his")) == [his]
        assert list(search(system, assigned_to=str(uuid.uuid4()))) == []

    def test_me_is_whoever_asks(self, lead: MakeLead, person: MakePerson, system: Viewer) -> None:
        bruno = person("sdr")
        his = lead(assigned_to=bruno.user_id)
        lead()
        assert list(search(Viewer.of(bruno), assigned_to="me")) == [his]
        with pytest.raises(Invalid) as refused:
            search(system, assigned_to="me")
        assert refused.value.field == "assigned_to"

    @pytest.mark.parametrize(("field", "bad"), [("assigned_to", "bruno"), ("stage", "sold")])
    def test_a_filter_that_makes_no_sense_is_named(self, system: Viewer, field: str, bad: str) -> None:
        with pytest.raises(Invalid) as refused:
            search(system, **{field: bad})
        assert refused.value.field == field


class TestWhoSeesWhat:
    def test_another_organization_sees_nothing(self, lead: MakeLead, other_organization: Organization) -> None:
        lead()
        assert list(search(Viewer.system(other_organization))) == []

    def test_everybody_who_works_here_sees_all(self, lead: MakeLead, viewer: Callable[..., Viewer]) -> None:
        lead()
        for role in ("owner", "sdr", "support"):
            assert search(viewer(role)).count() == Lead.objects.count()
