"""Between sweeps: the people who changed lately are looked for, newest first."""

from datetime import timedelta

import pytest
from django.utils import timezone

from leadkeeper.directory.models import CatchUp, Sweep
from leadkeeper.directory.people.change import Deleted
from leadkeeper.directory.provider import ProviderUnavailable
from leadkeeper.directory.sweeps import catch_up as catching_up
from leadkeeper.directory.sweeps.catch_up import catch_up_when_due
from leadkeeper.live.models import Notice
from leadkeeper.team.models import User
from tests.directory.sweeps.fake_directory import FakeDirectory, FakeProvider
from tests.directory.sweeps.test_sweep import webhook


@pytest.fixture
def directory(settings, monkeypatch):
    settings.DIRECTORY_PROVIDER = "tests.directory.sweeps.fake_directory.FakeProvider"
    settings.DIRECTORY_CATCHUP_MINUTES = 15
    monkeypatch.setattr(FakeProvider, "directory", FakeDirectory(12))
    monkeypatch.setattr(FakeProvider, "configured", True)
    return FakeProvider.directory


@pytest.fixture
def swept(directory, run_over):
    """Everybody is known as of a sweep, half an hour ago."""
    run = run_over(directory)
    then = ago(minutes=30)
    Sweep.objects.filter(id=run.id).update(asked_at=then, started_at=then, ended_at=then)
    return run


def ago(**delta):
    return timezone.now() - timedelta(**delta)


def ms(moment):
    return int(moment.timestamp() * 1000)


def name_of(clerk_id):
    return User.objects.get(clerk_id=clerk_id).name


def due_again():
    CatchUp.objects.update(next_at=ago(seconds=1))


@pytest.mark.django_db
class TestWhatIsFound:
    def test_a_lost_edit_and_a_lost_arrival_are_made_good(self, swept, directory):
        directory.edit("user_0003", name="Edited", updated_at=ms(ago(minutes=20)))
        directory.add("user_new", name="New", updated_at=ms(ago(minutes=1)))
        catch_up_when_due()
        assert (name_of("user_0003"), name_of("user_new")) == ("Edited", "New")
        assert Notice.objects.filter(topic="team").exists()

    def test_the_walk_ends_at_known_ground(self, swept, directory):
        directory.edit("user_0003", name="Edited", updated_at=ms(ago(minutes=20)))
        catch_up_when_due()
        assert directory.asked_for_newest == [0]

    def test_a_page_of_what_deliveries_told_already_is_no_ground(self, swept, directory):
        directory.edit("user_0011", name="Lost", updated_at=ms(ago(minutes=25)))
        for number in range(directory.page_rows):
            directory.edit(f"user_{number:04}", name="Delivered", updated_at=ms(ago(minutes=5)))
            webhook(directory.person(f"user_{number:04}"))
        catch_up_when_due()
        assert directory.asked_for_newest == [0, 5]
        assert name_of("user_0011") == "Lost"

    def test_somebody_deleted_stays_so(self, swept, directory):
        webhook(Deleted("user_0003"))
        directory.edit("user_0003", name="Late", updated_at=ms(ago(minutes=1)))
        catch_up_when_due()
        assert not User.objects.get(clerk_id="user_0003").is_active

    def test_what_is_newer_here_stays(self, swept, directory):
        directory.edit("user_0003", name="Newest", updated_at=ms(ago(minutes=2)))
        webhook(directory.person("user_0003"))
        directory.edit("user_0003", name="Older", updated_at=ms(ago(minutes=10)))
        catch_up_when_due()
        assert name_of("user_0003") == "Newest"

    def test_one_who_was_absent_and_is_listed_is_back(self, swept, directory):
        User.objects.filter(clerk_id="user_0003").update(absent_since=timezone.now(), is_active=False)
        catch_up_when_due()
        assert User.objects.get(clerk_id="user_0003").is_active

    def test_nobody_is_turned_off_for_not_being_listed(self, swept, directory):
        directory.remove("user_0003")
        catch_up_when_due()
        assert User.objects.get(clerk_id="user_0003").is_active

    def test_a_record_that_cannot_be_stored_harms_no_other(self, swept, directory, caplog):
        directory.edit("user_0003", name="half a \ud83d", updated_at=ms(ago(minutes=1)))
        directory.edit("user_0004", name="Edited", updated_at=ms(ago(minutes=1)))
        catch_up_when_due()
        assert (name_of("user_0003"), name_of("user_0004")) == ("Person 3", "Edited")
        assert caplog.records[-1].clerk_id == "user_0003"

    def test_where_too_many_changed_a_sweep_is_asked_for(self, swept, directory, monkeypatch):
        monkeypatch.setattr(catching_up, "MOST_PAGES", 2)
        for number in range(12):
            directory.edit(f"user_{number:04}", name="Imported", updated_at=ms(ago(minutes=1)))
        catch_up_when_due()
        assert directory.asked_for_newest == [0, 5]
        assert Sweep.objects.filter(kind="reconcile", status="queued").count() == 1
        assert CatchUp.objects.get().known_until is None

    def test_but_not_where_deliveries_told_of_all_of_them(self, swept, directory, monkeypatch):
        monkeypatch.setattr(catching_up, "MOST_PAGES", 2)
        for number in range(12):
            directory.edit(f"user_{number:04}", name="Imported", updated_at=ms(ago(minutes=1)))
            webhook(directory.person(f"user_{number:04}"))
        catch_up_when_due()
        assert Sweep.objects.count() == 1


