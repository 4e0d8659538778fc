"""How a check-up is told."""

import io
import json

import pytest

from leadkeeper.project.findings import fine, one_line, problem, tell, warning

FOUND = [
    ("clock", fine("The clock agrees.")),
    ("worker", warning("Nobody works.", "Start one.")),
    ("database", problem("It is away.", "Start it.")),
]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def told(found, *, as_json=False, out=None):
    out = out or io.StringIO()
    return tell(iter(found), out, as_json=as_json), out.getvalue()


class TestLines:
    def test_each_says_how_it_is_what_is_wrong_and_what_to_do(self):
        _, text = told(FOUND)
        assert [" ".join(line.split()) for line in text.splitlines()] == [
            "ok clock The clock agrees.",
            "warning worker Nobody works. Start one.",
            "problem database It is away. Start it.",
        ]

    def test_a_terminal_shows_the_same_words_in_colour(self, monkeypatch):
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.delenv("NO_COLOR", raising=False)
        _, text = told(FOUND, out=Terminal())
        assert "\x1b[" in text
        assert "Nobody works. Start one." in text

    def test_each_is_told_as_soon_as_it_is_there(self):
        out = io.StringIO()

        def found():
            yield FOUND[0]
            assert "The clock agrees." in out.getvalue()
            yield FOUND[1]

        tell(found(), out, as_json=False)

    def test_brackets_are_only_words(self):
        _, text = told([("database", problem("[bold]odd[/nonsense]", ""))], out=Terminal())
        assert "[bold]odd[/nonsense]" in text


class TestOneObject:
    def test_has_every_finding(self):
        well, text = told(FOUND, as_json=True)
        answer = json.loads(text)
        assert (well, answer["ok"]) == (False, False)
        assert answer["checks"][1] == {
            "name": "worker",
            "status": "warning",
            "detail": "Nobody works.",
            "remedy": "Start one.",
        }
        assert [check["status"] for check in answer["checks"]] == ["ok", "warning", "problem"]

    def test_is_one_line(self):
        assert told(FOUND, as_json=True)[1].count("\n") == 1


class TestAllIsWell:
    @pytest.mark.parametrize("as_json", [False, True])
    def test_with_warnings_but_not_with_a_problem(self, as_json):
        assert told(FOUND[:2], as_json=as_json)[0] is True
        assert told(FOUND, as_json=as_json)[0] is False


class TestSecrets:
    @pytest.mark.parametrize(
        "text",
        [
            "the key sk_live_abc123DEF is wrong",
            "'whsec_dGhlIHNlY3JldA+/=='",
            "got lk_abcdef",
            "postgres://ana:abc123@db.example/x refused",
            "https://token@clerk.example",
        ],
    )
    @pytest.mark.parametrize("as_json", [False, True])
    def test_what_looks_like_one_is_never_told(self, text, as_json):
        _, said = told([("x", problem(text, text))], as_json=as_json)
        for secret in ("live_abc", "abc123", "dGhl", "abcdef", "token"):
            assert secret not in said

    def test_names_of_their_beginnings_stay(self):
        _, said = told([("x", problem("It begins with 'sk_'.", "Copy it (whsec_…)."))])
        assert "It begins with 'sk_'. Copy it (whsec_…)." in said

    def test_known_ones_are_cut_out_of_what_others_say(self):
        assert one_line(ValueError("no\n  entry for hunter2, ha"), secrets=["hunter2", ""]) == "no entry for …, ha"
