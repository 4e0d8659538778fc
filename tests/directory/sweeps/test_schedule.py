"""Who asks for a sweep, who does it, and what happens to one that nobody finished."""

import logging
import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from leadkeeper.directory.models import Sweep
from leadkeeper.directory.provider import ProviderUnavailable
from leadkeeper.directory.sweeps import schedule
from leadkeeper.directory.sweeps.sweep_lock import sweep_lock
from leadkeeper.storage.errors import Conflict, NotAllowed
from leadkeeper.team.organizations import home
from leadkeeper.team.viewer import Viewer
from tests.directory.sweeps.fake_directory import FakeDirectory, FakeProvider
from tests.directory.sweeps.test_sweep import Killed, fails, killed_after


@pytest.fixture(autouse=True)
def directory(settings, monkeypatch):
    settings.DIRECTORY_PROVIDER = "tests.directory.sweeps.fake_directory.FakeProvider"
    monkeypatch.setattr(FakeProvider, "directory", FakeDirectory(12))
    monkeypatch.setattr(FakeProvider, "configured", True)
    return FakeProvider.directory


def ask(by=None, *, kind=Sweep.Kind.BACKFILL, force=False):
    with transaction.atomic():
        return schedule.ask(kind, by=by or Viewer.system(home()), force=force)


def ago(**delta):
    return timezone.now() - timedelta(**delta)


def interrupted(run_over, directory, **columns):
    """A run that was killed after its second page."""
    with pytest.raises(Killed):
        run_over(directory, watch=killed_after(2))
    Sweep.objects.update(**({"beat_at": ago(minutes=5)} | columns))
    return Sweep.objects.get()


@pytest.mark.django_db
class TestAsking:
    def test_leaves_a_row_that_waits_with_who_asked(self, viewer):
        admin = viewer("admin")
        run = Sweep.objects.get(id=ask(admin).id)
        assert (run.status, run.asked_by_id, run.kind) == ("queued", admin.person_id, "backfill")

    def test_joins_the_one_that_waits(self):
        assert ask().id == ask(kind=Sweep.Kind.RECONCILE).id

    def test_joining_with_force_forces_the_one_that_waits(self):
        run = ask()
        ask(force=True)
        ask()
        run.refresh_from_db()
        assert run.force

    def test_goes_on_with_an_interrupted_one(self, run_over, directory):
        run = interrupted(run_over, directory)
        assert ask().id == run.id

    def test_joining_one_that_runs_writes_nothing_of_its_checkpoint(self, run_over, directory, monkeypatch):
        run = interrupted(run_over, directory)

        def found_before_the_next_page(by, now):
            found = Sweep.objects.get()
            Sweep.objects.update(cursor="user_next", seen=11)
            return found

        monkeypatch.setattr(schedule, "_unfinished", found_before_the_next_page)
        ask(force=True)
        run.refresh_from_db()
        assert (run.cursor, run.seen, run.force) == ("user_next", 11, True)

    def test_goes_on_with_one_that_gave_up_in_mid_walk(self, run_over, directory):
        directory.before_page[2] = fails(ProviderUnavailable("away"))
        gave_up = run_over(directory)
        run = ask()
        assert (run.id, run.status, run.reason) == (gave_up.id, "queued", "")

    def test_begins_anew_after_one_that_walked_to_its_end(self, run_over, directory):
        directory.counted = 99
        short = run_over(directory)
        assert short.status == "incomplete"
        assert ask().id != short.id

    @pytest.mark.parametrize("status", ["running", "incomplete", "queued"])
    def test_begins_anew_after_an_hour(self, run_over, directory, status):
        hours = {"started_at": ago(hours=2), "asked_at": ago(hours=2)}
        old = interrupted(run_over, directory, status=status, **hours)
        assert ask().id != old.id

    def test_joins_one_that_has_been_running_for_hours(self, run_over, directory):
        old = {"started_at": ago(hours=2), "asked_at": ago(hours=2), "beat_at": ago(seconds=20)}
        run = interrupted(run_over, directory, **old)
        assert ask().id == run.id

    def test_is_for_those_who_manage(self, viewer):
        with pytest.raises(NotAllowed):
            ask(viewer("manager"))
        assert not Sweep.objects.exists()

    def test_without_a_key_it_is_a_conflict_that_names_the_setting(self):
        FakeProvider.configured = False
        with pytest.raises(Conflict, match="CLERK_SECRET_KEY"):
            ask()
        assert not Sweep.objects.exists()

    def test_another_organization_has_its_own(self, other_organization):
        assert ask().id != ask(Viewer.system(other_organization)).id


