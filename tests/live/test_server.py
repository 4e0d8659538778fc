"""The stream of a real server, with other processes writing beside it."""

import http.client
import sys
import time
from contextlib import closing, contextmanager

import pytest

from tests.server import Server

pytestmark = pytest.mark.processes

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


class StreamingServer(Server):
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
    server = StreamingServer(database_url, tmp_path)
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
