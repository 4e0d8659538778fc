"""The tail hears every notice once it is committed, whoever writes and however late they commit."""

import random
import threading
import time

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Max

from leadkeeper.live import reading
from leadkeeper.live.announce import announce
from leadkeeper.live.models import Notice
from leadkeeper.live.tail import NotReady, Tail
from tests.at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)

only_postgres = pytest.mark.skipif("connection.vendor == 'sqlite'", reason="writers take turns on SQLite")


@pytest.fixture
def heard():
    """What a running tail has passed on so far."""
    notices = []
    tail = Tail(notices.extend)
    tail.start()
    tail.follow()
    soon(lambda: tail.position(10) == tail._reader.positions.last)
    yield notices
    tail.stop()
    assert not tail._thread.is_alive()


def soon(condition, timeout=5.0):
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.01)


def topics(notices):
    return [notice.topic for notice in notices]


class TestNews:
    def test_what_is_committed_arrives_in_order_with_its_organization(self, heard, organization, other_organization):
        announce(organization.id, ["team", "leads"])
        announce(other_organization.id, ["team"])
        soon(lambda: len(heard) == 3)
        assert topics(heard) == ["team", "leads", "team"]
        assert [notice.organization_id for notice in heard] == [organization.id] * 2 + [other_organization.id]
        assert heard[-1].position == Notice.objects.aggregate(newest=Max("id"))["newest"]

    def test_it_arrives_within_a_fifth_of_a_second(self, heard, organization):
        announce(organization.id, ["warm"])
        soon(lambda: heard)
        started = time.monotonic()
        announce(organization.id, ["team"])
        soon(lambda: len(heard) == 2)
        assert time.monotonic() - started < 0.2

    def test_what_was_there_before_is_not_news(self, organization):
        announce(organization.id, ["old"])
        notices = []
        tail = Tail(notices.extend)
        tail.start()
        tail.follow()
        soon(lambda: tail.position(10) == Notice.objects.get().id)
        announce(organization.id, ["new"])
        soon(lambda: notices)
        tail.stop()
        assert topics(notices) == ["new"]

    def test_what_is_not_committed_is_not_told(self, heard, organization):
        with transaction.atomic():
            announce(organization.id, ["undone"])
            transaction.set_rollback(True)
        announce(organization.id, ["done"])
        soon(lambda: heard)
        assert topics(heard) == ["done"]

    def test_more_than_one_reading_takes(self, heard, organization):
        with transaction.atomic():
            announce(organization.id, (f"lead:{number}" for number in range(2500)))
        soon(lambda: len(heard) == 2500)
        assert topics(heard) == [f"lead:{number}" for number in range(2500)]

    def test_many_writers_who_commit_late_lose_nothing(self, heard, organization):
        chance = random.Random(7)
        plans = [[chance.random() * 0.02 for _ in range(15)] for _ in range(6)]

        def write(writer):
            for number, pause in enumerate(plans[writer]):
                with transaction.atomic():
                    announce(organization.id, [f"{writer}.{number}"])
                    time.sleep(pause)

        at_once([lambda writer=writer: write(writer) for writer in range(6)])
        expected = sorted(f"{writer}.{number}" for writer in range(6) for number in range(15))
        soon(lambda: sorted(set(topics(heard))) == expected)
        assert len(heard) == len(expected)
        assert [notice.position for notice in heard] == sorted(notice.position for notice in heard)


