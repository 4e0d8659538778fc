import pytest
from django.utils import translation

from leadkeeper.leads.phone import display_phone, phone_link, phone_words, read_extension, read_phone
from leadkeeper.storage.errors import Invalid


def refusal(text: str, country: str) -> str:
    with pytest.raises(Invalid) as refused:
        read_phone(text, country)
    assert refused.value.field == "phone"
    return str(refused.value)


class TestReading:
    @pytest.mark.parametrize(
        "written",
        [
            "11987654321",
            "(11) 98765-4321",
            "+55 11 98765-4321",
            "55 11 98765 4321",
            "011 98765.4321",
            "+55 (11) 98765-4321",
            "+55 (0)11 98765-4321",
            "  11 98765–4321 ",
            "１１９８７６５４３２１",
            "0xx11 98765-4321",
            "015 11 98765-4321",
            "tel:+55-11-98765-4321",
            "\u202a+55 11 98765-4321\u202c",
            "11\u200b98765\u20604321\ufeff",
            # As WhatsApp gives it, without a plus.
            "5511987654321",
        ],
    )
    def test_one_number_has_one_form_however_it_is_written(self, written: str) -> None:
        assert read_phone(written, "BR") == ("+5511987654321", "")

    def test_the_country_counts_only_where_the_number_does_not_say(self) -> None:
        assert read_phone("020 7946 0018", "GB").number == "+442079460018"
        assert read_phone("+44 20 7946 0018", "BR").number == "+442079460018"

    @pytest.mark.parametrize("nothing", ["", "   ", "\u200b", "\ufeff "])
    def test_nothing_is_no_number_and_no_mistake(self, nothing: str) -> None:
        assert read_phone(nothing, "BR") == ("", "")

    @pytest.mark.parametrize(
        ("written", "country", "number"),
        [
            ("0055 11 98765-4321", "BR", "+5511987654321"),
            ("00 55 11 3333-4444", "BR", "+551133334444"),
            ("+00 55 11 98765-4321", "BR", "+5511987654321"),
            ("+0055 11 98765-4321", "BR", "+5511987654321"),
            ("00 351 912 345 678", "BR", "+351912345678"),
            ("0044 20 7946 0018", "BR", "+442079460018"),
            ("0049 30 123456", "DE", "+4930123456"),
            ("0055 11 98765-4321", "US", "+5511987654321"),
            ("011 55 11 98765-4321", "US", "+5511987654321"),
            # With the number of a Brazilian carrier.
            ("0015 351 912 345 678", "BR", "+351912345678"),
        ],
    )
    def test_a_leading_00_stands_for_the_plus(self, written: str, country: str, number: str) -> None:
        assert read_phone(written, country).number == number

    @pytest.mark.parametrize(
        ("written", "country", "number"),
        [
            ("(11) 8765-4321", "BR", "+5511987654321"),
            ("+55 11 8765 4321", "BR", "+5511987654321"),
            ("551187654321", "BR", "+5511987654321"),
            ("0055 11 8765-4321", "BR", "+5511987654321"),
            ("(85) 6765-4321", "BR", "+5585967654321"),
            # Once a trunk radio, which had eight digits longer than others.
            ("(11) 7765-4321", "BR", "+5511977654321"),
            ("+52 1 55 1234 5678", "BR", "+525512345678"),
            ("5215512345678", "MX", "+525512345678"),
            ("1 55 1234 5678", "MX", "+525512345678"),
            ("044 55 1234 5678", "MX", "+525512345678"),
            ("045 55 1234 5678", "MX", "+525512345678"),
            ("01 55 1234 5678", "MX", "+525512345678"),
            ("011 15 2345-6789", "AR", "+5491123456789"),
            ("+54 11 15 2345-6789", "BR", "+5491123456789"),
        ],
    )
    def test_an_old_form_is_rewritten(self, written: str, country: str, number: str) -> None:
        assert read_phone(written, country).number == number

    @pytest.mark.parametrize(
        ("written", "country", "number"),
        [
            ("(11) 3333-4444", "BR", "+551133334444"),
            ("0800 123 4567", "BR", "+558001234567"),
            ("0800 12 3456", "BR", "+55800123456"),
            ("4004-1234", "BR", "+5540041234"),
            ("3003 1234", "BR", "+5530031234"),
            ("+54 11 2345-6789", "BR", "+541123456789"),
            ("+54 9 11 2345-6789", "BR", "+5491123456789"),
            ("+39 06 1234 5678", "BR", "+390612345678"),
        ],
    )
    def test_what_only_looks_like_an_old_form_stays_as_it_is(self, written: str, country: str, number: str) -> None:
        assert read_phone(written, country).number == number


