"""Words in templates are the reader's, whoever came before, and stay the same when the scripts take over."""

import json
import re
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from django.template import engines
from django.utils import timezone, translation

import leadkeeper.web
from leadkeeper.project.jinja import make_environment
from leadkeeper.web.elapsed import UNITS, relative_time

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class TestWords:
    @pytest.mark.parametrize(
        ("template", "english", "portuguese"),
        [
            ('{{ "owner"|role_name }}', "Owner", "Proprietário"),
            ('{{ "novo"|stage_name }}', "New", "Novo"),
            ('{{ "evento"|source_name }}', "Event", "Evento"),
            ('{{ "quente"|temperature_name }}', "Hot", "Quente"),
            ("{{ 1234|number }}", "1,234", "1.234"),
        ],
    )
    def test_a_constant_is_said_to_each_reader_in_their_language(
        self, template: str, english: str, portuguese: str
    ) -> None:
        page = make_environment(autoescape=True).from_string(template)
        for language, words in (("en", english), ("pt-br", portuguese), ("en", english)):
            with translation.override(language):
                assert page.render() == words

    def test_so_are_the_roles_of_the_owner_picker(self) -> None:
        part = '{% from "parts/owner_picker.html" import owner_picker %}{{ owner_picker("who", "Who") }}'
        page = engines["jinja2"].env.from_string(part)
        for language, role in (("en", "Owner"), ("pt-br", "Proprietário")):
            with translation.override(language):
                roles = re.search(r'data-roles="([^"]*)"', page.render())
            assert roles
            assert json.loads(unescape(roles[1]))["owner"] == role


class TestElapsedTime:
    @pytest.fixture(autouse=True)
    def _time_stands_still(self, monkeypatch: pytest.MonkeyPatch) -> None:
        now = timezone.now()
        monkeypatch.setattr(timezone, "now", lambda: now)

    @pytest.mark.parametrize(
        ("elapsed", "english", "portuguese"),
        [
            (59 * SECOND, "now", "agora"),
            (MINUTE, "1 minute ago", "há 1 minuto"),
            (59 * MINUTE, "59 minutes ago", "há 59 minutos"),
            (HOUR, "1 hour ago", "há 1 hora"),
            (DAY + 21 * HOUR, "1 day ago", "há 1 dia"),
            (13 * DAY, "1 week ago", "há 1 semana"),
            (710 * DAY, "23 months ago", "há 23 meses"),
            (731 * DAY, "2 years ago", "há 2 anos"),
            (-3 * DAY, "in 3 days", "em 3 dias"),
            (SECOND - 3 * DAY, "in 2 days", "em 2 dias"),
        ],
    )
    def test_is_counted_in_one_unit(self, elapsed: timedelta, english: str, portuguese: str) -> None:
        for language, words in (("en", english), ("pt-br", portuguese)):
            with translation.override(language):
                assert relative_time(timezone.now() - elapsed) == words

    def test_below_a_minute_the_seconds_may_be_counted(self) -> None:
        assert relative_time(timezone.now() - 5 * SECOND, "{} s ago") == "5 s ago"
        assert relative_time(timezone.now() + 5 * SECOND, "{} s ago") == "0 s ago"

    def test_the_script_counts_in_the_same_units(self) -> None:
        script = (Path(leadkeeper.web.__file__).parent / "static/js/times.js").read_text(encoding="utf-8")
        steps = re.findall(r'^  \["(\w+)", ([\d_]+), (\d+)\],$', script, re.MULTILINE)
        assert [(int(seconds), int(least)) for _, seconds, least in steps] == [
            (unit.seconds, unit.least) for unit in UNITS
        ]
        for (name, _, _), unit in zip(steps, UNITS, strict=True):
            assert unit.ago(1) % {"count": 1} == f"1 {name} ago"


def test_a_moment_that_is_not_there_has_never_been() -> None:
    page = engines["jinja2"].env.from_string(
        '{% from "parts/time.html" import when %}{{ when(nothing) }}{{ when(none) }}'
    )
    with translation.override("en"):
        assert page.render().count("never") == 2
