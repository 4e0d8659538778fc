"""The lock that dies with its holder."""

import subprocess
import sys

import pytest
from django.db import Error, connection

from leadkeeper.directory.sweeps.sweep_lock import sweep_lock

# Where settings come from matters not: the lock is found through the address of this test's database.
HOLDER = """
import django, sys, time
django.setup()
from leadkeeper.directory.sweeps.sweep_lock import sweep_lock
with sweep_lock() as lock:
    print(lock.take(), flush=True)
    sys.stdin.read()
"""


@pytest.mark.django_db
class TestSweepLock:
    def test_is_held_by_one_until_the_block_ends(self):
        with sweep_lock() as first, sweep_lock() as second:
            assert first.take()
            assert not second.take()
            assert not second.take()
        with sweep_lock() as third:
            assert third.take()

    def test_not_taken_it_is_nobodys(self):
        with sweep_lock(), sweep_lock() as other:
            assert other.take()

    def test_dies_with_a_process_that_is_killed(self, environment):
        holder = subprocess.Popen(
            [sys.executable, "-c", HOLDER], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            assert holder.stdout.readline() == "True\n"
            with sweep_lock() as lock:
                assert not lock.take()
                holder.kill()
                holder.wait()
                assert eventually(lock.take)
        finally:
            holder.kill()
            holder.communicate()

    def test_a_lock_whose_session_was_lost_says_so(self):
        if connection.vendor == "sqlite":
            pytest.skip("a file has no session")
        with sweep_lock() as lock:
            assert lock.take()
            lock.confirm()
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
                    " WHERE locktype = 'advisory' AND datname = current_database()"
                )
            with pytest.raises(Error):
                lock.confirm()


def eventually(condition, seconds=5):
    import time

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False
