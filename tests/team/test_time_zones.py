"""Days are the organization's; somebody west of it still has theirs, and is away until it ends there."""

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from leadkeeper.leads.models import Lead
from leadkeeper.leads.offer import offer
from leadkeeper.team.models import Membership, Organization
from leadkeeper.team.time_zones import end_of, labelled, zone_named, zones_in_order
from leadkeeper.team.viewer import Viewer

# 22:15 of the 28th in Rio Branco and in New York's evening, 00:15 of the 29th in São Paulo, past noon in Tokyo.
EVENING = datetime(2026, 11, 29, 3, 15, tzinfo=UTC)
TODAY, YESTERDAY = "2026-11-29", "2026-11-28"


@pytest.fixture
def clock(monkeypatch):
    """The evening, until it is moved on."""
    times = [EVENING]
    monkeypatch.setattr(timezone, "now", lambda: times[-1])
    return times


class TestNames:
    def test_those_of_the_country_come_first_and_none_twice(self):
        names = [name for name, _ in zones_in_order("BR", EVENING)]
        assert names[:2] == ["America/Araguaina", "America/Bahia"]
        assert names.index("America/Sao_Paulo") < 16 <= names.index("Africa/Abidjan")
        assert len(names) == len(set(names)) > 300
        assert all(zone_named(name) for name in names)
        assert {"Asia/Tokyo", "America/New_York", "America/Rio_Branco", "UTC"} <= set(names)

    def test_a_country_without_zones_has_all_by_name(self):
        names = [name for name, _ in zones_in_order("", EVENING)]
        assert names[:-1] == sorted(names[:-1])

    @pytest.mark.parametrize(
        ("name", "label"),
        [
            ("America/Rio_Branco", "America/Rio_Branco (UTC−05:00)"),
            ("Asia/Kolkata", "Asia/Kolkata (UTC+05:30)"),
            ("America/St_Johns", "America/St_Johns (UTC−03:30)"),
            ("UTC", "UTC (UTC+00:00)"),
        ],
    )
    def test_each_says_how_far_it_is_from_utc(self, name, label):
        assert labelled(ZoneInfo(name), EVENING) == label

    @pytest.mark.parametrize(
        "name", ["", "Mars", "America", "../zone.tab", "/etc/localtime", "localtime", "Factory", "\0"]
    )
    def test_what_is_no_name_is_none(self, name):
        assert zone_named(name) is None

    def test_a_day_ends_where_it_is(self):
        assert end_of(date(2026, 11, 28), ZoneInfo("America/Rio_Branco")) == datetime(2026, 11, 29, 5, tzinfo=UTC)


class TestOrganization:
    def test_without_a_choice_the_server_s_setting_counts(self, settings):
        settings.LEADKEEPER_TIME_ZONE = "America/Manaus"
        assert Organization().zone == ZoneInfo("America/Manaus")
        assert Organization(time_zone="Asia/Tokyo").zone == ZoneInfo("Asia/Tokyo")
        assert Organization(time_zone="Gone/Zone").zone == ZoneInfo("America/Manaus")

    def test_it_has_days_of_its_own(self, clock):
        days = {name: Organization(time_zone=name).today() for name in ("America/Rio_Branco", "Asia/Tokyo")}
        assert days == {"America/Rio_Branco": date(2026, 11, 28), "Asia/Tokyo": date(2026, 11, 29)}


