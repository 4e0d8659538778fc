"""Two servers and two workers on one database: what reaches both at once happens once."""

import http.client
import json
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg
import pytest
from django.conf import settings

from sandbox.server import Sandbox
from tests.clerk.door import event
from tests.holds.senders import Senders
from tests.server import COMMAND, Server

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(settings.ENVIRONMENT.is_sqlite, reason="there is one process on SQLite"),
]

DELIVERIES = 300
PEOPLE = 30
IN_THE_DIRECTORY = 1_200
# Each worker looks for work once a second.
BOTH_HAVE_LOOKED_S = 2.5


class ServerAndWorker(Server):
    """One machine of two: pages, door and API, and background work in a process beside them."""

    def start(self):
        super().start()
        with self._log.open("ab") as log:
            self._worker = subprocess.Popen([COMMAND, "worker"], env=self._environment, stdout=log, stderr=log)

    def stop(self):
        self._worker.terminate()
        try:
            self._worker.wait(15)
        finally:
            self._worker.kill()
            super().stop()

    def api(self, method, path, key):
        """The status and the JSON of an answer."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request(method, path, headers={"Authorization": f"Bearer {key}"})
            answer = connection.getresponse()
            return answer.status, json.load(answer)


@pytest.fixture
def sandbox():
    with Sandbox(None, "http://127.0.0.1:9/nobody", people=IN_THE_DIRECTORY) as sandbox:
        yield sandbox


@pytest.fixture
def machines(database_url, sandbox, tmp_path):
    started = []
    try:
        for name in ("one", "two"):
            folder = tmp_path / name
            folder.mkdir()
            machine = ServerAndWorker(
                database_url,
                folder,
                CLERK_WEBHOOK_SECRET=settings.CLERK_WEBHOOK_SECRETS[0],
                CLERK_API_URL=sandbox.url,
                CLERK_SECRET_KEY=sandbox.secret_key,
                DIRECTORY_RECONCILE_HOURS="0",
                DIRECTORY_CATCHUP_MINUTES="0",
            )
            machine.start()
            started.append(machine)
        yield started
    finally:
        for machine in started:
            machine.stop()


@pytest.fixture
def rows(database_url):
    """Asks the database itself."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield lambda query: connection.execute(query).fetchall()


def deliveries():
    """Ten versions of each of a few people, the oldest first."""
    for index in range(DELIVERIES):
        body = event(
            "user.updated",
            f"user_{index % PEOPLE:05}",
            updated_at=1_763_000_000_000 + index,
            first_name=f"Version {index}",
        )
        yield f"msg_{index:06}", body


def in_step(messages, barrier):
    """The messages, each at the moment when the other sender takes it too."""
    for message in messages:
        barrier.wait(30)
        yield message


def test_a_delivery_that_reaches_both_servers_at_once_is_kept_and_applied_once(machines, rows):
    barrier = threading.Barrier(len(machines))
    both = [Senders(machine.port, in_step(deliveries(), barrier), retry_for_s=20) for machine in machines]
    for senders in both:
        senders.start()
    for senders in both:
        senders.join()

    for senders in both:
        assert senders.statuses == {204}
        assert len(senders.acknowledged) == DELIVERIES
    kept = rows("SELECT message_id, repeats, outcome FROM directory_delivery ORDER BY message_id")
    assert [(message_id, repeats) for message_id, repeats, _ in kept] == [
        (f"msg_{index:06}", 1) for index in range(DELIVERIES)
    ]
    assert {outcome for _, _, outcome in kept} <= {"applied", "stale"}
    newest = {f"user_{index % PEOPLE:05}": f"Version {index}" for index in range(DELIVERIES)}
    people = rows("SELECT clerk_id, name FROM team_user")
    assert len(people) == PEOPLE
    assert dict(people) == newest
    assert rows("SELECT count(*), count(DISTINCT user_id) FROM team_membership WHERE active") == [(PEOPLE, PEOPLE)]


def test_two_sweeps_asked_for_at_once_are_one_walk(machines, rows, sandbox):
    key = machines[0].run(COMMAND, "api-key", "create", "--name", "tests", "--role", "admin")
    deadline = time.monotonic() + 15
    while rows("SELECT count(*) FROM directory_heartbeat") != [(2,)]:
        assert time.monotonic() < deadline, "two workers should be alive"
        time.sleep(0.1)

    together = threading.Barrier(len(machines))

    def ask(machine):
        together.wait(10)
        return machine.api("POST", "/api/directory/backfill", key)

    with ThreadPoolExecutor(len(machines)) as pool:
        asked = list(pool.map(ask, machines))
    assert {status for status, _ in asked} == {202}
    (run,) = {answer["run"] for _, answer in asked}

    deadline = time.monotonic() + 20
    while (found := machines[1].api("GET", f"/api/directory/runs/{run}", key)[1])["status"] in ("queued", "running"):
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    time.sleep(BOTH_HAVE_LOOKED_S)

    assert (found["status"], found["seen"], found["created"]) == ("complete", IN_THE_DIRECTORY, IN_THE_DIRECTORY)
    assert rows("SELECT count(*) FROM directory_sweep") == [(1,)]
    assert rows("SELECT count(*) FROM team_user WHERE clerk_id IS NOT NULL") == [(IN_THE_DIRECTORY,)]
    # Once before the walk, once behind it; and every page of 500 once, with the empty one that ends the list.
    assert (sandbox.api.calls["count"], sandbox.api.calls["list"]) == (2, 4)
