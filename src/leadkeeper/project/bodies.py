"""Request bodies are read here, in the event loop and before any thread is taken: whole, or not at all."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, MutableMapping
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from leadkeeper.clerk.webhook import Scope

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

MOST_READ_AWAY: Final = 10 * 1024 * 1024
"""Bytes. So much of a body that is too large is read before the answer: an early one would break the sender's pipe."""

_SMALL: Final = 16 * 1024
"""Bytes. A body that is announced as no larger is received at once, however many there are."""
_HURRIED_S: Final = 1.0
"""So long a large body may take where the places of large bodies are all taken."""


@dataclass(frozen=True, slots=True)
class Limit:
    """The largest body that an address takes, in bytes, and the seconds within which it has to arrive."""

    size: int
    seconds: float


class BodyRefused(Exception):
    """The body was not taken.

    `status`: 400 where it broke off or its chunks are malformed, 408 where it took too long, 413 where it is too large.
    `received`: how many bytes came.
    """

    def __init__(self, status: HTTPStatus, received: int) -> None:
        super().__init__(status.phrase)
        self.status = status
        self.received = received


@dataclass(eq=False, slots=True)
class _Arriving:
    """A body on its way in."""

    limit: Limit
    is_too_large: bool
    content: bytearray = field(default_factory=bytearray)
    received: int = 0
    patience: asyncio.Timeout = field(init=False)

    def __post_init__(self) -> None:
        self.patience = asyncio.timeout(self.limit.seconds)

    def add(self, chunk: bytes) -> None:
        self.received += len(chunk)
        self.is_too_large = self.is_too_large or self.received > self.limit.size
        if self.is_too_large:
            self.content = bytearray()
        else:
            self.content += chunk

    def hurry(self, seconds: float) -> None:
        """Wait for it no longer than so long from now."""
        until = asyncio.get_running_loop().time() + seconds
        if not self.patience.expired() and until < (self.patience.when() or 0):
            self.patience.reschedule(until)

    def refused(self, status: HTTPStatus) -> BodyRefused:
        """The exception for it: what is too large already is refused for that."""
        too_large = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return BodyRefused(too_large if self.is_too_large else status, self.received)


class _Places:
    """Where large bodies are received, so many at one time.

    One that finds all places taken has the oldest of those inside hurried, and is hurried itself once it is inside. So
    nobody who waits depends on the patience of those before them.
    """

    def __init__(self, count: int) -> None:
        self._free = asyncio.Semaphore(count)
        self._unhurried: list[_Arriving] = []

    @asynccontextmanager
    async def place(self, body: _Arriving) -> AsyncIterator[None]:
        has_to_wait = self._free.locked()
        if has_to_wait and self._unhurried:
            self._unhurried.pop(0).hurry(_HURRIED_S)
        async with self._free:
            if has_to_wait:
                body.hurry(_HURRIED_S)
            else:
                self._unhurried.append(body)
            try:
                yield
            finally:
                if body in self._unhurried:
                    self._unhurried.remove(body)


class Bodies:
    """Reads bodies, and bounds the memory that those on their way take, until their requests begin to be answered.

    All together hold at most `most_held` bytes: beyond that those on their way longest are refused. An honest sender is
    done within milliseconds, one who ties up memory is not. Of large ones `most_large` are received at one time, since
    granian has buffers for each.
    """

    def __init__(self, *, most_held: int, most_large: int, most_answered: int) -> None:
        """`most_answered`: so many requests that have a body are answered at one time."""
        self._most_held = most_held
        self._held = 0
        self._arriving: dict[_Arriving, None] = {}
        self._large = _Places(most_large)
        self._turns = asyncio.Semaphore(most_answered)

    @asynccontextmanager
    async def whole(self, scope: Scope, receive: Receive, limit: Limit) -> AsyncIterator[bytes]:
        """The body, for as long as its request is being answered. Raises BodyRefused before that."""
        length = _announced_length(scope["headers"])
        if length == 0:
            yield b""
            return
        body = _Arriving(limit, is_too_large=length is not None and length > limit.size)
        is_large = length is None or length > _SMALL
        self._arriving[body] = None
        try:
            content = await self._in_time(body, receive, is_large)
        finally:
            self._forget(body)
        try:
            yield content
        finally:
            self._turns.release()

    async def _in_time(self, body: _Arriving, receive: Receive, is_large: bool) -> bytes:
        """The content, once it is this body's turn to be answered."""
        try:
            async with body.patience:
                async with self._large.place(body) if is_large else nullcontext():
                    await self._receive_all(body, receive)
                await self._turns.acquire()
        except TimeoutError:
            raise body.refused(HTTPStatus.REQUEST_TIMEOUT) from None
        if body not in self._arriving:
            self._turns.release()
            raise body.refused(HTTPStatus.REQUEST_TIMEOUT)
        return bytes(body.content)

    async def _receive_all(self, body: _Arriving, receive: Receive) -> None:
        more = True
        while more:
            event = await receive()
            if event["type"] == "http.disconnect":
                # Malformed chunks look here as a sender who has gone; only the former hears the answer.
                raise body.refused(HTTPStatus.BAD_REQUEST)
            self._take(body, event.get("body", b""))
            more = event.get("more_body", False) and body.received < MOST_READ_AWAY
        if body.is_too_large:
            raise body.refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    def _take(self, body: _Arriving, chunk: bytes) -> None:
        if body not in self._arriving:  # It was refused for want of room, and is about to be cancelled.
            return
        before = len(body.content)
        body.add(chunk)
        self._held += len(body.content) - before
        while self._held > self._most_held:
            self._refuse(next(oldest for oldest in self._arriving if oldest.content))

    def _refuse(self, body: _Arriving) -> None:
        self._forget(body)
        body.hurry(0)

    def _forget(self, body: _Arriving) -> None:
        if body in self._arriving:
            del self._arriving[body]
            self._held -= len(body.content)
            body.content = bytearray()


def _announced_length(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    """What the head says of the body's length in bytes; None where the body comes in chunks."""
    length: int | None = 0
    for name, value in headers:
        if name == b"transfer-encoding":
            return None
        if name == b"content-length":
            length = int(value)
    return length
