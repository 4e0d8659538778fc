"""`GET /live`: server-sent events that tell a browser which topics changed. Pages fetch them again themselves,
with their own rights, so nothing but the topic travels."""

import asyncio
import contextlib
import logging
import signal
import threading
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID

from django.db import close_old_connections, connection

from leadkeeper.live.missed import Who, missed
from leadkeeper.live.outbox import EVERYTHING, Outbox, as_events
from leadkeeper.live.reading import Heard
from leadkeeper.live.tail import Tail

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = Iterable[tuple[bytes, bytes]]
Result = TypeVar("Result")

_COMMENT_EVERY_S: Final = 15.0
_RECONNECT_AFTER_MS: Final = 1000
# A thousand streams woken in one go would keep the webhook door waiting.
_TOLD_AT_ONCE: Final = 25
_PAUSE_S: Final = 0.01
# Where people or policies changed, whoever listens may have left, or may hear more or less than before.
_ABOUT_PEOPLE: Final = frozenset({"team", EVERYTHING})
_HEADERS: Final = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),
]
logger = logging.getLogger(__name__)


class Watcher(Protocol):
    """All that is asked of who is signed in. (Live knows no other room.)"""

    @property
    def id(self) -> UUID | None: ...

    @property
    def organization_id(self) -> UUID: ...


class _Open:
    """One open stream."""

    def __init__(self, watcher: Watcher, headers: Headers) -> None:
        self.watcher = watcher
        self.headers = headers
        # Until it was asked, only what everybody hears; what is missed by that is made up for at the beginning.
        self.hears_all = False
        self.outbox = Outbox()
        self.has_news = asyncio.Event()
        self.writing: asyncio.Future[None] | None = None

    @property
    def who(self) -> Who:
        return self.watcher.organization_id, self.watcher.id

    def hears(self, notice: Heard) -> bool:
        """Whether the watcher may know of it."""
        organization_id, person_id = self.who
        return notice.organization_id == organization_id and (self.hears_all or notice.seen_by in (None, person_id))

    def end(self) -> None:
        if self.writing is not None:
            self.writing.cancel()


