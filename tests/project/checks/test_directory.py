from datetime import timedelta

import pytest
from django.conf import settings as configured
from django.utils import timezone

from leadkeeper.directory import heartbeat
from leadkeeper.directory.models import Delivery, Heartbeat, Sweep
from leadkeeper.project.checks import directory

pytestmark = pytest.mark.django_db


@pytest.fixture
def delivery(organization):
    def make(*, ago=timedelta(), outcome="applied"):
        at = timezone.now() - ago
        name = f"msg_{Delivery.objects.count()}"
        return Delivery.objects.create(
            organization=organization, message_id=name, type="user.updated", received_at=at, outcome=outcome
        )

    return make


@pytest.fixture
def sweep(organization):
    def make(status="complete", *, ago=timedelta(), beat=None, **fields):
        at = timezone.now() - ago
        over = status not in ("queued", "running")
        return Sweep.objects.create(
            organization=organization,
            kind="reconcile",
            status=status,
            asked_at=at,
            started_at=None if status == "queued" else at,
            beat_at=beat,
            ended_at=at if over else None,
            **fields,
        )

    return make


class TestTheWorker:
    def test_lives(self):
        heartbeat.beat("worker:1")
        assert directory.worker().status == "ok"

    def test_does_not(self):
        Heartbeat.objects.create(process="worker:1", beat_at=timezone.now() - timedelta(minutes=1))
        finding = directory.worker()
        if configured.ENVIRONMENT.is_sqlite:
            assert (finding.status, finding.remedy) == ("warning", "Start it: leadkeeper serve")
        else:
            assert (finding.status, finding.remedy) == ("problem", "Start it beside the server: leadkeeper worker")


class TestTheEndpoint:
    def test_was_never_reached(self, organization, settings):
        settings.LEADKEEPER_URL = "https://crm.example.com"
        finding = directory.endpoint()
        assert finding.status == "warning"
        assert "https://crm.example.com/clerk/users" in finding.remedy

    def test_was_reached_lately(self, delivery):
        delivery(ago=timedelta(days=30))
        delivery(ago=timedelta(seconds=12))
        finding = directory.endpoint()
        assert (finding.status, finding.detail) == ("ok", "The last delivery arrived 12 s ago.")

    def test_has_been_quiet_for_long(self, delivery):
        delivery(ago=timedelta(days=9))
        finding = directory.endpoint()
        assert (finding.status, finding.detail) == ("warning", "The last delivery arrived 1 week ago.")


class TestFailedDeliveries:
    def test_none_lately(self, delivery):
        delivery()
        delivery(ago=timedelta(hours=25), outcome="failed")
        assert directory.failed_deliveries().status == "ok"

    def test_some(self, delivery):
        for _ in range(2):
            delivery(ago=timedelta(hours=23), outcome="failed")
        finding = directory.failed_deliveries()
        assert (finding.status, finding.detail) == ("warning", "2 deliveries failed in the last day.")


class TestTheLastSweep:
    @pytest.fixture(autouse=True)
    def six_hours(self, settings):
        settings.DIRECTORY_RECONCILE_HOURS = 6

    def test_there_is_none(self, organization):
        finding = directory.last_sweep()
        assert (finding.status, finding.remedy) == ("warning", "Run: leadkeeper backfill")

    def test_is_complete(self, sweep):
        sweep(ago=timedelta(hours=2), seen=42)
        finding = directory.last_sweep()
        assert finding.status == "ok"
        assert finding.detail == "The last sweep ended 2 hours ago, complete, 42 people seen."

    @pytest.mark.parametrize(("hours", "status"), [(11, "ok"), (13, "problem")])
    def test_is_missed_once_the_schedule_is_two_behind(self, sweep, hours, status):
        sweep(ago=timedelta(hours=hours))
        assert directory.last_sweep().status == status

    def test_is_never_missed_without_a_schedule(self, sweep, settings):
        settings.DIRECTORY_RECONCILE_HOURS = 0
        sweep(ago=timedelta(days=90))
        assert directory.last_sweep().status == "ok"

    def test_was_refused(self, sweep):
        sweep(ago=timedelta(hours=1))
        sweep("refused", reason="Too many would go.")
        finding = directory.last_sweep()
        assert finding.status == "problem"
        assert "Too many would go." in finding.detail
        assert "--force" in finding.remedy

    def test_is_incomplete(self, sweep):
        sweep(ago=timedelta(hours=7))
        sweep("incomplete", reason="Clerk did not answer.")
        finding = directory.last_sweep()
        assert finding.status == "warning"
        assert "Clerk did not answer." in finding.detail

    def test_incomplete_ones_keep_no_schedule(self, sweep):
        sweep(ago=timedelta(hours=13))
        sweep("incomplete")
        assert directory.last_sweep().status == "problem"

    def test_is_on_its_way(self, sweep):
        sweep(ago=timedelta(hours=13))
        sweep("running", ago=timedelta(hours=1), beat=timezone.now(), seen=500)
        finding = directory.last_sweep()
        assert (finding.status, finding.detail) == ("ok", "A sweep is on its way, 500 people seen.")

    @pytest.mark.parametrize("status", ["queued", "running"])
    def test_shows_no_sign_of_life(self, sweep, status):
        sweep(status, ago=timedelta(minutes=5))
        assert directory.last_sweep().status == "warning"
