import pytest

from leadkeeper.leads.phone import display_phone, parse_phone, phone_words, typed_digits
from leadkeeper.team.errors import Invalid


class TestParsing:
    @pytest.mark.parametrize(
        "written",
        [
            "11987654321",
            "(11) 98765-4321",
            "+55 11 98765-4321",
            "55 11 98765 4321",
            "011 98765.4321",
            "+55 (11) 98765-4321",
            "  11 98765–4321 ",
            "１１９８７６５４３２１",
        ],
    )
    def test_one_number_has_one_form_however_it_is_written(self, written: str) -> None:
        assert parse_phone(written, "BR") == "+5511987654321"

    def test_the_country_counts_only_where_the_number_does_not_say(self) -> None:
        assert parse_phone("020 7946 0018", "GB") == "+442079460018"
        assert parse_phone("+44 20 7946 0018", "BR") == "+442079460018"

    def test_nothing_is_no_number_and_no_mistake(self) -> None:
        assert parse_phone("", "BR") == ""
        assert parse_phone("   ", "BR") == ""

    @pytest.mark.parametrize(
        "nonsense",
        ["12", "abc", "+", "++55", "+55 11 98765-43210000", "0" * 300, "+999 123456789", "🙂", "' OR 1=1 --"],
    )
    def test_what_is_no_possible_number_is_refused(self, nonsense: str) -> None:
        with pytest.raises(Invalid) as refused:
            parse_phone(nonsense, "BR")
        assert refused.value.field == "phone"

    def test_a_number_without_its_area_code_is_nobody_s(self) -> None:
        with pytest.raises(Invalid, match="area code"):
            parse_phone("555-0123", "US")


class TestShowing:
    def test_a_number_is_shown_with_its_spaces(self) -> None:
        assert display_phone("+5511987654321") == "+55 11 98765-4321"

    def test_no_number_shows_nothing(self) -> None:
        assert display_phone("") == ""


class TestWords:
    def test_a_number_is_found_with_country_without_it_and_without_area_code(self) -> None:
        assert phone_words("+5511987654321") == ("5511987654321", "11987654321", "987654321")

    @pytest.mark.parametrize(
        ("query", "digits"),
        [
            ("(11) 98765", "1198765"),
            ("+55 11 98765-4321", "5511987654321"),
            ("98765-4321", "987654321"),
            ("11.98765", "1198765"),
            ("7", "7"),
            ("ana", ""),
            ("ana 11", ""),
            ("11a", ""),
            ("", ""),
            ("()-", ""),
            ("a@1.com", ""),
        ],
    )
    def test_only_a_query_that_can_be_nothing_else_is_taken_for_a_number(self, query: str, digits: str) -> None:
        assert typed_digits(query) == digits

    def test_a_long_query_that_is_nearly_a_number_is_judged_at_once(self) -> None:
        assert typed_digits("1 " * 20_000 + "x") == ""
