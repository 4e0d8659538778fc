"""Request bodies are read here, in the event loop and before any thread is taken: whole, or not at all."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from leadkeeper.clerk.webhook import Scope

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

MOST_READ_AWAY: Final = 10 * 1024 * 1024
"""Bytes. So much of a body that is too large is read before the answer: an early one would break the sender's pipe."""


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

    def refused(self, status: HTTPStatus) -> BodyRefused:
        """The exception for it: what is too large already is refused for that."""
        too_large = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return BodyRefused(too_large if self.is_too_large else status, self.received)


class Bodies:
    """Reads bodies, and holds at most `most_held` bytes of those that are on their way.

    A body is on its way until its request begins to be answered. Where all together hold more, those that have been on
    their way longest are refused: an honest sender is done within milliseconds, one who ties up memory is not.
    """

    def __init__(self, *, most_held: int, most_answered: int) -> None:
        """`most_answered`: so many requests that have a body are answered at one time."""
        self._most_held = most_held
        self._held = 0
        self._arriving: dict[_Arriving, None] = {}
        self._turns = asyncio.Semaphore(most_answered)

    @asynccontextmanager
    async def whole(self, scope: Scope, receive: Receive, limit: Limit) -> AsyncIterator[bytes]:
        """The body, for as long as its request is being answered. Raises BodyRefused before that."""
        length = _announced_length(scope["headers"])
        if length == 0:
            yield b""
            return
        body = _Arriving(limit, is_too_large=length is not None and length > limit.size)
        self._arriving[body] = None
        try:
            content = await self._in_time(body, receive)
        finally:
            self._forget(body)
        try:
            yield content
        finally:
            self._turns.release()

    async def _in_time(self, body: _Arriving, receive: Receive) -> bytes:
        """The content, once it is this body's turn to be answered."""
        try:
            async with body.patience:
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
            self._refuse(next(iter(self._arriving)))

    def _refuse(self, body: _Arriving) -> None:
        self._forget(body)
        if not body.patience.expired():
            body.patience.reschedule(asyncio.get_running_loop().time())

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
