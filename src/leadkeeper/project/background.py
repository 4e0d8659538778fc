"""Background work: rows that say what is to be done are looked for at every tick; there is no other queue.

On SQLite it runs in threads of the one server process, on PostgreSQL in `leadkeeper worker`. A killed worker
loses nothing: whoever ticks next finds the unfinished row.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from typing import Final

from django.db import connection

from leadkeeper.access.prune import delete_expired
from leadkeeper.directory import heartbeat
from leadkeeper.directory.people.recheck import recheck_people
from leadkeeper.directory.retention import delete_old_deliveries
from leadkeeper.directory.sweeps import schedule
from leadkeeper.directory.sweeps.catch_up import catch_up_when_due
from leadkeeper.leads.departures.cases import carry_out_policies, settle
from leadkeeper.leads.notifications.inbox import delete_old_notifications
from leadkeeper.leads.notifications.mail import send_waiting_mail
from leadkeeper.leads.transfers.batches import carry_on, delete_old_decisions
from leadkeeper.live import prune

TICK_S: Final = 1.0
_BEAT_EVERY_S: Final = heartbeat.EVERY.total_seconds() / 2
logger = logging.getLogger(__name__)


def once_in(pause_s: float, job: Callable[[], object]) -> Callable[[], None]:
    """The job with so long a pause after it has found nothing to do; before that it goes on at every tick.

    Each process keeps its own time: what two of them do, neither does twice.
    """
    not_before = float("-inf")

    def look() -> None:
        nonlocal not_before
        if time.monotonic() >= not_before and not job():
            not_before = time.monotonic() + pause_s

    return look


# Each runs in a thread of its own, so that a long walk delays nothing else.
JOBS: Final[dict[str, tuple[Callable[[], object], ...]]] = {
    "sweeps": (schedule.run_due_sweeps,),
    "catching up": (catch_up_when_due,),
    # By itself, because a person in doubt is offered until the answer comes.
    "rechecks": (recheck_people,),
    "batches": (carry_out_policies, carry_on, settle),
    "mail": (send_waiting_mail,),
    "chores": (
        once_in(60, prune.delete_old_notices),
        once_in(60, delete_expired),
        once_in(3600, delete_old_deliveries),
        once_in(3600, delete_old_decisions),
        once_in(3600, delete_old_notifications),
    ),
}


class Background:
    """The loops that do background work until they are stopped."""

    def __init__(self, *, inside_server: bool) -> None:
        self._name = f"{socket.gethostname()}:{os.getpid()}" if not inside_server else "server"
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._loop, args=(jobs,), name=name, daemon=True) for name, jobs in JOBS.items()
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self, timeout: float = 5) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout)

    def wait(self) -> None:
        """Work until `stop`."""
        self._stopping.wait()

    def _loop(self, jobs: tuple[Callable[[], object], ...]) -> None:
        beat = once_in(_BEAT_EVERY_S, lambda: heartbeat.beat(self._name))
        while not self._stopping.is_set():
            for job in (beat, *jobs):
                self._run(job)
            self._stopping.wait(TICK_S)
        connection.close()

    def _run(self, job: Callable[[], object]) -> None:
        """One look for work. The loop outlives whatever happens in it, the database going away included."""
        try:
            job()
        except Exception:
            logger.exception("background work failed, will try again")
            connection.close()
