"""Writers take turns in the order in which they asked."""

import threading
import time

import pytest
from django.db import OperationalError, connection, transaction

from leadkeeper.live.models import Notice
from leadkeeper.storage.fair_sqlite.base import Turnstile, turnstile_for
from leadkeeper.team.organizations import HOME_ID


class TestTurnstile:
    def test_is_passed_on_in_the_order_of_asking(self):
        turnstile, order = Turnstile(), []
        turnstile.enter(1)

        def take(number):
            turnstile.enter(5)
            order.append(number)
            turnstile.leave()

        threads = []
        for number in range(6):
            threads.append(threading.Thread(target=take, args=(number,)))
            threads[-1].start()
            while len(turnstile._waiting) <= number:
                time.sleep(0.001)
        turnstile.leave()
        for thread in threads:
            thread.join()
        assert order == list(range(6))

    def test_whoever_gives_up_waiting_is_skipped(self):
        turnstile = Turnstile()
        turnstile.enter(1)
        with pytest.raises(TimeoutError):
            turnstile.enter(0.01)
        turnstile.leave()
        turnstile.enter(0.01)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL needs no turns")
class TestWriters:
    def test_none_of_eight_starves(self):
        turns = [0] * 8
        end = time.monotonic() + 1

        def write(number):
            while time.monotonic() < end:
                with transaction.atomic():
                    Notice.objects.create(organization_id=HOME_ID, topic="test")
                turns[number] += 1
            connection.close()

        threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert Notice.objects.count() == sum(turns)
        assert min(turns) * 2 > max(turns), turns

    def test_the_turn_is_given_back_after_an_error_and_after_closing(self):
        def fail(before):
            with transaction.atomic():
                before()
                raise ZeroDivisionError

        for before in (lambda: None, connection.close):
            with pytest.raises(ZeroDivisionError):
                fail(before)
            assert not turnstile_for(str(connection.settings_dict["NAME"]))._taken

    def test_no_turn_in_time_is_a_database_that_is_locked(self, monkeypatch):
        turnstile = turnstile_for(str(connection.settings_dict["NAME"]))
        monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.01)
        turnstile.enter(1)
        try:
            with pytest.raises(OperationalError, match="locked"), transaction.atomic():
                pass
        finally:
            turnstile.leave()
