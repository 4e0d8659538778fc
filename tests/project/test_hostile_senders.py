"""A real server, with senders who mean it no good: everybody else is served meanwhile."""

import resource
import socket
import time
from contextlib import ExitStack

import pytest
from django.conf import settings

from tests.clerk.door import event, signed
from tests.server import Server

pytestmark = pytest.mark.processes

ADDRESSES = ("/clerk/users", "/api/leads", "/sign-out")
LARGE = 300_000_000
SERVED_WITHIN_S = 2.0


class Attacked(Server):
    """A server with connections to it that are open until the test ends."""

    def __init__(self, database_url, folder, stack):
        temporary = folder / "temporary"
        temporary.mkdir()
        super().__init__(
            database_url, folder, CLERK_WEBHOOK_SECRET=settings.CLERK_WEBHOOK_SECRETS[0], TMPDIR=str(temporary)
        )
        self.temporary, self._stack = temporary, stack

    def connect(self):
        return self._stack.enter_context(socket.create_connection(("127.0.0.1", self.port), timeout=30))

    def send(self, path, headers, body=b""):
        """The connection, once all of it is sent."""
        connection = self.connect()
        connection.sendall(f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{headers}\r\n\r\n".encode() + body)
        return connection

    def deliver(self):
        """The status of an honest delivery."""
        body = event(first_name="Ana")
        headers = "\r\n".join(f"{name.decode()}: {value.decode()}" for name, value in signed(body))
        return status_of(self.send("/clerk/users", f"{headers}\r\ncontent-length: {len(body)}", body))

    def is_serving(self):
        started = time.monotonic()
        assert self.get("/sign-in").status == 200
        assert self.deliver() == 204
        assert time.monotonic() - started < SERVED_WITHIN_S
        return True

    def log(self):
        return self._log.read_text()


def status_of(connection):
    """The status of the answer, read to its end where the server closes the connection with it."""
    received = b""
    while b"\r\n\r\n" not in received:
        chunk = connection.recv(65_536)
        assert chunk, "closed without an answer"
        received += chunk
    return int(received.split()[1])


def has_ended(stream):
    """Whether the last chunk of its answer comes within a moment."""
    stream.settimeout(0.1)
    received = b""
    try:
        while not received.endswith(b"0\r\n\r\n"):
            received += stream.recv(65_536)
    except TimeoutError:
        return False
    return True


def still_open(connections):
    count = 0
    for connection in connections:
        connection.setblocking(False)
        try:
            while connection.recv(65_536):
                pass
        except BlockingIOError:
            count += 1
        except ConnectionResetError:
            pass
    return count


@pytest.fixture
def server(database_url, tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, hard), hard))
    with ExitStack() as stack:
        server = Attacked(database_url, tmp_path, stack)
        server.start()
        yield server
        if server.process.poll() is None:
            server.stop()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_malformed_chunks_are_400_everywhere(server):
    for path in ADDRESSES:
        for chunks in (b"zz\r\nabc\r\n0\r\n\r\n", b"3\r\nabcdef\r\n0\r\n\r\n", b"-1\r\n", b"f" * 40 + b"\r\n"):
            assert status_of(server.send(path, "transfer-encoding: chunked", chunks)) == 400
    broken_off = server.send("/clerk/users", "content-length: 10", b"abc")
    broken_off.close()
    assert server.is_serving()
    assert "Traceback" not in server.log()


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_large_body_is_413_and_nothing_of_it_is_on_the_disk(server, path):
    connection = server.send(path, f"content-type: multipart/form-data; boundary=x\r\ncontent-length: {LARGE}")
    head = b'--x\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\n'
    sent = 0
    try:
        connection.sendall(head)
        while sent < LARGE:
            sent += connection.send(b"x" * 1_000_000)
    except (BrokenPipeError, ConnectionResetError):
        pass
    assert status_of(connection) == 413
    # What the kernel holds on the way is sent, too.
    assert sent < 30_000_000
    assert list(server.temporary.rglob("*")) == []


def test_slow_bodies_keep_nobody_waiting(server):
    slow = [
        server.send(path, f"content-length: {size + 1000}", b"x" * size)
        for path in ADDRESSES
        for size in (2_300_000, 900_000, 10)
        for _ in range(8)
    ]
    for _ in range(3):
        for connection in slow:
            connection.sendall(b"x")
        assert server.is_serving()
    assert server.stop() < 6


def test_silent_connections_keep_nobody_out(server):
    silent = [server.connect() for _ in range(3_000)]
    assert server.is_serving()
    half_a_head = [server.connect() for _ in range(1_000)]
    for connection in half_a_head:
        connection.sendall(b"POST /clerk/users HTTP/1.1\r\nhost:")
    assert server.is_serving()
    time.sleep(1)
    assert 500 < still_open(silent + half_a_head) <= 1_536
    assert server.stop() < 6


def test_streams_of_one_session_keep_nobody_out(server):
    cookie = server.cookie_of(server.administrator("owner@example.com"))
    streams = []
    for _ in range(150):
        stream = server.connect()
        stream.sendall(f"GET /live HTTP/1.1\r\nhost: 127.0.0.1\r\ncookie: {cookie}\r\n\r\n".encode())
        streams.append(stream)
        assert status_of(stream) == 200
    assert [has_ended(stream) for stream in streams] == [True] * 50 + [False] * 100
    assert server.is_serving()
    assert server.stop() < 6