@pytest.mark.django_db
class TestAwayUntil:
    @pytest.fixture
    def away(self, clock, person, client_of):
        """Says of a seller, in a browser of that zone, until when they are away."""

        def away(day, *, zone="", organization_zone=""):
            Organization.objects.update(time_zone=organization_zone)
            me = person("sdr", name="Ana Souza")
            client = client_of(me)
            client.cookies["leadkeeper_time_zone"] = zone
            answer = client.post("/team/away", {"away_until": day}, headers={"HX-Request": "true"})
            return me, client, answer

        return away

    @pytest.mark.parametrize("zone", ["America/Rio_Branco", "America/New_York", "Pacific/Pago_Pago"])
    def test_west_of_the_organization_today_lasts_until_it_ends_there(self, away, clock, zone):
        _me, client, answer = away(YESTERDAY, zone=zone)
        assert answer.status_code == 204
        assert "away until" in json.loads(answer["HX-Trigger"])["toast"]["text"]
        shown = client.get("/api/assignees").json()["items"][0]
        assert shown["away_until"] == YESTERDAY
        assert 'min="2026-11-28"' in client.get("/team/away").content.decode()
        clock.append(end_of(date(2026, 11, 28), ZoneInfo(zone)) - timedelta(seconds=1))
        assert client.get("/api/assignees").json()["items"][0]["away_until"] == YESTERDAY
        clock.append(end_of(date(2026, 11, 28), ZoneInfo(zone)))
        assert client.get("/api/assignees").json()["items"][0]["away_until"] is None

    @pytest.mark.parametrize(
        ("zone", "organization_zone"),
        [
            ("", ""),
            ("Asia/Tokyo", ""),
            ("America/Sao_Paulo", ""),
            ("Mars/Olympus", ""),
            ("../../etc/passwd", ""),
            ("Asia/Tokyo", "Asia/Tokyo"),
        ],
    )
    def test_a_day_that_is_over_everywhere_that_counts_is_refused(self, away, zone, organization_zone):
        me, _client, answer = away(YESTERDAY, zone=zone, organization_zone=organization_zone)
        assert answer.status_code == 422
        assert "This day is over" in answer.content.decode()
        me.refresh_from_db()
        assert me.away_until is None

    def test_in_the_organization_s_zone_it_is_simply_today(self, away):
        me, _client, answer = away(YESTERDAY, organization_zone="America/Rio_Branco")
        assert answer.status_code == 204
        me.refresh_from_db()
        assert (me.away_until, me.away_ends_at) == (date(2026, 11, 28), None)

    def test_a_later_day_needs_no_end_of_its_own(self, away):
        me, _client, answer = away(TODAY, zone="America/Rio_Branco")
        assert answer.status_code == 204
        me.refresh_from_db()
        assert (me.away_until, me.away_ends_at) == (date(2026, 11, 29), None)

    def test_coming_back_ends_it(self, away):
        me, client, _answer = away(YESTERDAY, zone="America/Rio_Branco")
        client.post("/team/away", {"back": "1"}, headers={"HX-Request": "true"})
        me.refresh_from_db()
        assert (me.away_until, me.away_ends_at, me.absent_until) == (None, None, None)

    def test_whoever_is_still_away_is_offered_last(self, away, person):
        _me, _client, _answer = away(YESTERDAY, zone="America/Rio_Branco")
        person("sdr", name="Zita Zanon")
        offered = offer(Viewer.of(person("manager", name="Mara")), limit=10)
        assert [one.name for one in offered.others] == ["Zita Zanon", "Ana Souza"]

    def test_a_key_has_no_zone_of_its_own(self, clock, person, api):
        bruno = person("sdr")
        url, body = f"/api/team/{bruno.user_id}", {"away_until": YESTERDAY}
        assert api("admin").patch(url, body, "application/json").status_code == 422
        Organization.objects.update(time_zone="America/New_York")
        assert api("admin").patch(url, body, "application/json").status_code == 200
        assert Membership.objects.get(pk=bruno.pk).away_until == date(2026, 11, 28)


@pytest.mark.django_db
class TestPages:
    def test_exact_times_are_the_organization_s_and_name_its_zone(self, clock, person, client_of, organization):
        Organization.objects.update(time_zone="Asia/Tokyo")
        client = client_of(person("owner"))
        client.post("/api/leads", {"name": "Lead", "phone": "(11) 98765-4321"}, "application/json")
        Lead.objects.update(created_at=EVENING)
        page = client.get("/leads").content.decode()
        assert 'datetime="2026-11-29T03:15:00+00:00"' in page
        assert 'title="11/29/2026 12:15 p.m. (Asia/Tokyo, UTC+09:00)"' in page

    def test_one_request_leaves_the_next_its_own_zone(self, clock, person, client_of, other_organization):
        Organization.objects.filter(pk=other_organization.pk).update(time_zone="Asia/Tokyo")
        theirs, ours = client_of(person("owner", organization=other_organization)), client_of(person("owner"))
        for client in (theirs, ours):
            client.post("/api/leads", {"name": "Lead", "phone": "(11) 98765-4321"}, "application/json")
        for client, zone in ((theirs, "Asia/Tokyo"), (ours, "America/Sao_Paulo")) * 2:
            assert f"({zone}, " in client.get("/leads").content.decode()
        assert timezone.get_current_timezone_name() == "America/Sao_Paulo"
