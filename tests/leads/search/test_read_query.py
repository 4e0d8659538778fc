import time

import pytest

from leadkeeper.leads.search.read_query import MOST_READINGS, read_query


def readings(query: str, country: str = "BR") -> list[str]:
    return [" ".join(reading.split()) for reading in read_query(query, country)]


class TestNumbers:
    @pytest.mark.parametrize(
        ("query", "read"),
        [
            ("(11) 98765", "1198765"),
            ("+55 11 98765-4321", "5511987654321"),
            ("011 98765-4321", "11987654321"),
            ("011 98765", "1198765"),
            ("+55 (0)11 98765-4321", "5511987654321"),
            ("+55 (0)11 98765", "551198765"),
            ("0055 11 98765-4321", "5511987654321"),
            ("98765-4321", "987654321"),
            ("98765 - 4321", "987654321"),
            ("11.98765", "1198765"),
            ("4004-1234", "40041234"),
            ("0800 123", "800123"),
            ("７", "7"),
            ("+55 (11)", "5511"),
            ("(11) 98765-", "1198765"),
            ("0", "0"),
        ],
    )
    def test_their_parts_are_one_word_as_the_form_reads_them(self, query: str, read: str) -> None:
        assert readings(query) == [read]

    @pytest.mark.parametrize(
        ("query", "read"),
        [
            ("ana 98765-4321", "ana 987654321"),
            ("ana (11) 98765-4321", "ana 11987654321"),
            ("(11) 98765-4321 ana", "11987654321 ana"),
            ("ana 11 98765 souza", "ana 1198765 souza"),
        ],
    )
    def test_beside_words_too(self, query: str, read: str) -> None:
        assert readings(query) == [read]

    @pytest.mark.parametrize(
        "query", ["ana", "", "11a", "()-", "a@1.com", "joao.11.12@x.com", "3x4", "+", "ana -", "%", "98765-4321x"]
    )
    def test_what_is_no_number_stays_as_it_is(self, query: str) -> None:
        assert readings(query) == [query]

    @pytest.mark.parametrize(
        ("query", "country", "read"),
        [
            # Each is also the beginning of a longer number.
            ("(11) 8765-4321", "BR", ["1187654321", "5511987654321"]),
            ("8765-4321", "BR", ["87654321", "987654321"]),
            ("98765432", "BR", ["98765432", "998765432"]),
            ("551187654321", "BR", ["551187654321", "5511987654321"]),
            ("ana 8765-4321", "BR", ["ana 87654321", "ana 987654321"]),
            ("5215512345678", "BR", ["5215512345678", "525512345678"]),
            ("+52 1 55 1234 5678", "BR", ["5215512345678", "525512345678"]),
            ("044 55 1234 5678", "MX", ["445512345678", "525512345678"]),
            ("015 11 98765-4321", "BR", ["1511987654321", "5511987654321"]),
            ("11 15 2345-6789", "AR", ["111523456789", "5491123456789"]),
        ],
    )
    def test_where_it_may_be_an_old_form_both_are_looked_for(self, query: str, country: str, read: list[str]) -> None:
        assert readings(query, country) == read

    def test_many_numbers_in_old_forms_are_not_read_in_every_combination(self) -> None:
        assert len(readings("8765-4321 a 8765-4322 b 8765-4323 c 8765-4324")) == MOST_READINGS


class TestExtensions:
    @pytest.mark.parametrize(
        "query", ["ramal 12", "Ramal: 12", "ext. 12", "ext 12", "extension 12", "x12", "interno 12", "extensão 12"]
    )
    def test_by_themselves(self, query: str) -> None:
        assert readings(query) == ["x12"]

    @pytest.mark.parametrize(
        "query",
        [
            "(11) 3333-4444 ramal 12",
            "(11) 3333-4444 x12",
            "(11) 3333-4444 r. 12",
            "1133334444;ext=12",
            "011 3333-4444, ramal 12",
        ],
    )
    def test_after_a_number(self, query: str) -> None:
        assert readings(query) == ["1133334444 x12"]

    def test_one_letter_of_a_name_is_none(self) -> None:
        assert readings("maria r 5") == ["maria r 5"]


@pytest.mark.parametrize(
    "query", ["1 " * 120_000 + "x", "(" * 240_000, "\u0301" * 240_000, "+1" * 120_000, "ramal " * 9999]
)
def test_a_long_query_is_judged_at_once(query: str) -> None:
    started = time.process_time()
    read_query(query, "BR")
    assert time.process_time() - started < 0.5
