"""The loops that look for work."""

import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leadkeeper.directory.models import Sweep
from leadkeeper.project import background
from leadkeeper.project.background import JOBS, Background, once_in
from leadkeeper.team.models import Membership
from tests.clerk.door import deliver, event


def test_a_job_that_found_nothing_rests_and_one_that_did_goes_on(monkeypatch):
    now, found, looks = [100.0], [5, 5, 0, 0], []
    monkeypatch.setattr(background.time, "monotonic", lambda: now[0])

    def job() -> int:
        looks.append(now[0])
        return found.pop(0)

    look = once_in(3600, job)
    for moment in (100.0, 101.0, 102.0, 103.0, 3701.0, 3702.0, 3703.0):
        now[0] = moment
        look()
    assert looks == [100.0, 101.0, 102.0, 3702.0]


@pytest.mark.django_db
def test_a_second_in_which_nothing_is_to_be_done_asks_the_database_at_most_seven_times():
    jobs = [job for of_one_thread in JOBS.values() for job in of_one_thread]
    for job in jobs:
        job()
    with CaptureQueriesContext(connection) as asked:
        for job in jobs:
            job()
    assert len(asked) <= 7, "\n".join(query["sql"] for query in asked.captured_queries)


@pytest.mark.django_db(transaction=True)
class TestASamplePerson:
    """A signed user.created of somebody fixed, years old: what a button in Clerk's dashboard sends."""

    @pytest.fixture
    def working(self):
        work = Background(inside_server=True)
        work.start()
        yield
        work.stop()

    def test_is_active_no_longer_within_three_seconds(self, sandbox, settings, organization, working):
        settings.CLERK_INSTANCE_ID = ""
        Sweep.objects.create(
            organization=organization,
            kind=Sweep.Kind.BACKFILL,
            status=Sweep.Status.COMPLETE,
            started_at=timezone.now(),
            ended_at=timezone.now(),
        )
        sample = event(id_="user_29w83sxmDNGwOuEthce5gg56FcC", updated_at=1_654_012_591_835, first_name="Example")
        assert deliver(sample) == [204]
        assert Membership.objects.get().active, "stored as usual"
        until = time.monotonic() + 3
        while Membership.objects.get().active and time.monotonic() < until:
            time.sleep(0.05)
        assert not Membership.objects.get().active
        assert sandbox.api.calls["one"] == 1
