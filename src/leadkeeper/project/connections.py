"""How many connections may be open, and which are closed when there are more: those that have been silent longest.

granian holds connections in Rust, and tells of one only when the head of a request has come. The kernel knows them all,
and for how long each has been silent (TCP_INFO). Here it is asked, and sockets that have to go are shut down: granian
takes that for the client's leaving. Linux only; elsewhere only granian's own limits hold.
"""

import logging
import os
import resource
import socket
import struct
import sys
import threading
import time
from collections.abc import Collection, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final, Self

PORT_VARIABLE: Final = "LEADKEEPER_LISTENS_ON"
"""Environment variable in which `serve` tells its workers the port."""

Peer = tuple[str, int]

_WANTED_FILES: Final = 8192
_OWN_FILES: Final = 192
"""File descriptors for the database, static files, Clerk and mail."""
_MOST_ACCEPTED: Final = 3072

_LOOK_EVERY_S: Final = 0.5
_LOOK_EVERY_WHEN_PRESSED_S: Final = 0.1
"""Where there were too many, and when the server is ending."""
_LOOK_AT_EACH_EVERY_S: Final = 10.0
_LONGEST_SILENCE_S: Final = 60.0
_LONGEST_SILENCE_UNREAD_S: Final = 10.0
_KEPT_WHEN_CLOSING: Final = 0.75
"""Share of the connections allowed that is left when there were too many, so that looking is seldom."""

_SILENT_WHEN_ENDING_S: Final = 0.5
_BODIES_END_AFTER_S: Final = 3.0
_ANSWERS_END_AFTER_S: Final = 8.0

# struct tcp_info in linux/tcp.h: ms since the last byte was sent, and received; bytes that the peer has acknowledged;
# bytes that could not be sent yet.
_TCP_INFO: Final = struct.Struct("=44x I 4x I 64x Q 16x I")
logger = logging.getLogger(__name__)


def allow_many_files() -> int:
    """Raise this process's limit of open files as far as it may, for itself and those it starts; answers the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _WANTED_FILES if hard == resource.RLIM_INFINITY else min(_WANTED_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return soft


def most_accepted(files: int) -> int:
    """How many connections a worker accepts that may have so many open files. Half of them is what it keeps."""
    return _MOST_ACCEPTED if files == resource.RLIM_INFINITY else max(2, min(_MOST_ACCEPTED, files - _OWN_FILES))


@dataclass(frozen=True, slots=True)
class Connection:
    """An open connection of this process, as the kernel knows it."""

    file: int
    peer: Peer
    silent_s: float
    """Since the last byte came or went."""
    was_answered: bool
    """It has had an answer, to this request or one before."""
    does_not_read: bool
    """More is to be sent than the peer takes."""

    def close(self) -> None:
        """End it, if it is still the same one."""
        with _borrowed(self.file) as sock:
            if sock is not None and sock.getpeername()[:2] == self.peer:
                sock.shutdown(socket.SHUT_RDWR)


class Connections:
    """Watches over this process's connections to `port`, in a thread of its own; over none without a port, and where
    the kernel is not Linux."""

    def __init__(self, port: int | None, most: int) -> None:
        self._port = port
        self._most = most
        self._answering: set[Peer] = set()
        self._looked_at_each = self._said = self._ending_since = float("-inf")
        self._pressed = False
        self._stopping = threading.Event()
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._run, name="connections", daemon=True)

    @classmethod
    def of_this_worker(cls) -> Self:
        """Of a worker that `serve` has started."""
        port = os.environ.get(PORT_VARIABLE)
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        return cls(int(port) if port else None, most_accepted(files) // 2)

    def start(self) -> None:
        if self._port is not None and sys.platform == "linux":
            self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join()

    def end(self) -> None:
        """The server is ending: who is silent must not hold it up. What is being answered is given time."""
        self._ending_since = time.monotonic()
        self._woken.set()

    @contextmanager
    def answering(self, scope: MutableMapping[str, Any]) -> Iterator[None]:
        """Within, the connection of this request may be silent: it is our turn to say something."""
        host, port = scope["client"]
        peer = (host, int(port))
        self._answering.add(peer)
        try:
            yield
        finally:
            self._answering.discard(peer)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._woken.wait(_LOOK_EVERY_WHEN_PRESSED_S if self._pressed else _LOOK_EVERY_S)
            self._woken.clear()
            try:
                for connection in self._to_close(time.monotonic()):
                    connection.close()
            except OSError:
                logger.exception("connections could not be looked at, will try again")

    @property
    def _is_ending(self) -> bool:
        return self._ending_since > float("-inf")

    def _to_close(self, now: float) -> list[Connection]:
        self._pressed = self._is_ending or len(os.listdir("/proc/self/fd")) > self._most
        if not self._pressed and now - self._looked_at_each < _LOOK_AT_EACH_EVERY_S:
            return []
        self._looked_at_each = now
        found = list(connections_to(self._port))
        answering = self._answering.copy()
        if self._is_ending:
            return when_ending(found, answering, now - self._ending_since)
        closed = when_serving(found, answering, self._most)
        if len(found) > self._most and now - self._said > _LOOK_AT_EACH_EVERY_S:
            self._said = now
            logger.warning("too many connections", extra={"open": len(found), "closed": len(closed)})
        return closed


def when_serving(found: Collection[Connection], answering: Collection[Peer], most: int) -> list[Connection]:
    """Those of the connections found that have to go, the longest silent first: of those that never had an answer, then
    of those that had one, last of those that are being answered."""
    by_silence = sorted(found, key=lambda one: (one.peer in answering, one.was_answered, -one.silent_s))
    too_many = len(found) - int(most * _KEPT_WHEN_CLOSING) if len(found) > most else 0
    return [
        one for place, one in enumerate(by_silence) if place < too_many or (one.peer not in answering and _is_over(one))
    ]


def _is_over(one: Connection) -> bool:
    return one.silent_s > (_LONGEST_SILENCE_UNREAD_S if one.does_not_read else _LONGEST_SILENCE_S)


def when_ending(found: Collection[Connection], answering: Collection[Peer], for_s: float) -> list[Connection]:
    """Those that have to go when the server has been ending for so many seconds."""
    if for_s > _ANSWERS_END_AFTER_S:
        return list(found)
    patience_s = _SILENT_WHEN_ENDING_S if for_s < _BODIES_END_AFTER_S else 0.0
    return [one for one in found if one.peer not in answering and one.silent_s >= patience_s]


def connections_to(port: int | None) -> Iterator[Connection]:
    """All of this process, not those that are only waiting to be accepted."""
    for name in os.listdir("/proc/self/fd"):
        with _borrowed(int(name)) as sock:
            if sock is None or sock.family == socket.AF_UNIX or sock.getsockname()[1] != port:
                continue
            try:
                peer = sock.getpeername()
            except OSError:  # it listens, or its other end has gone
                continue
            since_sent, since_received, acknowledged, not_sent = _TCP_INFO.unpack(
                sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size)
            )
            silent_s = min(since_sent, since_received) / 1000
            yield Connection(int(name), peer[:2], silent_s, was_answered=acknowledged > 0, does_not_read=not_sent > 0)


@contextmanager
def _borrowed(file: int) -> Iterator[socket.socket | None]:
    """The socket behind a file descriptor of granian's, or None where it is no socket, or is one no more.

    Never a copy of the descriptor: to close one of a database file would end all locks that SQLite has on that file.
    """
    try:
        sock = socket.socket(fileno=file)
    except OSError:
        yield None
        return
    try:
        with suppress(OSError):
            yield sock
    finally:
        sock.detach()
