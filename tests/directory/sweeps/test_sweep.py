"""One walk, against a directory in memory that misbehaves on demand."""

import uuid
from dataclasses import replace

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from leadkeeper.directory.models import Delivery, Quarantined, Recheck, Sweep
from leadkeeper.directory.people.apply import apply
from leadkeeper.directory.people.change import Deleted, Origin, Record, Stated
from leadkeeper.directory.provider import ProviderRefuses, ProviderUnavailable
from leadkeeper.directory.sweeps import ledger
from leadkeeper.directory.sweeps.analyze import MANY
from leadkeeper.directory.sweeps.report import report
from leadkeeper.directory.sweeps.sweep import why_not
from leadkeeper.live.models import Notice
from leadkeeper.team.models import Membership, Organization, User
from leadkeeper.team.organizations import home
from leadkeeper.team.roles import Role
from tests.directory.sweeps.fake_directory import FakeDirectory

pytestmark = pytest.mark.django_db


def counts(run, *names):
    return {name: getattr(run, name) for name in names}


def active_ids():
    return set(User.objects.filter(is_active=True).values_list("clerk_id", flat=True))


def webhook(*changes):
    with transaction.atomic():
        apply(changes, organization_id=home().id, now=timezone.now())


def fails(error):
    def raise_it():
        raise error

    return raise_it


class Killed(BaseException):
    """The process ends here, as far as the sweep can tell."""


def killed_after(pages):
    def watch(run):
        if run.pages == pages:
            raise Killed

    return watch


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite decides without statistics")
class TestStatistics:
    def test_when_many_people_came_postgresql_knows_how_many_there_are(self, run_over):
        run_over(FakeDirectory(MANY))
        assert rows_known() == {"team_user": MANY, "team_membership": MANY}

    def test_a_few_are_left_to_its_own_schedule(self, run_over):
        before = rows_known()
        run_over(FakeDirectory(12))
        assert rows_known() == before


