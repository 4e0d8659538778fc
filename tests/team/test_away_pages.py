"""Saying that one is away: for oneself, and as a manager for others."""

import json
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leadkeeper.live.models import Notice
from leadkeeper.storage.errors import Invalid, NotAllowed
from leadkeeper.team.manage import PersonChanges, manage
from leadkeeper.team.models import Membership
from leadkeeper.team.viewer import Viewer
from tests.conftest import MakePerson

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}


def in_days(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)


def toast(answer: Any) -> str:
    return str(json.loads(answer["HX-Trigger"])["toast"]["text"])


class TestMyOwn:
    @pytest.mark.parametrize("role", ["owner", "manager", "member", "cs", "support"])
    def test_everybody_says_when_they_are_away_and_when_they_are_back(
        self, role: str, person: MakePerson, client_of: Callable[..., Client]
    ) -> None:
        me = person(role)
        client = client_of(me)
        answer = client.post("/team/away", {"away_until": in_days(3).isoformat()}, headers=PART)
        assert toast(answer).startswith("You are away until")
        me.refresh_from_db()
        assert me.away_until == in_days(3)
        assert Notice.objects.filter(topic="team").exists()
        assert "I am back" in client.get("/team/away", headers=PART).content.decode()
        answer = client.post("/team/away", {"back": "1", "away_until": "nonsense"}, headers=PART)
        assert toast(answer) == "You are here."
        me.refresh_from_db()
        assert me.away_until is None

    @pytest.mark.parametrize("day", ["yesterday", "nonsense"])
    def test_a_day_that_is_over_is_refused_in_place(
        self, day: str, person: MakePerson, client_of: Callable[..., Client]
    ) -> None:
        typed = in_days(-1).isoformat() if day == "yesterday" else day
        answer = client_of(person("sdr")).post("/team/away", {"away_until": typed}, headers=PART)
        assert answer.status_code == 422
        assert 'id="away-away_until-error"' in answer.content.decode()
        assert Membership.objects.get().away_until is None

    def test_nothing_but_the_absence_is_set_there(self, person: MakePerson, client_of: Callable[..., Client]) -> None:
        me = person("sdr")
        client_of(me).post("/team/away", {"away_until": "", "capacity": "5", "role": "owner"}, headers=PART)
        me.refresh_from_db()
        assert (me.capacity, me.role) == (None, "sdr")

    def test_without_script_it_is_a_page_and_then_the_team(
        self, person: MakePerson, client_of: Callable[..., Client]
    ) -> None:
        client = client_of(person("sdr"))
        assert "<h1>Your absence</h1>" in client.get("/team/away").content.decode()
        answer = client.post("/team/away", {"away_until": in_days(1).isoformat()}, follow=True)
        assert "You are away until" in answer.content.decode()

    def test_who_is_not_signed_in_goes_to_the_door(self, db: None) -> None:
        assert Client().get("/team/away").status_code == 302

    def test_one_s_own_row_leads_there(self, person: MakePerson, client_of: Callable[..., Client]) -> None:
        me, other = person("sdr"), person("sdr")
        page = client_of(me).get("/team").content.decode()
        assert page.count('href="/team/away"') == 1
        assert f"/team/{other.user_id}" not in page


class TestOthers:
    def test_managers_set_it_for_everybody_and_sellers_for_nobody_else(
        self, person: MakePerson, viewer: Callable[..., Viewer]
    ) -> None:
        bruno = person("sdr")
        away = PersonChanges(away_until=in_days(2))
        for role in ("owner", "admin", "manager"):
            assert manage(bruno.user_id, away, by=viewer(role)).away_until == in_days(2)
        for role in ("member", "sdr", "cs", "support"):
            with pytest.raises(NotAllowed, match="managers"):
                manage(bruno.user_id, away, by=viewer(role))

    def test_nobody_sets_their_own_capacity_by_saying_that_they_are_away(self, person: MakePerson) -> None:
        for role in ("manager", "sdr"):
            me = person(role)
            with pytest.raises(NotAllowed):
                manage(me.user_id, PersonChanges(away_until=None, capacity=1), by=Viewer.of(me))

    def test_the_day_itself_still_counts(self, person: MakePerson, viewer: Callable[..., Viewer]) -> None:
        bruno, admin = person("sdr"), viewer("admin")
        assert manage(bruno.user_id, PersonChanges(away_until=in_days(0)), by=admin).absent_until == in_days(0)
        with pytest.raises(Invalid) as refused:
            manage(bruno.user_id, PersonChanges(away_until=in_days(-1)), by=admin)
        assert refused.value.field == "away_until"

    def test_the_api_says_the_same(
        self, person: MakePerson, api: Callable[..., Client], client_of: Callable[..., Client]
    ) -> None:
        bruno = person("sdr")

        def patch(client: Client, id_: uuid.UUID, day: date | None) -> int:
            body = {"away_until": day and day.isoformat()}
            return client.patch(f"/api/team/{id_}", body, content_type="application/json").status_code

        assert patch(api("manager"), bruno.user_id, in_days(4)) == 200
        assert patch(api("manager"), bruno.user_id, in_days(-4)) == 422
        assert patch(api("sdr"), bruno.user_id, None) == 403
        bruno.refresh_from_db()
        assert bruno.away_until == in_days(4)