class LiveStream:
    """The ASGI application behind `/live`. Answers 200 with a stream, 401, 405 or 503."""

    def __init__(
        self,
        viewer_of_headers: Callable[[Headers], Watcher | None],
        here_now: Callable[[Collection[Who]], Mapping[Who, bool]],
    ) -> None:
        """`here_now` answers for those who are still here whether they hear of everything."""
        self._viewer_of_headers = viewer_of_headers
        self._here_now = here_now
        self._streams: set[_Open] = set()
        self._news: asyncio.Queue[list[Heard]] = asyncio.Queue()
        self._telling: asyncio.Future[None] | None = None
        self._tail = Tail(self._tell_from_thread)
        # One thread asks the database for all streams, so that a thousand browsers that come back at once take
        # one connection.
        self._asking = ThreadPoolExecutor(1, thread_name_prefix="live-asking")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing = False

    def start(self) -> None:
        """Called in the event loop that serves."""
        self._loop = asyncio.get_running_loop()
        self._end_streams_on_sigterm()
        self._telling = asyncio.ensure_future(self._tell_in_turn())
        self._tail.start()

    def stop(self) -> None:
        self._end_streams()
        self._tail.stop()
        if self._loop is not None and self._telling is not None:
            self._loop.call_soon_threadsafe(self._telling.cancel)
        # Looked up in that thread: each has a connection of its own.
        self._asking.submit(lambda: connection.close())
        self._asking.shutdown(wait=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "GET":
            return await _refuse(send, 405)
        headers = list(scope["headers"])
        try:
            watcher = await self._ask(self._viewer_of_headers, headers)
        except Exception:
            logger.exception("live stream not opened")
            return await _refuse(send, 503)
        if watcher is None:
            return await _refuse(send, 401)
        if self._closing:
            return await _refuse(send, 503)
        await self._serve(_Open(watcher, headers), receive, send)
        return None

    async def _serve(self, stream: _Open, receive: Receive, send: Send) -> None:
        stream.writing = asyncio.ensure_future(self._write(stream, send))
        gone = asyncio.ensure_future(_until_gone(receive))
        self._streams.add(stream)
        try:
            await asyncio.wait({stream.writing, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not gone.done():
                await send({"type": "http.response.body", "body": b""})
        finally:
            self._streams.discard(stream)
            stream.end()
            gone.cancel()

    async def _write(self, stream: _Open, send: Send) -> None:
        """Send what is missed, then what comes, until the person may not listen any more."""
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await self._send(send, b"retry: %d\n\n" % _RECONNECT_AFTER_MS)
        # Among the streams already: what changes from now on is told to this one, too.
        await self._look_who_is_here({stream})
        earlier, position = await self._ask(self._missed, stream)
        stream.outbox.put_first(earlier)
        topics = stream.outbox.take()
        await self._send(send, as_events(topics) + (b"" if topics else b"id: %d\n\n" % position))
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_COMMENT_EVERY_S):
                    await stream.has_news.wait()
            stream.has_news.clear()
            topics = stream.outbox.take()
            if not topics and not await self._may_stay(stream):
                return
            await self._send(send, as_events(topics) or b":\n\n")

    @staticmethod
    async def _send(send: Send, body: bytes) -> None:
        await send({"type": "http.response.body", "body": body, "more_body": True})

    async def _may_stay(self, stream: _Open) -> bool:
        try:
            watcher = await self._ask(self._viewer_of_headers, stream.headers)
        except Exception:
            logger.exception("live stream ended, the person could not be checked")
            return False
        return watcher is not None and (watcher.organization_id, watcher.id) == stream.who

    def _missed(self, stream: _Open) -> tuple[list[tuple[str, int]], int]:
        position = self._tail.position()
        return missed(stream.who, _last_heard(stream.headers), position, hears_all=stream.hears_all), position

    async def _ask(self, question: Callable[..., Result], *about: object) -> Result:
        """Ask the database, in the thread for it."""

        def asking() -> Result:
            close_old_connections()
            return question(*about)

        return await asyncio.get_running_loop().run_in_executor(self._asking, asking)

    def _tell_from_thread(self, news: list[Heard]) -> None:
        assert self._loop is not None  # noqa: S101  (the tail runs only after `start`)
        with contextlib.suppress(RuntimeError):  # the loop has ended before us
            self._loop.call_soon_threadsafe(self._news.put_nowait, news)

    async def _tell_in_turn(self) -> None:
        """Tell the streams, in order; where people changed, only after looking who is still here to hear what."""
        while True:
            news = await self._news.get()
            while not self._news.empty():
                news = news + self._news.get_nowait()
            if any(notice.topic in _ABOUT_PEOPLE for notice in news):
                await self._look_who_is_here(self._streams)
            await self._tell(news)

    async def _look_who_is_here(self, streams: Collection[_Open]) -> None:
        """End the streams of those who left, and note who hears of what: one question, however many they are."""
        streams = list(streams)
        if not streams:
            return
        try:
            here = await self._ask(self._here_now, {stream.who for stream in streams})
        except Exception:
            # Browsers come back by themselves, and are asked again who they are.
            logger.exception("live streams ended, the people could not be checked")
            here = {}
        for stream in streams:
            if stream.who in here:
                stream.hears_all = here[stream.who]
            else:
                stream.end()

    async def _tell(self, news: list[Heard]) -> None:
        for number, stream in enumerate(list(self._streams), start=1):
            if number % _TOLD_AT_ONCE == 0:
                await asyncio.sleep(_PAUSE_S)
            for notice in news:
                if stream.hears(notice):
                    stream.outbox.put(notice.topic, notice.position)
                    stream.has_news.set()

    def _end_streams(self) -> None:
        self._closing = True
        for stream in self._streams:
            stream.end()

    def _end_streams_on_sigterm(self) -> None:
        """The server waits for open answers before it ends, and ours have no end of their own."""
        loop, before = self._loop, signal.getsignal(signal.SIGTERM)
        if threading.current_thread() is not threading.main_thread() or not callable(before):
            return

        def end(number: int, frame: Any) -> None:
            assert loop is not None  # noqa: S101
            loop.call_soon_threadsafe(self._end_streams)
            before(number, frame)

        signal.signal(signal.SIGTERM, end)


def _last_heard(headers: Headers) -> int | None:
    """What `Last-Event-ID` says; -1, which is always too old, for what is no number."""
    for name, value in headers:
        if name.lower() == b"last-event-id":
            return int(value) if value.isdigit() and len(value) <= 18 else -1
    return None


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(send: Send, status: int) -> None:
    headers = [(b"content-length", b"0"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