def rows_known():
    """How many rows PostgreSQL believes there to be."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, reltuples FROM pg_class WHERE relname IN ('team_user', 'team_membership')")
        return dict(cursor.fetchall())


class TestWalking:
    def test_the_first_walk_makes_everybody_page_by_page(self, run_over):
        run = run_over(FakeDirectory(12))
        assert report(run) | {"duration_s": 0} == {
            "run": str(run.id),
            "status": "complete",
            "reason": "",
            "seen": 12,
            "created": 12,
            "updated": 0,
            "unchanged": 0,
            "deactivated": 0,
            "quarantined": 0,
            "skipped_stale": 0,
            "expected": 12,
            "resumed_from": None,
            "duration_s": 0,
            "pages": 3,
        }
        assert Membership.objects.filter(active=True).count() == 12

    def test_an_empty_directory_is_walked_in_no_pages(self, run_over):
        run = run_over(FakeDirectory())
        assert counts(run, "status", "seen", "pages") == {"status": "complete", "seen": 0, "pages": 0}

    def test_the_second_walk_finds_all_as_it_should_be(self, run_over):
        directory = FakeDirectory(12)
        run_over(directory)
        before = dict(User.objects.values_list("clerk_id", "version"))
        run = run_over(directory)
        assert counts(run, "created", "unchanged", "seen") == {"created": 0, "unchanged": 12, "seen": 12}
        assert dict(User.objects.values_list("clerk_id", "version")) == before

    def test_a_short_page_is_no_end(self, run_over):
        directory = FakeDirectory(12)
        # As where a limit above the greatest one silently becomes ten rows.
        directory.before_page[2] = lambda: setattr(directory, "page_rows", 1)
        run = run_over(directory)
        assert counts(run, "status", "seen") == {"status": "complete", "seen": 12}

    def test_nobody_is_missed_while_people_leave_and_join_in_mid_walk(self, run_over):
        directory = FakeDirectory(23)

        def change():
            directory.remove("user_0001", "user_0002", "user_0010")
            directory.add("user_new", name="New")

        directory.before_page[2] = change
        run = run_over(directory)
        assert run.status == "complete"
        # Two had been walked already; they are absent from the mirror at the next walk.
        assert set(directory.ids()) <= active_ids()
        assert run_over(directory).deactivated == 2
        assert active_ids() == set(directory.ids())

    def test_without_a_cursor_it_goes_on_by_offset_from_the_rows_walked(self, run_over):
        directory = FakeDirectory(12)
        directory.knows_the_cursor = False
        run = run_over(directory)
        assert counts(run, "status", "seen", "by_offset") == {"status": "complete", "seen": 12, "by_offset": False}
        assert [asked for asked in directory.asked if asked[1]] == [("", 5), ("", 10), ("", 12)]

    def test_people_missed_by_a_shifting_offset_are_found_by_id(self, run_over):
        directory = FakeDirectory(20)
        run_over(directory)
        directory.knows_the_cursor = False
        # Behind the first page two of its people leave: everybody moves up, and two slip through between the pages.
        directory.before_page[len(directory.asked) + 3] = lambda: directory.remove("user_0000", "user_0001")
        run = run_over(directory)
        assert run.status == "complete"
        assert directory.asked_by_id == [["user_0005", "user_0006"]]
        assert set(directory.ids()) <= active_ids()

    def test_a_cursor_that_is_gone_starts_over_and_counts_nobody_twice(self, run_over):
        directory = FakeDirectory(12)
        directory.before_page[3] = lambda: directory.remove("user_0009")
        run = run_over(directory)
        assert counts(run, "status", "seen", "created", "unchanged") == {
            "status": "complete",
            "seen": 12,
            "created": 12,
            "unchanged": 0,
        }
        assert directory.asked[2:4] == [("user_0009", 0), ("", 0)]

    def test_a_cursor_that_is_always_gone_is_walked_over_by_offset(self, run_over):
        directory = FakeDirectory(12)
        directory.ids = lambda: [f"not {row.clerk_id}" for row in directory.rows]
        run = run_over(directory)
        assert counts(run, "status", "seen") == {"status": "complete", "seen": 12}

    def test_the_same_page_again_and_again_ends_without_turning_anybody_off(self, run_over):
        directory = FakeDirectory(12)
        run_over(directory)
        first = directory.page()
        directory.page = lambda *, after="", offset=0: first
        run = run_over(directory)
        assert (run.status, run.offset, run.deactivated) == ("incomplete", 0, 0)
        assert "does not end" in run.reason

    def test_rows_without_any_id_for_ever_end_too(self, run_over):
        directory = FakeDirectory()
        for _ in range(5):
            directory.add_odd()
        endless = directory.page()
        directory.page = lambda *, after="", offset=0: endless
        run = run_over(directory)
        assert run.status == "incomplete"
        assert "does not end" in run.reason

    def test_open_pages_hear_of_beginning_and_end(self, run_over):
        run_over(FakeDirectory(3))
        assert Notice.objects.filter(topic="directory").count() >= 2


class TestOrderOfNews:
    def test_a_stale_page_never_beats_a_newer_webhook(self, run_over):
        directory = FakeDirectory(3)
        webhook(Stated("user_0001", Record(name="Newer"), 5000, 5000, Origin.WEBHOOK))
        run = run_over(directory)
        assert User.objects.get(clerk_id="user_0001").name == "Newer"
        assert counts(run, "created", "skipped_stale", "seen") == {"created": 2, "skipped_stale": 1, "seen": 3}

    def test_a_deletion_is_final_against_a_stale_page(self, run_over):
        directory = FakeDirectory(3)
        webhook(Deleted("user_0001"))
        run = run_over(directory)
        assert active_ids() == {"user_0000", "user_0002"}
        assert counts(run, "status", "seen", "skipped_stale") == {"status": "complete", "seen": 3, "skipped_stale": 1}

    def test_a_newer_record_updates_and_what_is_ours_stays(self, run_over):
        directory = FakeDirectory(2)
        run_over(directory)
        Membership.objects.filter(user__clerk_id="user_0001").update(
            role_set_here="manager", capacity=3, may_own_leads=False
        )
        directory.edit("user_0001", name="Renamed")
        assert run_over(directory).updated == 1
        membership = Membership.objects.get(user__clerk_id="user_0001")
        assert membership.user.name == "Renamed"
        assert (membership.role, membership.capacity, membership.may_own_leads) == (Role.MANAGER, 3, False)

    def test_a_ban_found_by_a_sweep_counts_as_deactivated_and_is_lifted_again(self, run_over):
        directory = FakeDirectory(3)
        run_over(directory)
        directory.edit("user_0001", name="Person 1", suspended=True)
        assert counts(run_over(directory), "deactivated", "updated") == {"deactivated": 1, "updated": 0}
        directory.edit("user_0001", name="Person 1", updated_at=3000)
        assert counts(run_over(directory), "deactivated", "updated") == {"deactivated": 0, "updated": 1}
        assert len(active_ids()) == 3


class TestQuarantine:
    def test_one_odd_user_is_reported_and_the_page_goes_on(self, run_over):
        directory = FakeDirectory(3)
        directory.add_odd("user_odd")
        directory.add("user_after", name="After")
        run = run_over(directory)
        assert counts(run, "status", "seen", "created", "quarantined") == {
            "status": "complete",
            "seen": 5,
            "created": 4,
            "quarantined": 1,
        }
        assert Quarantined.objects.get().clerk_id == "user_odd"

    def test_one_without_an_id_goes_by_its_row(self, run_over):
        directory = FakeDirectory(6)
        directory.add_odd()
        directory.add("user_after")
        run = run_over(directory)
        assert counts(run, "status", "seen", "quarantined") == {"status": "complete", "seen": 8, "quarantined": 1}
        assert Quarantined.objects.get().clerk_id == "row 7"

    @pytest.mark.parametrize("people", [0, 3, 4, 5, 7])
    def test_one_without_an_id_at_the_very_end_is_met_once(self, run_over, people):
        directory = FakeDirectory(people)
        directory.add_odd()
        run = run_over(directory)
        assert counts(run, "status", "seen", "quarantined") == {
            "status": "complete",
            "seen": people + 1,
            "quarantined": 1,
        }

    def test_a_quarantined_person_counts_as_present(self, run_over):
        directory = FakeDirectory(4)
        run_over(directory)
        directory.remove("user_0003")
        directory.add_odd("user_0003")
        run = run_over(directory)
        assert run.status == "complete"
        assert "user_0003" in active_ids()
        assert directory.asked_by_id == []

    def test_a_person_whom_the_database_refuses_is_quarantined(self, run_over, monkeypatch):
        def picky(changes, **details):
            if any(change.clerk_id == "user_0002" for change in changes):
                raise ValueError("cannot be stored")
            return apply(changes, **details)

        monkeypatch.setattr(ledger, "apply", picky)
        run = run_over(FakeDirectory(4))
        assert counts(run, "status", "seen", "created", "quarantined") == {
            "status": "complete",
            "seen": 4,
            "created": 3,
            "quarantined": 1,
        }
        assert Quarantined.objects.get().clerk_id == "user_0002"

    def test_who_makes_sense_at_the_second_look_is_counted_once(self, run_over):
        directory = FakeDirectory(page_rows=2)
        directory.add_odd("user_odd")
        for clerk_id in ("user_a", "user_b", "user_c", "user_d"):
            directory.add(clerk_id)

        def heal():
            directory.rows[0] = replace(directory.rows[1], clerk_id="user_odd")
            # The walk stands behind this one: it starts over.
            directory.remove("user_c")

        directory.before_page[3] = heal
        run = run_over(directory)
        assert counts(run, "status", "seen", "created", "quarantined") == {
            "status": "complete",
            "seen": 5,
            "created": 5,
            "quarantined": 0,
        }
        assert not Quarantined.objects.exists()


class TestAbsence:
    def test_one_who_left_is_turned_off_and_comes_back_when_they_turn_up(self, run_over):
        directory = FakeDirectory(12)
        run_over(directory)
        [left] = [row for row in directory.rows if row.clerk_id == "user_0003"]
        directory.remove("user_0003")
        assert counts(run_over(directory), "status", "deactivated") == {"status": "complete", "deactivated": 1}
        assert "user_0003" not in active_ids()
        directory.rows.append(left)
        assert run_over(directory).updated == 1
        assert "user_0003" in active_ids()

    def test_half_a_list_turns_nobody_off(self, run_over):
        directory = FakeDirectory(20)
        run_over(directory)
        directory.hidden = set(directory.ids()[::2])
        run = run_over(directory)
        assert counts(run, "status", "seen", "expected", "deactivated") == {
            "status": "incomplete",
            "seen": 10,
            "expected": 20,
            "deactivated": 0,
        }
        assert "10" in run.reason
        assert "20" in run.reason
        assert len(active_ids()) == 20
        assert directory.asked_by_id == []

    def test_the_smaller_count_is_what_must_be_seen(self, run_over):
        directory = FakeDirectory(12)
        directory.before_page[2] = lambda: directory.remove("user_0010", "user_0011")
        run = run_over(directory)
        assert counts(run, "status", "expected", "seen") == {"status": "complete", "expected": 10, "seen": 10}

    def test_who_is_not_listed_but_found_by_id_stays(self, run_over):
        directory = FakeDirectory(12)
        run_over(directory)
        directory.hidden = {"user_0001"}
        directory.counted = 11
        run = run_over(directory)
        assert counts(run, "status", "seen", "deactivated") == {"status": "complete", "seen": 12, "deactivated": 0}
        assert directory.asked_by_id == [["user_0001"]]
        assert len(active_ids()) == 12

    def test_while_one_of_those_asked_for_makes_no_sense_and_has_no_id_nobody_goes(self, run_over):
        directory = FakeDirectory(12)
        run_over(directory)
        directory.hidden = {"user_0001", "user_0002"}
        directory.counted = 10
        nameless = FakeDirectory()
        nameless.add_odd()
        directory.people_by_id = lambda ids: nameless.page()
        assert run_over(directory).deactivated == 0

    def test_people_are_asked_for_a_hundred_at_a_time(self, run_over):
        directory = FakeDirectory(250, page_rows=100)
        run_over(directory)
        directory.hidden, directory.counted = set(directory.ids()), 0
        run = run_over(directory)
        assert [len(ids) for ids in directory.asked_by_id] == [100, 100, 50]
        assert counts(run, "status", "deactivated", "seen") == {"status": "complete", "deactivated": 0, "seen": 250}

    def test_local_people_are_never_asked_for(self, run_over, organization):
        local = User.objects.create(username="local", name="Local")
        Membership.objects.create(organization=organization, user=local)
        run_over(FakeDirectory(2))
        assert User.objects.get(username="local").is_active

    def test_people_who_are_off_already_are_not_asked_for(self, run_over):
        directory = FakeDirectory(2)
        webhook(Stated("user_old", Record(name="Old", suspended=True), 1, 1, Origin.WEBHOOK), Deleted("user_gone"))
        run_over(directory)
        assert directory.asked_by_id == []


class TestRefusal:
    def leave(self, directory, count):
        directory.remove(*directory.ids()[-count:])

    def test_a_mass_departure_is_refused_with_its_numbers_until_forced(self, run_over):
        directory = FakeDirectory(40)
        run_over(directory)
        self.leave(directory, 6)
        run = run_over(directory)
        assert counts(run, "status", "deactivated", "seen", "missing") == {
            "status": "refused",
            "deactivated": 0,
            "seen": 34,
            "missing": 6,
        }
        assert "6 of 40" in run.reason
        assert "--force" in run.reason
        assert len(active_ids()) == 40
        forced = run_over(directory, force=True)
        assert counts(forced, "status", "deactivated") == {"status": "complete", "deactivated": 6}
        assert active_ids() == set(directory.ids())

    def test_an_emptied_directory_is_refused(self, run_over):
        run_over(FakeDirectory(3))
        run = run_over(FakeDirectory())
        assert (run.status, len(active_ids())) == ("refused", 3)

    def test_the_last_administrator_is_not_turned_off_unasked(self, run_over):
        directory = FakeDirectory(30)
        directory.add("user_boss", name="Boss", role=Role.ADMIN)
        run_over(directory)
        directory.remove("user_boss")
        run = run_over(directory)
        assert run.status == "refused"
        assert "administrator" in run.reason
        assert "user_boss" in active_ids()
        assert run_over(directory, force=True).deactivated == 1

    @pytest.mark.parametrize("kind", ["directory", "here", "local"])
    def test_with_another_administrator_one_may_go(self, run_over, organization, kind):
        directory = FakeDirectory(30)
        directory.add("user_boss", role=Role.OWNER)
        if kind == "directory":
            directory.add("user_other", role=Role.ADMIN)
        run_over(directory)
        if kind == "here":
            Membership.objects.filter(user__clerk_id="user_0001").update(role_set_here="admin")
        if kind == "local":
            user = User.objects.create(username="local", name="Local")
            Membership.objects.create(organization=organization, user=user, role_set_here="owner")
        directory.remove("user_boss")
        assert counts(run_over(directory), "status", "deactivated") == {"status": "complete", "deactivated": 1}

    @pytest.mark.parametrize(
        ("gone", "active", "refused"),
        [(1, 1, True), (1, 2, False), (2, 3, True), (5, 10, False), (5, 9, True), (6, 60, False), (6, 59, True)],
    )
    def test_the_rule(self, gone, active, refused):
        assert bool(why_not(gone=gone, active=active, last_administrator=False)) is refused


class TestGivingUp:
    def test_keeps_its_checkpoint_and_goes_on_later_in_the_same_run(self, run_over):
        directory = FakeDirectory(12)
        directory.before_page[2] = fails(ProviderUnavailable("Gave up after 60 s"))
        run = run_over(directory)
        assert counts(run, "status", "seen", "cursor") == {"status": "incomplete", "seen": 5, "cursor": "user_0004"}
        assert run.reason == "Gave up after 60 s"
        again = run_over(directory, run)
        assert counts(again, "status", "seen", "created", "resumed_from", "reason") == {
            "status": "complete",
            "seen": 12,
            "created": 12,
            "resumed_from": 5,
            "reason": "",
        }
        assert directory.asked[2] == ("user_0004", 0)

    def test_a_refused_key_is_told_and_turns_nobody_off(self, run_over):
        run_over(FakeDirectory(4))
        directory = FakeDirectory(4)
        directory.before_page[1] = fails(ProviderRefuses("check CLERK_SECRET_KEY"))
        run = run_over(directory)
        assert counts(run, "status", "deactivated", "reason") == {
            "status": "incomplete",
            "deactivated": 0,
            "reason": "check CLERK_SECRET_KEY",
        }

    def test_while_asking_by_id_it_goes_on_from_there(self, run_over):
        directory = FakeDirectory(12)
        run_over(directory)
        directory.remove("user_0003")
        by_id = directory.people_by_id
        directory.people_by_id = lambda ids: fails(ProviderUnavailable("away"))()
        run = run_over(directory)
        assert counts(run, "status", "deactivated") == {"status": "incomplete", "deactivated": 0}
        directory.people_by_id = by_id
        again = run_over(directory, run)
        assert counts(again, "status", "deactivated", "seen", "resumed_from") == {
            "status": "complete",
            "deactivated": 1,
            "seen": 11,
            "resumed_from": 11,
        }

    def test_something_unexpected_is_raised_and_noted(self, run_over):
        directory = FakeDirectory(12)
        directory.before_page[2] = fails(LookupError("a mistake of ours"))
        with pytest.raises(LookupError):
            run_over(directory)
        run = Sweep.objects.get()
        assert run.status == "incomplete"
        assert run.reason == "LookupError: a mistake of ours"

    def test_when_the_database_goes_away_the_run_stays_to_be_continued(self, run_over, monkeypatch):
        directory = FakeDirectory(12)
        monkeypatch.setattr(ledger, "apply", lambda *args, **kwargs: fails(OperationalError("locked"))())
        with pytest.raises(OperationalError):
            run_over(directory)
        assert Sweep.objects.get().status == "running"


class TestGoingOn:
    def test_killed_after_a_page_it_goes_on_behind_that_page(self, run_over):
        directory = FakeDirectory(12)
        with pytest.raises(Killed):
            run_over(directory, watch=killed_after(2))
        run = Sweep.objects.get()
        assert counts(run, "status", "seen") == {"status": "running", "seen": 10}
        directory.asked.clear()
        again = run_over(directory, run)
        assert directory.asked == [("user_0009", 0), ("user_0011", 0)]
        assert counts(again, "status", "seen", "created", "resumed_from", "pages") == {
            "status": "complete",
            "seen": 12,
            "created": 12,
            "resumed_from": 10,
            "pages": 3,
        }

    def test_when_the_cursor_is_gone_by_then_it_starts_over_keeping_who_was_seen(self, run_over):
        directory = FakeDirectory(12)
        with pytest.raises(Killed):
            run_over(directory, watch=killed_after(2))
        directory.remove("user_0009")
        again = run_over(directory, Sweep.objects.get())
        assert counts(again, "status", "seen", "created", "resumed_from") == {
            "status": "complete",
            "seen": 12,
            "created": 12,
            "resumed_from": 10,
        }

    def test_killed_before_its_first_page_it_simply_begins(self, run_over):
        directory = FakeDirectory(3)
        directory.before_page[1] = fails(Killed())
        with pytest.raises(Killed):
            run_over(directory)
        again = run_over(directory, Sweep.objects.get())
        assert counts(again, "status", "resumed_from", "seen") == {
            "status": "complete",
            "resumed_from": None,
            "seen": 3,
        }

    def test_by_offset_it_goes_on_by_offset(self, run_over):
        directory = FakeDirectory(12)
        directory.knows_the_cursor = False
        with pytest.raises(Killed):
            run_over(directory, watch=killed_after(2))
        directory.asked.clear()
        assert run_over(directory, Sweep.objects.get()).seen == 12
        assert directory.asked == [("", 10), ("", 12)]


class TestDryRun:
    def everything(self):
        tables = (User, Membership, Sweep, Quarantined, Recheck, Delivery, Notice, Organization)
        return [list(table.objects.order_by("pk").values()) for table in tables]

    def test_says_what_would_happen_and_leaves_no_trace(self, rehearse, run_over):
        directory = FakeDirectory(30)
        run_over(directory)
        directory.edit("user_0001", name="Renamed")
        directory.edit("user_0002", name="Person 2", suspended=True)
        directory.remove("user_0003")
        directory.add("user_new")
        directory.add_odd("user_odd")
        before = self.everything()
        run = rehearse(directory)
        assert report(run, kept=False) | {"duration_s": 0} == {
            "run": None,
            "status": "complete",
            "reason": "",
            "seen": 31,
            "created": 1,
            "updated": 1,
            "unchanged": 27,
            "deactivated": 2,
            "quarantined": 1,
            "skipped_stale": 0,
            "expected": 31,
            "resumed_from": None,
            "duration_s": 0,
            "pages": 7,
        }
        assert self.everything() == before
        names = ("created", "updated", "unchanged", "deactivated", "quarantined", "seen")
        assert counts(run_over(directory), *names) == counts(run, *names)

    def test_would_refuse_as_the_real_one_would(self, rehearse, run_over):
        run_over(FakeDirectory(4))
        assert rehearse(FakeDirectory(1)).status == "refused"
        forced = rehearse(FakeDirectory(1), force=True)
        assert (forced.status, forced.deactivated) == ("complete", 3)
        assert len(active_ids()) == 4

    def test_measures_departures_against_those_who_would_be_here(self, rehearse, run_over):
        run_over(FakeDirectory(10))
        directory = FakeDirectory(60)
        directory.remove(*(f"user_{number:04}" for number in range(6)))
        assert counts(rehearse(directory), "status", "created", "deactivated") == {
            "status": "complete",
            "created": 50,
            "deactivated": 6,
        }

    def test_notices_half_a_list(self, rehearse):
        directory = FakeDirectory(12)
        directory.hidden = set(directory.ids()[::2])
        assert rehearse(directory).status == "incomplete"

    def test_gives_up_like_the_real_one(self, rehearse):
        directory = FakeDirectory(12)
        directory.before_page[2] = fails(ProviderUnavailable("away"))
        assert counts(rehearse(directory), "status", "reason") == {"status": "incomplete", "reason": "away"}


def test_ids_of_runs_differ(run_over):
    first, second = run_over(FakeDirectory(1)), run_over(FakeDirectory(1))
    assert first.id != second.id
    assert User.objects.get().seen_in_sweep == uuid.UUID(str(second.id))
