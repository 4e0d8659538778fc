"""People of whom the mirror is in doubt are asked for by id."""

from datetime import timedelta

import pytest
from django.utils import timezone

from leadkeeper.directory.models import Recheck, Sweep
from leadkeeper.directory.people import recheck
from leadkeeper.directory.people.apply import apply
from leadkeeper.directory.people.change import Deleted, Origin, Record, Stated
from leadkeeper.directory.people.recheck import recheck_people
from leadkeeper.directory.provider import ProviderRefuses, ProviderUnavailable
from leadkeeper.team.models import Membership, User
from tests.directory.sweeps.fake_directory import FakeDirectory, FakeProvider
from tests.directory.sweeps.test_sweep import fails, webhook

A_DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def directory(settings, monkeypatch):
    settings.DIRECTORY_PROVIDER = "tests.directory.sweeps.fake_directory.FakeProvider"
    monkeypatch.setattr(FakeProvider, "directory", FakeDirectory(12))
    monkeypatch.setattr(FakeProvider, "configured", True)
    return FakeProvider.directory


def ago(**delta):
    return timezone.now() - timedelta(**delta)


def told(clerk_id="user_sample", *, updated_at, event_at=None, **fields):
    """What a delivery says of somebody; times are moments."""
    at = int(updated_at.timestamp() * 1000)
    event = int((event_at or timezone.now()).timestamp() * 1000)
    return Stated(clerk_id, Record(**({"name": "Example Example"} | fields)), at, event, Origin.WEBHOOK)


def is_active(clerk_id="user_sample"):
    membership = Membership.objects.select_related("user").get(user__clerk_id=clerk_id)
    assert membership.active == membership.user.is_active
    return membership.active


@pytest.mark.django_db
class TestRechecking:
    @pytest.fixture
    def doubt(self, directory, run_over):
        """Two records of one moment disagree about a person of whom the directory says a third thing."""
        run_over(directory)
        directory.edit("user_0001", name="As it is now", updated_at=7000)
        webhook(Stated("user_0001", Record(name="One"), 7000, 1, Origin.WEBHOOK))
        webhook(Stated("user_0001", Record(name="Other"), 7000, 1, Origin.WEBHOOK))
        return Recheck.objects.get()

    def test_the_truth_is_fetched_by_id(self, doubt):
        recheck_people()
        assert User.objects.get(clerk_id="user_0001").name == "As it is now"
        assert not Recheck.objects.exists()

    def test_one_who_is_deleted_there_is_deleted_here(self, doubt, directory):
        directory.remove("user_0001")
        recheck_people()
        assert User.objects.get(clerk_id="user_0001").deleted_at is not None

    @pytest.mark.parametrize("error", [ProviderUnavailable("away"), ProviderRefuses("no")])
    def test_when_that_fails_it_is_tried_later_and_later(self, doubt, directory, error):
        directory.person = lambda clerk_id: fails(error)()
        recheck_people()
        first = Recheck.objects.get()
        assert first.next_try_at > timezone.now()
        Recheck.objects.update(next_try_at=ago(seconds=1))
        recheck_people()
        second = Recheck.objects.get()
        assert second.attempts == 2
        assert second.next_try_at > first.next_try_at

    def test_before_the_first_sweep_nothing_is_asked(self, doubt, directory):
        Sweep.objects.all().delete()
        directory.person = lambda clerk_id: pytest.fail("asked")
        recheck_people()
        assert Recheck.objects.exists()

    def test_without_a_key_nothing_is_asked(self, doubt):
        FakeProvider.configured = False
        recheck_people()
        assert Recheck.objects.get().attempts == 0

    def test_a_doubt_that_comes_while_the_answer_is_on_its_way_is_not_lost(self, doubt, directory):
        one_by_one = directory.person

        def slowly(clerk_id):
            answer = one_by_one(clerk_id)
            webhook(Stated("user_0001", Record(name="Third"), 7000, 1, Origin.WEBHOOK))
            return answer

        directory.person = slowly
        recheck_people()
        again = Recheck.objects.get()
        assert again.asked_at > doubt.asked_at
        assert again.next_try_at <= timezone.now()
        directory.person = one_by_one
        recheck_people()
        assert not Recheck.objects.exists()
        assert User.objects.get(clerk_id="user_0001").name == "As it is now"

    def test_one_who_cannot_be_stored_holds_up_nobody(self, doubt, directory, monkeypatch):
        webhook(told("user_0002", updated_at=ago(days=400)))
        Recheck.objects.create(clerk_id="user_0002")

        def picky(changes, **details):
            if changes[0].clerk_id == "user_0001":
                raise ValueError("cannot be stored")
            return apply(changes, **details)

        monkeypatch.setattr(recheck, "apply", picky)
        recheck_people()
        left = Recheck.objects.get()
        assert (left.clerk_id, left.attempts) == ("user_0001", 1)
        assert left.next_try_at > timezone.now()

    def test_many_are_asked_for_together(self, directory, run_over):
        run_over(directory)
        directory.asked_by_id.clear()
        Recheck.objects.bulk_create(Recheck(clerk_id=f"user_{number:04}") for number in range(12))
        directory.remove("user_0003")
        asked = []
        one_by_one = directory.person
        directory.person = lambda clerk_id: asked.append(clerk_id) or one_by_one(clerk_id)
        recheck_people()
        assert (len(directory.asked_by_id), asked) == (1, ["user_0003"])
        assert not Recheck.objects.exists()
        assert not is_active("user_0003")
        assert is_active("user_0004")

    def test_where_they_cannot_be_asked_for_together_each_is_by_itself(self, directory, run_over):
        run_over(directory)
        Recheck.objects.bulk_create(Recheck(clerk_id=f"user_{number:04}") for number in range(12))
        directory.people_by_id = lambda ids: fails(ProviderRefuses("no filter here"))()
        recheck_people()
        assert not Recheck.objects.exists()