@pytest.mark.django_db
class TestRunningWhatIsDue:
    def test_nothing_is_asked_of_the_provider_before_somebody_asked_for_a_first_sweep(self, directory):
        schedule.run_due_sweeps()
        assert directory.asked == []

    def test_does_what_waits_and_logs_how_it_ended(self, caplog):
        run = ask()
        with caplog.at_level(logging.INFO):
            schedule.run_due_sweeps()
        run.refresh_from_db()
        assert (run.status, run.seen) == ("complete", 12)
        assert caplog.records[-1].report["seen"] == 12

    def test_goes_on_with_an_interrupted_one(self, run_over, directory):
        run = interrupted(run_over, directory)
        schedule.run_due_sweeps()
        run.refresh_from_db()
        assert (run.status, run.seen, run.resumed_from) == ("complete", 12, 10)

    def test_leaves_one_alone_that_somebody_else_is_running(self, run_over, directory):
        run = interrupted(run_over, directory)
        with sweep_lock() as lock:
            assert lock.take()
            schedule.run_due_sweeps()
        run.refresh_from_db()
        assert run.status == "running"

    def test_an_interrupted_one_is_given_up_after_an_hour(self, run_over, directory):
        run = interrupted(run_over, directory, started_at=ago(hours=2))
        directory.asked.clear()
        schedule.run_due_sweeps()
        run.refresh_from_db()
        assert (run.status, directory.asked) == ("incomplete", [])
        assert run.reason

    def test_a_key_that_is_gone_by_then_ends_it_with_a_sentence(self):
        run = ask()
        FakeProvider.configured = False
        schedule.run_due_sweeps()
        run.refresh_from_db()
        assert (run.status, run.reason) == ("incomplete", "CLERK_SECRET_KEY is not set")


@pytest.mark.django_db
class TestReconciling:
    @pytest.fixture
    def last(self, run_over, directory, settings):
        settings.DIRECTORY_RECONCILE_HOURS = 6
        return run_over(directory)

    def test_comes_so_many_hours_after_the_last_sweep(self, last):
        Sweep.objects.update(ended_at=ago(hours=5), asked_at=ago(hours=5))
        schedule.run_due_sweeps()
        assert Sweep.objects.count() == 1
        Sweep.objects.update(ended_at=ago(hours=7), asked_at=ago(hours=7))
        schedule.run_due_sweeps()
        newest = Sweep.objects.order_by("-asked_at").first()
        assert (newest.kind, newest.status, newest.id == last.id) == ("reconcile", "complete", False)

    def test_not_everybody_comes_at_the_same_time(self, organization, settings):
        settings.DIRECTORY_RECONCILE_HOURS = 6
        sweeps = [Sweep(organization=organization) for _ in range(300)]
        pauses = [schedule._pause_after(sweep) / timedelta(hours=1) for sweep in sweeps]
        assert pauses == [schedule._pause_after(sweep) / timedelta(hours=1) for sweep in sweeps]
        assert 5.4 <= min(pauses) < 5.6
        assert 6.4 < max(pauses) <= 6.6

    def test_zero_hours_mean_never(self, last, settings):
        settings.DIRECTORY_RECONCILE_HOURS = 0
        Sweep.objects.update(ended_at=ago(hours=700), asked_at=ago(hours=700))
        schedule.run_due_sweeps()
        assert Sweep.objects.count() == 1

    def test_without_a_key_nothing_happens(self, last):
        FakeProvider.configured = False
        Sweep.objects.update(ended_at=ago(hours=7), asked_at=ago(hours=7))
        schedule.run_due_sweeps()
        assert Sweep.objects.count() == 1


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def in_threads(self, *works):
        failures = []

        def guarded(work):
            try:
                work()
            except BaseException as error:
                failures.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert not failures

    def test_twelve_who_ask_at_once_get_one_run(self):
        self.in_threads(*[ask] * 12)
        assert Sweep.objects.count() == 1

    def test_a_second_follows_the_first_and_sees_it_end(self, directory):
        run = ask()
        seen = []

        def slowly():
            time.sleep(0.2)

        directory.before_page = dict.fromkeys(range(1, 6), slowly)

        def see_through():
            schedule.see_through(Sweep.objects.get(id=run.id), watch=lambda run: seen.append(run.status))

        self.in_threads(see_through, see_through)
        assert len(directory.asked) == 4
        assert seen.count("complete") == 2
        run.refresh_from_db()
        assert (run.status, run.seen) == ("complete", 12)

    def test_a_second_takes_over_when_the_first_dies(self, run_over, directory):
        run = interrupted(run_over, directory)
        with sweep_lock() as dying:
            assert dying.take()
            waiting = threading.Event()
            follower = threading.Thread(
                target=self.in_threads,
                args=(lambda: schedule.see_through(run, watch=lambda run: waiting.set()),),
            )
            follower.start()
            assert waiting.wait(10)
            assert Sweep.objects.get().status == "running"
        follower.join(10)
        done = Sweep.objects.get()
        assert (done.status, done.seen, done.resumed_from) == ("complete", 12, 10)
