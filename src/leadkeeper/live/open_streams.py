"""The streams that are open in this process: who listens to each, and how many one person may have."""

import asyncio
from collections.abc import Iterable, Iterator
from typing import Final, Protocol
from uuid import UUID

from leadkeeper.live.missed import Who
from leadkeeper.live.outbox import Outbox
from leadkeeper.live.reading import Heard

Headers = Iterable[tuple[bytes, bytes]]

MOST_OF_ONE_PERSON: Final = 100


class Watcher(Protocol):
    """All that is asked of who is signed in. (Live knows no other room.)"""

    @property
    def id(self) -> UUID | None: ...

    @property
    def organization_id(self) -> UUID: ...


class OpenStream:
    """One open stream."""

    def __init__(self, watcher: Watcher, headers: Headers) -> None:
        self.who: Who = (watcher.organization_id, watcher.id)
        self.headers = headers
        # Until it was asked, only what everybody hears; what is missed by that is made up for at the beginning.
        self.hears_all = False
        self.outbox = Outbox()
        self.has_news = asyncio.Event()
        self.writing: asyncio.Future[None] | None = None

    def hears(self, notice: Heard) -> bool:
        """Whether the watcher may know of it."""
        organization_id, person_id = self.who
        hears_all = self.hears_all and not notice.private
        return notice.organization_id == organization_id and (hears_all or notice.seen_by in (None, person_id))

    def put(self, notice: Heard) -> None:
        """Have the notice sent, if the watcher may know of it."""
        if self.hears(notice):
            self.outbox.put(notice.topic, notice.position)
            self.has_news.set()

    def end(self) -> None:
        if self.writing is not None:
            self.writing.cancel()


class OpenStreams:
    """All of them. Whoever opens more than MOST_OF_ONE_PERSON has their oldest one ended."""

    def __init__(self) -> None:
        self._of: dict[Who, list[OpenStream]] = {}

    def __iter__(self) -> Iterator[OpenStream]:
        """As they are now: streams may come and go meanwhile."""
        return iter([stream for streams in self._of.values() for stream in streams])

    def __bool__(self) -> bool:
        return bool(self._of)

    def add(self, stream: OpenStream) -> None:
        theirs = self._of.get(stream.who, [])
        if len(theirs) >= MOST_OF_ONE_PERSON:
            self.end(theirs[0])
        self._of.setdefault(stream.who, []).append(stream)

    def remove(self, stream: OpenStream) -> None:
        theirs = self._of.get(stream.who, [])
        if stream in theirs:
            theirs.remove(stream)
        if not theirs:
            self._of.pop(stream.who, None)

    def end(self, stream: OpenStream) -> None:
        self.remove(stream)
        stream.end()
