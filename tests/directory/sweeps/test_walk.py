"""A cursor that the provider takes and does not follow."""

import pytest

from leadkeeper.clerk.backend_api import ClerkDirectory
from leadkeeper.directory.models import Sweep
from leadkeeper.team.models import User
from tests.clerk.stub import serving
from tests.directory.sweeps.fake_directory import FakeDirectory
from tests.directory.sweeps.test_sweep import Killed, counts, killed_after

pytestmark = pytest.mark.django_db


class TestACursorThatIsIgnored:
    @pytest.fixture
    def directory(self):
        directory = FakeDirectory(12)
        directory.ignores_the_cursor = True
        return directory

    def test_is_given_up_for_the_offset(self, directory, run_over):
        run = run_over(directory)
        assert counts(run, "status", "seen", "created", "by_offset") == {
            "status": "complete",
            "seen": 12,
            "created": 12,
            "by_offset": False,
        }
        assert [asked for asked in directory.asked if asked[1]] == [("", 5), ("", 10), ("", 12)]
        assert run_over(directory).status == "complete"

    @pytest.mark.parametrize("people", [1, 4, 5, 6, 10])
    def test_is_noticed_however_many_people_there_are(self, directory, run_over, people):
        directory.rows = directory.rows[:people]
        run = run_over(directory)
        assert counts(run, "status", "seen") == {"status": "complete", "seen": people}

    def test_turns_nobody_off_who_is_there_and_everybody_who_is_gone(self, directory, run_over):
        run_over(directory)
        directory.remove("user_0007")
        assert counts(run_over(directory), "status", "deactivated") == {"status": "complete", "deactivated": 1}
        assert set(User.objects.filter(is_active=False).values_list("clerk_id", flat=True)) == {"user_0007"}

    def test_is_noticed_where_a_row_in_its_place_makes_no_sense(self, directory, run_over):
        directory.rows = directory.rows[:4]
        directory.add_odd("user_odd")
        for number in range(4):
            directory.add(f"user_late_{number}")
        run = run_over(directory)
        assert counts(run, "status", "seen", "quarantined") == {"status": "complete", "seen": 9, "quarantined": 1}

    def test_is_noticed_by_a_run_that_goes_on_after_an_interruption(self, directory, run_over):
        directory.ignores_the_cursor = False
        with pytest.raises(Killed):
            run_over(directory, watch=killed_after(2))
        directory.ignores_the_cursor = True
        run = run_over(directory, Sweep.objects.get())
        assert counts(run, "status", "seen", "created") == {"status": "complete", "seen": 12, "created": 12}

    def test_survives_an_interruption_behind_it(self, directory, run_over):
        with pytest.raises(Killed):
            run_over(directory, watch=killed_after(3))
        run = run_over(directory, Sweep.objects.get())
        assert counts(run, "status", "seen", "created") == {"status": "complete", "seen": 12, "created": 12}

    def test_a_dry_run_notices_it_too(self, directory, rehearse):
        assert counts(rehearse(directory), "status", "seen", "created") == {
            "status": "complete",
            "seen": 12,
            "created": 12,
        }

    def test_over_http(self, settings, run_over):
        count = (200, {"object": "total_count", "total_count": 2})
        page = (200, [{"id": "user_a", "updated_at": 1}, {"id": "user_b", "updated_at": 1}])
        with serving(count, page, page, page, (200, []), count) as stub:
            settings.CLERK_API_URL, settings.CLERK_SECRET_KEY = stub.url, "sk_test_of_the_stub"
            with ClerkDirectory() as clerk:
                run = run_over(clerk)
        assert counts(run, "status", "seen") == {"status": "complete", "seen": 2}
        assert [address.partition("created_at")[2] for address in stub.asked[1:-1]] == [
            "",
            "&starting_after=user_b",
            "",
            "&offset=2",
        ]
