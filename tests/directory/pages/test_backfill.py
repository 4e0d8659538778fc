"""The backfill panel of the Team page."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from leadkeeper.directory.models import Heartbeat, Sweep

PART = {"HX-Request": "true"}


@pytest.fixture
def admin(person, client_of) -> Client:
    return client_of(person("admin"))


@pytest.fixture
def connected(settings) -> None:
    settings.CLERK_SECRET_KEY = "sk_test_something"


def panel(client: Client) -> str:
    return client.get("/directory/backfill", headers=PART).content.decode()


@pytest.fixture
def run(organization):
    def make(status: str, **columns) -> Sweep:
        return Sweep.objects.create(organization=organization, kind="backfill", status=status, **columns)

    return make


@pytest.mark.django_db
class TestBackfillPanel:
    def test_who_is_not_signed_in_is_led_to_the_door(self, organization):
        answer = Client().get("/directory/backfill", headers=PART)
        assert answer.status_code == 401
        assert answer["HX-Redirect"].startswith("/sign-in")

    @pytest.mark.parametrize("role", ["manager", "member", "sdr", "cs", "support"])
    def test_others_may_neither_see_nor_start_it(self, role, person, client_of, connected):
        client = client_of(person(role))
        assert client.get("/directory/backfill", headers=PART).status_code == 403
        assert client.post("/directory/backfill", headers=PART).status_code == 403
        assert not Sweep.objects.exists()

    def test_without_a_key_it_says_how_to_set_one_and_starts_nothing(self, admin, settings):
        settings.CLERK_SECRET_KEY = ""
        assert "CLERK_SECRET_KEY" in panel(admin)
        answer = admin.post("/directory/backfill", headers=PART)
        assert "CLERK_SECRET_KEY" in answer.content.decode()
        assert not Sweep.objects.exists()

    def test_before_the_first_one_it_says_what_it_does(self, admin, connected):
        page = panel(admin)
        assert "No backfill yet" in page
        assert 'data-kind="primary"' in page

    def test_asking_twice_is_one_run(self, admin, connected):
        for _ in range(2):
            answer = admin.post("/directory/backfill", headers=PART)
            assert "waiting to start" in answer.content.decode()
        assert Sweep.objects.count() == 1

    def test_without_script_it_leads_back_to_the_team(self, admin, connected):
        answer = admin.post("/directory/backfill")
        assert (answer.status_code, answer["Location"]) == (302, "/team")
        assert Sweep.objects.count() == 1

    def test_it_shows_how_far_a_run_has_come_and_asks_again_by_itself(self, admin, connected, run):
        run("running", seen=3200, expected=10_000)
        page = panel(admin)
        assert "3,200 of 10,000" in page
        assert 'value="3200" max="10000"' in page
        assert "every 2s" in page

    def test_it_tells_how_the_last_run_ended(self, admin, connected, run):
        run("complete", seen=14, created=2, updated=1, unchanged=11, ended_at=timezone.now())
        page = panel(admin)
        assert "14 people seen: 2 created, 1 updated, 11 unchanged, 0 deactivated" in " ".join(page.split())
        assert "every 2s" not in page

    def test_a_refused_run_says_why_and_how_many_would_go(self, admin, connected, run):
        run("refused", seen=1, missing=4, reason="As programs have it.")
        page = panel(admin)
        assert "4 active people were not found at Clerk" in page
        assert "Deactivate 4 people anyway" in page
        admin.post("/directory/backfill", {"force": "1"}, headers=PART)
        assert Sweep.objects.filter(force=True, status="queued").count() == 1

    def test_an_incomplete_run_says_why(self, admin, connected, run):
        run("incomplete", seen=500, reason="Clerk answered 500 for a minute.", ended_at=timezone.now())
        page = panel(admin)
        assert "did not finish" in page
        assert "Clerk answered 500 for a minute." in page

    def test_where_no_worker_is_alive_it_says_the_command(self, admin, connected, settings):
        settings.ENVIRONMENT = replace(settings.ENVIRONMENT, is_sqlite=False)
        assert "leadkeeper worker" in panel(admin)
        Heartbeat.objects.create(process="worker", beat_at=timezone.now() - timedelta(minutes=5))
        assert "leadkeeper worker" in panel(admin)
        Heartbeat.objects.update(beat_at=timezone.now())
        assert "leadkeeper worker" not in panel(admin)
