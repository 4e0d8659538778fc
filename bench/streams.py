"""Many open `/live` streams in one thread, and what each was told when."""

import re
import resource
import selectors
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import Self

from bench.load import PATIENCE_S, Connection

TEAM_NOTICE = re.compile(rb'id: (\d+)\ndata: \{"topic": "team"\}\n\n')
LONGEST_NOTICE = 200


@dataclass
class Stream:
    connection: Connection
    heard: list[tuple[int, float]] = field(default_factory=list)
    """Notice ids about the team, ascending, and when each arrived (`perf_counter`)."""

    def take(self, chunk: bytes, now: float) -> None:
        received = self.connection.received + chunk
        end = 0
        for found in TEAM_NOTICE.finditer(received):
            self.heard.append((int(found[1]), now))
            end = found.end()
        self.connection.received = received[max(end, len(received) - LONGEST_NOTICE) :]


class Streams:
    """`count` streams, shared out among signed-in browsers, open and read while the context lasts."""

    def __init__(self, port: int, cookies: Sequence[str], count: int) -> None:
        self._port = port
        head = f"GET /live HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\naccept: text/event-stream\r\n"
        self._requests = [f"{head}cookie: {cookie}\r\n\r\n".encode() for cookie in cookies]
        self._count = count
        self._selector = selectors.DefaultSelector()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._read, name="streams", daemon=True)
        self.streams: list[Stream] = []
        self.ended = 0
        """Streams that the server closed."""

    def __enter__(self) -> Self:
        allow_many_files(self._count)
        for request in islice(cycle(self._requests), self._count):
            stream = Stream(Connection(self._port))
            stream.connection.send(request)
            self._until_open(stream)
            stream.connection.socket.setblocking(False)
            self._selector.register(stream.connection.socket, selectors.EVENT_READ, stream)
            self.streams.append(stream)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()
        for stream in self.streams:
            stream.connection.socket.close()
        self._selector.close()

    @staticmethod
    def _until_open(stream: Stream) -> None:
        """A stream is open once it has said where it stands; what it says of before is not counted."""
        received = b""
        while b"\nid: " not in received:
            chunk = stream.connection.socket.recv(65_536)
            if not chunk or not received.startswith(b"HTTP/1.1 200"[: len(received)]):
                raise ConnectionError(f"/live was refused: {(received + chunk)[:200]!r}")
            received += chunk

    def _read(self) -> None:
        while not self._stopping.is_set():
            for key, _ in self._selector.select(0.1):
                stream: Stream = key.data
                try:
                    chunk = stream.connection.socket.recv(65_536)
                except ConnectionResetError:
                    chunk = b""
                if chunk:
                    stream.take(chunk, time.perf_counter())
                else:
                    self._selector.unregister(stream.connection.socket)
                    self.ended += 1


def wait_until_all_heard(streams: Streams, notice: int) -> bool:
    """Whether all still open streams were told of that notice, or of a later one, within some seconds."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if all(stream.heard and stream.heard[-1][0] >= notice for stream in streams.streams):
            return True
        time.sleep(0.05)
    return False


def allow_many_files(count: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + 500
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard) if hard > 0 else wanted, hard))
