"""A sentence that is read later than it is written, and elsewhere."""

import json

from django.utils import translation

from leadkeeper.directory.models import Sweep
from leadkeeper.directory.provider import ProviderUnavailable
from leadkeeper.directory.sentence import Sentence, gettext, ngettext

GONE = (
    "%(gone)d of %(active)d active people is no longer in the directory, which may be a mistake there.",
    "%(gone)d of %(active)d active people are no longer in the directory, which may be a mistake there.",
)


def stored(sentence: Sentence) -> Sentence:
    return Sentence.of(json.loads(json.dumps(sentence.parts)))


def test_it_is_said_in_the_language_of_the_reader():
    sentence = stored(gettext("Clerk did not answer in time."))
    with translation.override("pt-br"):
        assert str(sentence) != "Clerk did not answer in time."
        assert sentence.in_english == "Clerk did not answer in time."
    with translation.override("en"):
        assert str(sentence) == "Clerk did not answer in time."


def test_its_number_decides_the_form():
    assert "people is no longer" in str(stored(ngettext(*GONE, 1, gone=1, active=9)))
    assert str(stored(ngettext(*GONE, 3, gone=3, active=9))).startswith("3 of 9 active people are no longer")


def test_sentences_within_sentences_keep_their_languages_together():
    inner = gettext("Clerk did not answer in time.")
    sentence = stored(gettext("Gave up after %(seconds)d s: %(problem)s", seconds=60, problem=inner))
    assert str(sentence) == "Gave up after 60 s: Clerk did not answer in time."
    with translation.override("pt-br"):
        assert str(inner) in str(sentence)
        assert "Clerk did not answer" not in str(sentence)


def test_words_that_nobody_foresaw_stay_as_they_are():
    assert str(stored(Sentence("LookupError: 100% of %(it)s"))) == "LookupError: 100% of %(it)s"
    assert str(ProviderUnavailable("away for 5%")) == "away for 5%"


def test_a_sweep_tells_programs_in_english_whatever_the_language_of_the_server():
    run = Sweep()
    with translation.override("pt-br"):
        run.give_reason(gettext("Clerk did not answer in time."))
        assert run.why != run.reason
    assert (run.reason, run.why) == ("Clerk did not answer in time.", "Clerk did not answer in time.")
    run.give_reason(None)
    assert (run.reason, run.reason_parts, run.why) == ("", None, "")