@only_postgres
class TestLateCommit:
    @pytest.fixture
    def late(self, organization):
        """A transaction in another thread that has written 'late', and ends when it is told how."""
        written, end = threading.Event(), threading.Event()
        outcome = {}

        def write():
            with transaction.atomic():
                announce(organization.id, ["late"])
                written.set()
                end.wait(20)
                transaction.set_rollback(outcome["rollback"])
            connection.close()

        thread = threading.Thread(target=write)
        thread.start()
        assert written.wait(10)

        def finish(*, rollback=False):
            outcome["rollback"] = rollback
            end.set()
            thread.join(10)

        yield finish
        if thread.is_alive():
            finish(rollback=True)

    def test_a_lower_id_that_commits_later_is_heard(self, heard, late, organization):
        announce(organization.id, ["early"])
        soon(lambda: heard)
        late()
        soon(lambda: len(heard) == 2)
        assert topics(heard) == ["early", "late"]
        newest = Notice.objects.aggregate(newest=Max("id"))["newest"]
        # Whoever has heard only the early one asks again from before the late one.
        assert [notice.position for notice in heard] == [newest - 2, newest]

    def test_a_tail_that_starts_meanwhile_hears_it(self, late, organization):
        announce(organization.id, ["early"])
        notices = []
        tail = Tail(notices.extend)
        tail.start()
        tail.follow()
        tail.position(10)
        late()
        soon(lambda: notices)
        tail.stop()
        assert topics(notices) == ["late"]

    def test_it_is_waited_for_as_long_as_it_takes(self, heard, late, organization):
        announce(organization.id, ["early"])
        soon(lambda: heard)
        time.sleep(0.5)
        late()
        soon(lambda: len(heard) == 2)

    def test_one_that_is_undone_is_given_up(self, organization, late):
        tail = Tail(lambda news: None)
        tail.start()
        tail.follow()
        announce(organization.id, ["early"])
        newest = Notice.objects.aggregate(newest=Max("id"))["newest"]
        time.sleep(0.3)
        assert tail.position() < newest - 1
        late(rollback=True)
        soon(lambda: tail.position() == newest)
        tail.stop()


class TestNobodyListens:
    @pytest.fixture
    def counted(self, monkeypatch):
        """How often the notices were asked for."""
        monkeypatch.setattr("leadkeeper.live.tail._FOLLOWS_ON_FOR_S", 0.1)
        asked = []
        rows = reading.Questions.rows
        monkeypatch.setattr(reading.Questions, "rows", lambda *given: asked.append(given) or rows(*given))
        return asked

    def test_nothing_is_asked_before_somebody_does(self, counted, organization):
        tail = Tail(lambda news: None)
        tail.start()
        announce(organization.id, ["leads"])
        time.sleep(0.4)
        assert counted == []
        with pytest.raises(NotReady):
            tail.position(0.01)
        tail.stop()

    def test_nothing_is_asked_after_they_have_left_and_who_comes_again_hears_what_comes(self, counted, organization):
        notices = []
        tail = Tail(notices.extend)
        tail.start()
        tail.follow()
        tail.position(10)
        tail.rest()
        soon(lambda: not tail._ready.is_set())
        asked = len(counted)
        announce(organization.id, ["meanwhile"])
        time.sleep(0.4)
        assert len(counted) == asked
        tail.follow()
        soon(lambda: tail.position(10) == Notice.objects.get().id)
        announce(organization.id, ["leads"])
        soon(lambda: notices)
        tail.stop()
        assert topics(notices) == ["leads"]

    def test_whoever_comes_right_after_loses_nothing(self, counted, organization):
        """However coming and going fall between the looks: after `position`, everything is heard."""
        notices = []
        tail = Tail(notices.extend)
        tail.start()
        for number in range(20):
            tail.follow()
            tail.position(10)
            announce(organization.id, [f"lead:{number}"])
            soon(lambda: notices and notices[-1].topic == f"lead:{number}")  # noqa: B023
            tail.rest()
            time.sleep(0.01 * number)
        tail.stop()
        assert topics(notices) == [f"lead:{number}" for number in range(20)]

    def test_what_this_process_commits_is_heard_without_waiting_for_the_next_look(self, monkeypatch, organization):
        monkeypatch.setattr("leadkeeper.live.tail._LOOK_EVERY_S", 30.0)
        notices = []
        tail = Tail(notices.extend)
        tail.start()
        tail.follow()
        tail.position(10)
        announce(organization.id, ["leads"])
        soon(lambda: notices, timeout=2)
        tail.stop()


class TestTrouble:
    def test_it_goes_on_where_it_was_when_the_database_is_back(self, organization, monkeypatch):
        monkeypatch.setattr("leadkeeper.live.tail._AFTER_TROUBLE_S", 0.05)
        notices, away = [], threading.Event()
        rows = reading.Questions.rows

        def flaky(*arguments):
            if away.is_set():
                raise DatabaseError("gone")
            return rows(*arguments)

        monkeypatch.setattr(reading.Questions, "rows", flaky)
        tail = Tail(notices.extend)
        tail.start()
        tail.follow()
        tail.position(10)
        away.set()
        time.sleep(0.2)
        announce(organization.id, ["team"])
        time.sleep(0.2)
        assert notices == []
        away.clear()
        soon(lambda: notices)
        tail.stop()
        assert topics(notices) == ["team"]

    def test_before_the_database_was_read_there_is_no_position(self):
        with pytest.raises(NotReady):
            Tail(lambda news: None).position(0.01)
