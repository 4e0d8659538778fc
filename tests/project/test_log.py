"""The log is one line an event, in English, whoever is being answered meanwhile."""

import logging

import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy

from leadkeeper.directory.provider import ProviderUnavailable
from leadkeeper.directory.sentence import gettext
from leadkeeper.project.log import LineFormatter


def line(message="trouble", *, error=None, **extra):
    info = (type(error), error, None) if error else None
    record = logging.LogRecord("leadkeeper.test", logging.WARNING, __file__, 1, message, None, info)
    vars(record).update(extra)
    with translation.override("pt-br"):
        return LineFormatter().format(record)


class TestLineFormatter:
    def test_message_and_fields(self):
        assert line("a\nb", id=7, called='é "x"').endswith('Z warning leadkeeper.test a b id=7 called="é \\"x\\""')

    @pytest.mark.parametrize(
        "problem",
        [
            ProviderUnavailable(gettext("Clerk did not answer in time.")),
            gettext("Clerk did not answer in time."),
            gettext_lazy("Clerk did not answer in time."),
        ],
        ids=lambda problem: type(problem).__name__,
    )
    def test_what_can_be_said_in_any_language_is_said_in_english(self, problem):
        assert line(problem=problem).endswith('problem="Clerk did not answer in time."')

    def test_so_is_an_exception(self):
        told = line(error=ProviderUnavailable(gettext("Clerk did not answer in time.")))
        assert told.endswith("ProviderUnavailable: Clerk did not answer in time.")

    def test_the_reader_s_language_is_left_as_it_was(self):
        with translation.override("pt-br"):
            line()
            assert translation.get_language() == "pt-br"
