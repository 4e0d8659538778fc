"""The stream of a real server, with other processes writing beside it."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

COMMAND = str(Path(sys.executable).with_name("leadkeeper"))

DEPARTURE = """
import django; django.setup()
from django.db import transaction
from leadkeeper.live.announce import announce
from leadkeeper.team.models import Membership
with transaction.atomic():
    membership = Membership.objects.get(user_id="{id}")
    membership.active = False
    membership.save()
    announce(membership.organization_id, ["team"])
"""


class Server:
    """`leadkeeper serve` in a process of its own."""

    def __init__(self, database_url, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self._environment = kept | {
            "DATABASE_URL": database_url,
            "SECRET_KEY": "of the tests",
            "LEADKEEPER_URL": f"http://127.0.0.1:{self.port}",
            "DJANGO_SETTINGS_MODULE": "leadkeeper.project.settings",
        }
        self._log = folder / "serve.log"

    def start(self):
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [COMMAND, "serve", "--port", str(self.port), "--migrate"],
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + 30
        while not self._answers():
            assert self.process.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.05)

    def stop(self):
        """SIGTERM; answers how long it took in seconds."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
        return time.monotonic() - started

    def _answers(self):
        try:
            return self.get("/health/ready").status == 200
        except OSError:
            return False

    def get(self, path, cookie=""):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with closing(connection):
            connection.request("GET", path, headers={"Cookie": cookie})
            answer = connection.getresponse()
            answer.read()
            return answer

    def run(self, *arguments):
        """The last line of another process's output."""
        done = subprocess.run(arguments, env=self._environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return (done.stdout.splitlines() or [""])[-1]

    def administrator(self, email):
        """The id of a new one, written by another process."""
        return self.run(COMMAND, "admin", "create", email)

    def cookie_of(self, id_):
        link = self.run(COMMAND, "sign-in-link", id_)
        answer = self.get(urlsplit(link).path)
        assert answer.status == 303
        cookies = [value.partition(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"]
        return next(cookie for cookie in cookies if cookie.startswith("leadkeeper_session="))

    @contextmanager
    def stream(self, cookie, last_event_id=None):
        """The lines of an open stream."""
        more = {} if last_event_id is None else {"Last-Event-ID": last_event_id}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with closing(connection):
            connection.request("GET", "/live", headers={"Cookie": cookie, **more})
            answer = connection.getresponse()
            assert answer.status == 200
            with answer:
                yield Lines(answer)


class Lines:
    def __init__(self, answer):
        self._answer = answer
        self.last_id = None

    def until(self, words):
        """Read on to a line with these words, or to the end: then it answers None."""
        while line := self._answer.readline():
            text = line.decode().strip()
            if text.startswith("id: "):
                self.last_id = text.removeprefix("id: ")
            if words in text:
                return text
        return None


@pytest.fixture
def server(database_url, tmp_path):
    server = Server(database_url, tmp_path)
    server.start()
    yield server
    if server.process.poll() is None:
        server.stop()


def test_a_real_server(server):
    """One story, since starting a server takes its time."""
    # Another process writes; the stream of a person signed in tells.
    owner = server.administrator("owner@example.com")
    cookie = server.cookie_of(owner)
    with server.stream(cookie) as lines:
        lines.until("id: ")
        second = server.administrator("second@example.com")
        assert lines.until('"team"')
        heard = lines.last_id

    # Coming back after a broken connection: what happened meanwhile is told, and only that.
    leaving = server.cookie_of(second)
    server.administrator("third@example.com")
    with server.stream(cookie, last_event_id=heard) as lines:
        assert lines.until("data: ") == 'data: {"topic": "team"}'
        assert int(lines.last_id) > int(heard)

    # Who is not signed in gets nothing, and is sent nowhere.
    refused = server.get("/live", "leadkeeper_session=wrong")
    assert (refused.status, refused.getheader("Location")) == (401, None)

    # A departed person's stream ends at once, and so does their session.
    with server.stream(leaving) as lines, server.stream(cookie) as others:
        lines.until("id: ")
        others.until("id: ")
        server.run(sys.executable, "-c", DEPARTURE.format(id=second))
        started = time.monotonic()
        assert lines.until("will not come") is None
        assert time.monotonic() - started < 2
        assert others.until('"team"')
    assert server.get("/live", leaving).status == 401
    assert server.get("/", leaving).getheader("Location").startswith("/sign-in")

    # SIGTERM ends open streams and the server, at once.
    with server.stream(cookie) as first, server.stream(cookie) as another:
        first.until("id: ")
        another.until("id: ")
        assert server.stop() < 3
        assert first.until("will not come") is None
        assert another.until("will not come") is None
    assert server.process.returncode == 0