@pytest.mark.django_db
class TestWhenItIsDue:
    def test_so_many_minutes_after_the_sweep_and_after_the_last_one(self, swept, directory):
        Sweep.objects.update(ended_at=ago(minutes=14))
        catch_up_when_due()
        assert directory.asked_for_newest == []
        Sweep.objects.update(ended_at=ago(minutes=16))
        for _ in range(3):
            catch_up_when_due()
        assert directory.asked_for_newest == [0]
        due_again()
        catch_up_when_due()
        assert directory.asked_for_newest == [0, 0]

    def test_each_goes_back_to_the_one_before(self, swept, directory):
        catch_up_when_due()
        due_again()
        for number in range(12):
            directory.edit(f"user_{number:04}", name="Before it", updated_at=ms(ago(minutes=10)))
        directory.asked_for_newest.clear()
        catch_up_when_due()
        assert directory.asked_for_newest == [0]

    def test_never_before_a_first_complete_sweep(self, swept, directory):
        Sweep.objects.update(status="incomplete")
        catch_up_when_due()
        Sweep.objects.all().delete()
        catch_up_when_due()
        assert directory.asked_for_newest == []

    @pytest.mark.parametrize("status", ["queued", "running"])
    def test_not_while_a_sweep_is_on_its_way(self, swept, directory, status):
        Sweep.objects.create(organization_id=swept.organization_id, kind="reconcile", status=status)
        catch_up_when_due()
        assert directory.asked_for_newest == []

    def test_zero_minutes_mean_never(self, swept, directory, settings):
        settings.DIRECTORY_CATCHUP_MINUTES = 0
        catch_up_when_due()
        assert directory.asked_for_newest == []

    def test_when_the_provider_is_away_the_next_one_goes_as_far_back(self, swept, directory, monkeypatch, caplog):
        def away(*, offset=0):
            raise ProviderUnavailable("Clerk did not answer in time.")

        with monkeypatch.context() as while_away:
            while_away.setattr(directory, "newest", away)
            catch_up_when_due()
        assert "Clerk did not answer in time." in str(caplog.records[-1].problem)
        assert CatchUp.objects.get().known_until is None
        assert CatchUp.objects.get().next_at > timezone.now()
        due_again()
        catch_up_when_due()
        assert CatchUp.objects.get().known_until is not None

    def test_without_a_key_nothing_happens(self, swept, directory):
        FakeProvider.configured = False
        catch_up_when_due()
        assert directory.asked_for_newest == []
