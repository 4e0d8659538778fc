"""Whatever happened in the directory, whatever was heard of it and however sweeps were interrupted: in the end the
mirror is the directory."""

from datetime import UTC, datetime

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadkeeper.directory.models import Sweep
from leadkeeper.directory.people.apply import apply
from leadkeeper.directory.people.change import Deleted, Origin, Stated
from leadkeeper.directory.provider import ProviderUnavailable
from leadkeeper.directory.sweeps.catch_up import catch_up
from leadkeeper.directory.sweeps.ledger import Kept
from leadkeeper.directory.sweeps.sweep import sweep
from leadkeeper.directory.sweeps.sweep_lock import sweep_lock
from leadkeeper.team.models import User
from leadkeeper.team.organizations import home
from tests.directory.sweeps.fake_directory import FakeDirectory
from tests.directory.sweeps.test_sweep import Killed, fails, killed_after

PEOPLE = 9
ids = st.integers(0, PEOPLE + 3).map(lambda number: f"user_{number:04}")
events = st.lists(
    st.tuples(st.sampled_from(["join", "rename", "ban", "leave"]), ids, st.booleans()), min_size=1, max_size=4
)
ends = st.one_of(
    st.none(),
    st.tuples(st.just("killed"), st.integers(0, 4)),
    st.tuples(st.just("unavailable"), st.integers(1, 4)),
)


def moment(ms):
    return datetime.fromtimestamp(ms / 1000, UTC)


class History:
    """A directory that things happen to, and a mirror that hears of some of them."""

    def __init__(self, page_rows, knows_the_cursor, *, now=1000, step=1):
        self.directory = FakeDirectory(PEOPLE, page_rows=page_rows)
        self.directory.knows_the_cursor = knows_the_cursor
        self.left = set()
        self.now = now
        self.step = step

    def happen(self, events):
        for what, clerk_id, heard in events:
            self.now += self.step
            self._happen(what, clerk_id)
            if heard:
                self._deliver(clerk_id)

    def _happen(self, what, clerk_id):
        directory = self.directory
        if clerk_id not in directory.ids():
            # An id is never used again.
            if what == "join" and clerk_id not in self.left:
                directory.add(clerk_id, updated_at=self.now, name=f"Joined at {self.now}")
        elif what == "leave":
            directory.remove(clerk_id)
            self.left.add(clerk_id)
        else:
            directory.edit(clerk_id, updated_at=self.now, name=f"{what} at {self.now}", suspended=what == "ban")

    def _deliver(self, clerk_id):
        person = self.directory.person(clerk_id)
        if isinstance(person, Deleted) and clerk_id not in self.left:
            return
        if isinstance(person, Stated):
            person = Stated(clerk_id, person.record, person.updated_at, self.now, Origin.WEBHOOK)
        with transaction.atomic():
            apply([person], organization_id=home().id, now=timezone.now())

    def catch_up(self, known_until, *, fails_at_page=0):
        """Whether it came to its end."""
        away = {fails_at_page: fails(ProviderUnavailable("away"))} if fails_at_page else {}
        self.directory.before_newest = away
        self.directory.asked_for_newest.clear()
        try:
            catch_up(self.directory, known_until=known_until, now=moment(self.now))
        except ProviderUnavailable:
            return False
        return True

    def sweep(self, run=None, *, end=None, meanwhile=()):
        directory = self.directory
        directory.asked.clear()
        directory.before_page = {2: lambda: self.happen(meanwhile)}
        kind, page = end or (None, 0)
        if kind == "unavailable":
            directory.before_page[page] = fails(ProviderUnavailable("away"))
        run = run or Sweep.objects.create(organization=home(), kind=Sweep.Kind.BACKFILL, force=True)
        try:
            with sweep_lock() as lock:
                assert lock.take()
                watch = killed_after(page) if kind == "killed" else lambda run: None
                sweep(directory, Kept(run, lock), watch=watch)
        except Killed:
            pass
        return Sweep.objects.get(id=run.id)


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    page_rows=st.integers(1, 6),
    knows_the_cursor=st.booleans(),
    rounds=st.lists(st.tuples(events, events, ends), max_size=4),
)
def test_in_the_end_the_mirror_is_the_directory(page_rows, knows_the_cursor, rounds):
    User.objects.all().delete()
    history = History(page_rows, knows_the_cursor)
    run = None
    for before, meanwhile, end in rounds:
        history.happen(before)
        unfinished = run if run and (not run.is_over or run.offset) else None
        run = history.sweep(unfinished, end=end, meanwhile=meanwhile)
        assert run.seen == User.objects.filter(seen_in_sweep=run.id).count()
    done = history.sweep()
    assert done.status == "complete"
    assert done.seen == done.expected == len(history.directory.rows)
    mirror = {user.clerk_id: (user.name, user.is_active) for user in User.objects.all()}
    truth = {row.clerk_id: (row.record.name, not row.record.suspended) for row in history.directory.rows}
    assert {clerk_id: mirror[clerk_id] for clerk_id in truth} == truth
    assert not any(active for clerk_id, (_, active) in mirror.items() if clerk_id not in truth)


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    page_rows=st.integers(1, 6),
    rounds=st.lists(st.tuples(events, st.integers(0, 3)), min_size=1, max_size=5),
)
def test_whoever_is_listed_is_known_as_they_are_after_every_catch_up(page_rows, rounds):
    """Minutes pass between the events, so that most of the list is known ground; some catch-ups break off."""
    User.objects.all().delete()
    history = History(page_rows, knows_the_cursor=True, now=1_800_000_000_000, step=4 * 60_000)
    assert history.sweep().status == "complete"
    known_until = moment(history.now)
    for happened, fails_at_page in rounds:
        history.happen(happened)
        if not history.catch_up(known_until, fails_at_page=fails_at_page):
            continue
        known_until = moment(history.now)
        mirror = {user.clerk_id: (user.name, user.is_active) for user in User.objects.all()}
        truth = {row.clerk_id: (row.record.name, not row.record.suspended) for row in history.directory.rows}
        assert {clerk_id: mirror.get(clerk_id) for clerk_id in truth} == truth
