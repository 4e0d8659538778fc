"""Which connections are closed when there are too many, and that only ours are."""

import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from leadkeeper.project.connections import (
    Connection,
    Connections,
    connections_to,
    most_accepted,
    when_ending,
    when_serving,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the kernel is asked what only Linux tells")


def connection(number: int, silent_s: float, *, was_answered: bool = False, does_not_read: bool = False) -> Connection:
    return Connection(number, ("127.0.0.1", number), silent_s, was_answered, does_not_read)


def peers(connections: list[Connection]) -> list[int]:
    return [one.peer[1] for one in connections]


class TestWhenServing:
    def test_none_below_the_limit(self) -> None:
        assert when_serving([connection(number, 59) for number in range(8)], set(), 8) == []

    def test_the_longest_silent_go_until_a_quarter_is_free(self) -> None:
        found = [connection(number, silent_s=number) for number in range(1, 10)]
        assert peers(when_serving(found, set(), 8)) == [9, 8, 7]

    def test_those_who_never_had_an_answer_go_first(self) -> None:
        found = [connection(1, 50, was_answered=True), connection(2, 1), connection(3, 40, was_answered=True)]
        assert peers(when_serving(found, set(), 2)) == [2, 1]

    def test_what_is_being_answered_goes_last(self) -> None:
        found = [connection(1, 50), connection(2, 1), connection(3, 40), connection(4, 2), connection(5, 3)]
        busy = {("127.0.0.1", 1), ("127.0.0.1", 3)}
        assert peers(when_serving(found, busy, 4)) == [5, 4]
        assert peers(when_serving(found, {one.peer for one in found}, 4)) == [1, 3]

    def test_a_minute_of_silence_is_enough(self) -> None:
        found = [connection(1, 61), connection(2, 61), connection(3, 59)]
        assert peers(when_serving(found, {("127.0.0.1", 2)}, 100)) == [1]

    def test_an_answer_that_is_not_read_is_not_held_as_long(self) -> None:
        found = [connection(1, 11, does_not_read=True), connection(2, 9, does_not_read=True), connection(3, 11)]
        assert peers(when_serving(found, set(), 100)) == [1]


class TestWhenEnding:
    found = [connection(1, 0.1), connection(2, 5), connection(3, 5)]
    busy = frozenset({("127.0.0.1", 3)})

    def test_the_silent_go_at_once(self) -> None:
        assert peers(when_ending(self.found, self.busy, 0.1)) == [2]

    def test_then_those_who_are_still_sending(self) -> None:
        assert peers(when_ending(self.found, self.busy, 4)) == [1, 2]

    def test_then_those_who_do_not_read_their_answer(self) -> None:
        assert peers(when_ending(self.found, self.busy, 9)) == [1, 2, 3]


@pytest.mark.parametrize(
    ("files", "accepted"),
    [(256, 64), (1024, 832), (8192, 3072), (1_000_000, 3072), (resource.RLIM_INFINITY, 3072), (64, 2)],
)
def test_connections_leave_files_for_everything_else(files: int, accepted: int) -> None:
    assert most_accepted(files) == accepted


class Listener:
    """A server's socket with its connections, all in this process."""

    def __init__(self, stack: ExitStack, family: socket.AddressFamily, host: str) -> None:
        self._stack = stack
        self._socket = stack.enter_context(socket.socket(family))
        self._socket.bind((host, 0))
        self._socket.listen()
        self.port: int = self._socket.getsockname()[1]

    def connect(self) -> tuple[socket.socket, socket.socket]:
        """The client's end and ours."""
        client = self._stack.enter_context(socket.create_connection(self._socket.getsockname()[:2]))
        ours, _ = self._socket.accept()
        return client, self._stack.enter_context(ours)


@pytest.fixture(params=[(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")], ids=["IPv4", "IPv6"])
def listener(request: pytest.FixtureRequest) -> Iterator[Listener]:
    with ExitStack() as stack:
        try:
            yield Listener(stack, *request.param)
        except OSError as error:
            pytest.skip(f"this machine has no such address: {error}")


def closed(client: socket.socket) -> bool:
    client.settimeout(5)
    return client.recv(1) == b""


class TestFound:
    def test_all_that_were_accepted_and_nothing_else(self, listener: Listener) -> None:
        clients = [listener.connect()[0] for _ in range(3)]
        found = {one.peer for one in connections_to(listener.port)}
        assert found == {client.getsockname()[:2] for client in clients}

    def test_silence_counts_from_the_last_byte_in_either_direction(self, listener: Listener) -> None:
        pairs = [listener.connect() for _ in range(3)]
        silent, sender, reader = (client.getsockname()[:2] for client, _ in pairs)
        time.sleep(0.3)
        pairs[1][0].sendall(b"x")
        pairs[2][1].sendall(b"x")
        time.sleep(0.1)
        silences = {one.peer: one.silent_s for one in connections_to(listener.port)}
        assert silences[silent] >= 0.35
        assert max(silences[sender], silences[reader]) < 0.3
        answered = {one.peer: one.was_answered for one in connections_to(listener.port)}
        assert answered == {silent: False, sender: False, reader: True}

    def test_who_does_not_read_is_known(self, listener: Listener) -> None:
        (_, to_reader), (client, to_other) = listener.connect(), listener.connect()
        to_reader.sendall(b"x" * 1000)
        to_other.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                to_other.send(b"x" * 1_000_000)
        (unread,) = (one for one in connections_to(listener.port) if one.does_not_read)
        assert unread.peer == client.getsockname()[:2]

    def test_looking_changes_and_closes_nothing(self, listener: Listener) -> None:
        client, ours = listener.connect()
        ours.setblocking(False)
        files = set(os.listdir("/proc/self/fd"))
        for _ in range(3):
            list(connections_to(listener.port))
        assert set(os.listdir("/proc/self/fd")) == files
        assert not ours.getblocking()
        ours.sendall(b"still there")
        assert client.recv(20) == b"still there"


class TestClosed:
    def test_both_ends_see_it(self, listener: Listener) -> None:
        client, ours = listener.connect()
        (found,) = connections_to(listener.port)
        found.close()
        assert closed(client)
        assert closed(ours)

    def test_another_one_that_has_its_number_by_now_stays(self, listener: Listener) -> None:
        client, ours = listener.connect()
        (found,) = connections_to(listener.port)
        Connection(found.file, ("192.0.2.1", 7), 99, False, False).close()
        Connection(10**6, found.peer, 99, False, False).close()
        client.sendall(b"x")
        assert ours.recv(1) == b"x"

    def test_a_file_of_that_number_is_left_alone(self, tmp_path: str) -> None:
        with open(f"{tmp_path}/file", "w") as file:
            Connection(file.fileno(), ("127.0.0.1", 1), 99, False, False).close()
            file.write("still open")


def test_the_database_keeps_its_locks_while_connections_are_looked_at(listener: Listener, tmp_path: str) -> None:
    """SQLite loses all its locks on a file where any descriptor of that file is closed."""
    import sqlite3

    path = f"{tmp_path}/database"
    with sqlite3.connect(path, isolation_level=None) as writing:
        writing.execute("CREATE TABLE t (x)")
        writing.execute("BEGIN EXCLUSIVE")
        list(connections_to(listener.port))
        other = "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0).execute('SELECT * FROM t')"
        done = subprocess.run([sys.executable, "-c", other, path], capture_output=True, text=True)
        assert "database is locked" in done.stderr
    writing.close()


class TestWatched:
    @pytest.fixture
    def watched(self, listener: Listener) -> Iterator[tuple[Listener, Connections]]:
        connections = Connections(listener.port, most=20)
        connections.start()
        yield listener, connections
        connections.stop()

    def test_too_many_are_closed_but_for_the_one_that_is_answered(self, watched: tuple[Listener, Connections]) -> None:
        listener, connections = watched
        first, ours = listener.connect()
        with connections.answering({"client": (first.getsockname()[0], str(first.getsockname()[1]))}):
            clients = [listener.connect()[0] for _ in range(25)]
            assert closed(clients[0])
            deadline = time.monotonic() + 5
            while len(list(connections_to(listener.port))) > 15 and time.monotonic() < deadline:
                time.sleep(0.05)
            ours.sendall(b"the answer")
            assert first.recv(20) == b"the answer"

    def test_when_the_server_ends_the_silent_go(self, watched: tuple[Listener, Connections]) -> None:
        listener, connections = watched
        client, _ = listener.connect()
        started = time.monotonic()
        connections.end()
        assert closed(client)
        assert time.monotonic() - started < 2
