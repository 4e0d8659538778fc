"""One language in one terminal: its locale's."""

import argparse
import inspect

import pytest

from leadkeeper.project import terminal


class TestLanguage:
    @pytest.mark.parametrize(
        ("variables", "language"),
        [
            ({}, "en"),
            ({"LANG": "C.UTF-8"}, "en"),
            ({"LANG": "pt_BR.UTF-8"}, "pt-br"),
            ({"LANG": "pt_PT"}, "pt-br"),
            ({"LANG": "en_US.UTF-8", "LC_ALL": "pt_BR.UTF-8"}, "pt-br"),
            ({"LANG": "pt_BR.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
            ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "pt_BR"}, "pt-br"),
            ({"LANG": "pt_BR.UTF-8", "LC_ALL": "C"}, "en"),
            ({"LANG": "pt_BR.UTF-8", "LC_ALL": ""}, "pt-br"),
            ({"LANG": "de_DE.UTF-8"}, "en"),
            ({"LANG": "de_DE.UTF-8", "LANGUAGE": "de:pt_BR:en"}, "pt-br"),
            ({"LANG": "C", "LANGUAGE": "pt_BR"}, "en"),
            ({"LEADKEEPER_LANGUAGE": "pt-br"}, "en"),
        ],
    )
    def test_is_the_locale_s(self, variables, language):
        assert terminal.language(variables) == language


class TestWordsOfArgparse:
    def test_each_is_what_argparse_says_and_has_portuguese_words(self, monkeypatch):
        for name in ("LC_ALL", "LC_MESSAGES", "LANGUAGE"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("LANG", "en_US.UTF-8")
        english = terminal.words_of_argparse()
        monkeypatch.setenv("LANG", "pt_BR.UTF-8")
        portuguese = terminal.words_of_argparse()
        source = inspect.getsource(argparse)
        assert [words for words in english if repr(words)[1:-1] not in source] == []
        assert all(words != ours for words, ours in zip(english, portuguese, strict=True))