@pytest.mark.django_db
class TestASamplePerson:
    """Somebody whom nobody knows, told by a record years old: as a button in Clerk's dashboard sends them."""

    @pytest.fixture
    def begun(self, run_over, directory):
        run_over(directory)

    def test_is_stored_as_usual_then_found_to_be_nobody(self, begun):
        webhook(told(updated_at=ago(days=1500)))
        assert is_active()
        recheck_people()
        assert not is_active()
        assert not Recheck.objects.exists()

    def test_is_not_offered_and_stays_on_team(self, begun, api):
        webhook(told(updated_at=ago(days=1500)))
        recheck_people()
        assert api().get("/api/assignees?q=example").json()["items"] == []
        (shown,) = api().get("/api/team?q=example").json()["items"]
        assert (shown["name"], shown["active"]) == ("Example Example", False)

    def test_stays_where_there_is_no_answer(self, begun, directory):
        webhook(told(updated_at=ago(days=1500)))
        directory.person = lambda clerk_id: fails(ProviderUnavailable("away"))()
        recheck_people()
        assert is_active()
        assert Recheck.objects.get().attempts == 1

    def test_who_is_there_after_all_stays(self, begun, directory):
        directory.add("user_sample", name="Example Example", updated_at=5)
        webhook(told(updated_at=ago(days=1500)))
        recheck_people()
        assert is_active()
        assert not Recheck.objects.exists()

    def test_is_asked_for_only_once_a_backfill_has_begun(self, directory, organization):
        webhook(told(updated_at=ago(days=1500)))
        directory.person = lambda clerk_id: pytest.fail("asked")
        recheck_people()
        assert is_active()
        del directory.person
        Sweep.objects.create(organization=organization, kind=Sweep.Kind.BACKFILL)
        recheck_people()
        assert not is_active()

    @pytest.mark.parametrize(
        ("age", "doubted"), [(A_DAY + timedelta(minutes=1), True), (A_DAY - timedelta(minutes=1), False)]
    )
    def test_is_one_whose_record_is_over_a_day_older_than_now(self, begun, age, doubted):
        webhook(told(updated_at=timezone.now() - age))
        assert Recheck.objects.exists() == doubted

    def test_is_not_judged_by_when_the_event_happened(self, begun):
        old = ago(days=1500)
        webhook(told(updated_at=old, event_at=old + timedelta(milliseconds=20)))
        assert Recheck.objects.exists()

    def test_is_nobody_who_is_known(self, begun):
        webhook(told("user_0001", updated_at=ago(days=1500)))
        assert not Recheck.objects.exists()

    def test_is_nobody_whom_a_sweep_lists(self, run_over, directory):
        run_over(directory)
        assert not Recheck.objects.exists()

    def test_that_is_sent_again_is_not_active_again_in_between(self, begun):
        sample = told(updated_at=ago(days=1500))
        webhook(sample)
        recheck_people()
        for later in (sample.event_at, sample.event_at + 1000):
            webhook(Stated("user_sample", sample.record, sample.updated_at, later, Origin.WEBHOOK))
            assert not is_active()
            recheck_people()
            assert not is_active()

    def test_who_turns_up_later_is_active_again(self, begun, directory, run_over):
        """As where the key was of another instance than the webhooks."""
        sample = told(updated_at=ago(days=1500))
        webhook(sample)
        recheck_people()
        directory.add("user_sample", updated_at=sample.updated_at, name="Example Example")
        run_over(directory)
        assert is_active()

    def test_who_says_something_new_is_active_again_and_asked_for(self, begun):
        webhook(told(updated_at=ago(days=1500)))
        recheck_people()
        webhook(told(updated_at=timezone.now(), name="Not an example"))
        assert is_active()
        assert Recheck.objects.exists()

    def test_a_deletion_that_comes_meanwhile_needs_no_asking(self, begun, directory):
        webhook(told(updated_at=ago(days=1500)), Deleted("user_sample"))
        assert not Recheck.objects.exists()