class TestWhatNobodyCanCall:
    @pytest.mark.parametrize(
        ("written", "country"),
        [
            ("3333-4444", "BR"),
            ("98765-4321", "BR"),
            ("8765-4321", "BR"),
            ("+55 3333-4444", "BR"),
            ("3333-4444 ramal 12", "BR"),
            ("555-0123", "US"),
            ("+1 555-0123", "BR"),
            ("7946 0018", "GB"),
            ("2345-6789", "AR"),
            ("1234 5678", "MX"),
        ],
    )
    def test_of_a_number_without_its_area_code_that_is_said(self, written: str, country: str) -> None:
        assert refusal(written, country) == "The area code is missing."

    @pytest.mark.parametrize(
        "written",
        [
            "(00) 00000-0000",
            "11111111111",
            "(11) 11111-1111",
            "(11) 3333-444",
            "(20) 98765-4321",
            "5215512345678",
            "190",
            "188",
            "12",
            "abc",
            "+",
            "++55",
            "+55 11 98765-43210000",
            "0" * 300,
            "0" * 200_000,
            "+999 123456789",
            "🙂",
            "' OR 1=1 --",
            "ramal 12",
        ],
    )
    def test_all_else_is_no_valid_number(self, written: str) -> None:
        assert refusal(written, "BR").startswith("Not a valid phone number")


class TestExtensions:
    @pytest.mark.parametrize(
        "written",
        [
            "(11) 3333-4444 ramal 12",
            "(11) 3333-4444 Ramal: 12",
            "(11) 3333-4444 RAMAL12",
            "(11) 3333-4444, ramal 12",
            "(11) 3333-4444 (ramal 12)",
            "(11) 3333-4444 - ramal 12",
            "(11) 3333-4444 r. 12",
            "(11) 3333-4444 R 12",
            "(11) 3333-4444 x12",
            "(11) 3333-4444x12",
            "(11) 3333-4444 ext. 12",
            "(11) 3333-4444 ext: 12",
            "(11) 3333-4444 extensão 12",
            "(11) 3333-4444 extensión 12",
            "(11) 3333-4444 interno 12",
            "(11) 3333-4444 #12",
            "(11) 3333-4444 ext. １２",
            "+551133334444;ext=12",
            "tel:+55-11-3333-4444;ext=12",
            "0055 11 3333-4444 ramal 12",
        ],
    )
    def test_they_are_understood_in_the_text_of_the_number(self, written: str) -> None:
        assert read_phone(written, "BR") == ("+551133334444", "12")

    def test_zeros_at_their_beginning_are_dialled_too(self) -> None:
        assert read_phone("(11) 3333-4444 ramal 012", "BR").extension == "012"

    def test_an_old_form_has_one_too(self) -> None:
        assert read_phone("(11) 8765-4321 ramal 12", "BR") == ("+5511987654321", "12")

    def test_by_themselves_they_are_digits(self) -> None:
        assert read_extension(" 012\u200b") == "012"
        assert read_extension("") == ""
        for bad in ("ramal 12", "-1", "1.5", "1" * 21, "１２"):
            with pytest.raises(Invalid) as refused:
                read_extension(bad)
            assert refused.value.field == "phone_extension"


class TestShowing:
    def test_a_number_is_shown_with_its_spaces(self) -> None:
        assert display_phone("+5511987654321") == "+55 11 98765-4321"

    def test_an_extension_is_shown_in_the_words_of_the_reader(self) -> None:
        assert display_phone("+551133334444", "12") == "+55 11 3333-4444 ext. 12"
        with translation.override("pt-br"):
            assert display_phone("+551133334444", "12") == "+55 11 3333-4444 ramal 12"

    @pytest.mark.parametrize("language", ["en", "pt-br"])
    def test_what_is_shown_is_read_again_as_the_same(self, language: str) -> None:
        with translation.override(language):
            for phone in (
                ("+551133334444", "12"),
                ("+5511987654321", ""),
                ("+5491123456789", "3"),
                ("+5540041234", ""),
            ):
                assert read_phone(display_phone(*phone), "BR") == phone

    def test_no_number_shows_nothing(self) -> None:
        assert display_phone("") == ""

    def test_a_link_calls_the_extension_too(self) -> None:
        assert phone_link("+551133334444") == "tel:+551133334444"
        assert phone_link("+551133334444", "12") == "tel:+551133334444;ext=12"


class TestWords:
    def test_a_number_is_found_with_country_without_it_and_without_area_code(self) -> None:
        assert phone_words("+5511987654321") == ("5511987654321", "11987654321", "987654321")

    def test_an_extension_is_found_by_itself_and_as_one(self) -> None:
        assert phone_words("+551133334444", "12") == ("551133334444", "1133334444", "33334444", "12", "x12")

    def test_in_argentina_a_number_is_found_with_the_9_and_without_it(self) -> None:
        words = {"541123456789", "1123456789", "23456789", "5491123456789", "91123456789"}
        assert set(phone_words("+5491123456789")) == set(phone_words("+541123456789")) == words
