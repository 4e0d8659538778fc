"""What people see of a line of text."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadkeeper.storage.visible_text import visible

DIRECTIONS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"


class TestNothingToSee:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            " ",
            "\u200b",
            "\u00ad\u2060\ufeff",
            "\u200d",
            "\u200c\u200d \u200b",
            "\u3164",
            "\u115f\u1160\uffa0",
            "\u2800\u2800",
            "\u00a0\u2003\u3000\u2028\u2029",
            "\x00\x07\x1b\x7f\x85",
            "\u0301\u0308",
            "\u0301 \u20e3",
            "\ufe0f",
            "\U000e0100",
            "\u180b\u180e",
            "\U000e0041\U000e007f",
            "\ufffe\uffff",
            DIRECTIONS,
            "\u034f\u17b4",
            "\u064b\u200c\u064b",
            "\u180b\u200c\u180b",
        ],
    )
    def test_is_no_text(self, text):
        assert visible(text) == ""


class TestWhatHidesAndTurns:
    @pytest.mark.parametrize("char", DIRECTIONS)
    def test_direction_characters_are_dropped(self, char):
        assert visible(f"Ana {char}azuoS{char}") == "Ana azuoS"

    @pytest.mark.parametrize(
        "char", ["\u200b", "\u200c", "\u200d", "\u00ad", "\ufeff", "\u2060", "\x00", "\ufe0f", "\u3164"]
    )
    def test_nothing_invisible_stays_within_a_latin_word(self, char):
        assert visible(f"Jo{char}ana {char}Souza{char}") == "Joana Souza"

    def test_white_space_of_every_kind_becomes_single_spaces(self):
        assert visible("\t Ana\u00a0\u3000Souza\r\n\u2800Lima ") == "Ana Souza Lima"

    def test_marks_without_a_letter_go_and_those_on_letters_stay(self):
        assert visible("\u0301Ana Jose\u0301 \u0308") == "Ana Jose\u0301"


class TestWhatMeansSomethingStays:
    @pytest.mark.parametrize(
        "text",
        [
            "João d'Ávila-Ñuñez Jr.",
            "Łukasz Đorđević",
            "Nguyễn Thị Ánh",
            "نجمه\u200cسادات",  # Persian: a non-joiner within the name
            "ශ්\u200dරී",  # Sinhala: a joiner makes the conjunct
            "क्\u200dष",
            "👩\u200d💻 Ana",
            "❤\ufe0f\u200d🔥",
            "🏳\ufe0f\u200d🌈",
            "👍🏽",
            "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
            "1\ufe0f\u20e3",
            "辻\U000e0100",  # Japanese: the written form of a family name
            "ᠮᠣᠩᠭᠤᠯ\u180b",
            "\u0600١",  # an Arabic number sign is a format character that shows
            "ㄱ김민준",
            "山田　太郎".replace("\u3000", " "),
        ],
    )
    def test_unchanged(self, text):
        assert visible(text) == text


texts = st.text(
    st.characters(codec=None) | st.sampled_from(DIRECTIONS + "\u200b\u200c\u200d\ufe0f\u3164\u0301 \U000e0100a😀")
)


# Nothing to see by themselves, in whatever order: also the marks of scripts whose letters may stand beside a joiner.
INVISIBLE = st.sampled_from(
    DIRECTIONS
    + "\u200b\u200c\u200d\ufe0f\u3164\u0301\u064b\u094d\u2800 \U000e0041\U000e007f\u180b\u180e\U000e0100\u20e3"
) | st.characters(categories=["Mn", "Me", "Mc", "Zs", "Cc"])


class TestAlways:
    @given(texts)
    def test_twice_is_once(self, text):
        assert visible(visible(text)) == visible(text)

    @given(texts)
    def test_nothing_turns_and_nothing_surrounds(self, text):
        shown = visible(text)
        assert not set(shown) & set(DIRECTIONS)
        assert shown == shown.strip()
        assert "  " not in shown
        assert not any(unicodedata.category(char) == "Cc" for char in shown)

    @given(st.lists(INVISIBLE))
    def test_any_number_of_invisible_ones_show_nothing(self, chars):
        assert visible("".join(chars)) == ""

    @pytest.mark.parametrize(
        "chars", ["\u200d", "\u0301", "\u202e", "a\u0301", "\U000e0041", "😀\u200d", "\u2800", "é "]
    )
    def test_takes_time_in_proportion_to_the_length(self, chars):
        def seconds(length):
            began = time.perf_counter()
            visible(chars * length)
            return time.perf_counter() - began

        seconds(1000)
        assert seconds(200_000) < 100 * max(seconds(20_000), 0.001)
