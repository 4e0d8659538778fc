"""`GET /live`: server-sent events that tell a browser which topics changed. Pages fetch them again themselves,
with their own rights, so nothing but the topic travels."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from django.db import close_old_connections, connection

from leadkeeper.live.announce import SIGNED_OUT
from leadkeeper.live.missed import Who, missed
from leadkeeper.live.open_streams import Headers, OpenStream, OpenStreams, Watcher
from leadkeeper.live.outbox import EVERYTHING, as_events
from leadkeeper.live.reading import Heard
from leadkeeper.live.tail import Tail

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Result = TypeVar("Result")

_COMMENT_EVERY_S: Final = 15.0
# Whether the person may stay is asked at least so often, however much there is to tell.
_ASKED_EVERY_S: Final = 15.0
# A browser that takes nothing for so long has gone, without a word.
_TAKEN_WITHIN_S: Final = 30.0
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
        self._streams = OpenStreams()
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
        self._telling = asyncio.ensure_future(self._tell_in_turn())
        self._tail.start()

    def stop(self) -> None:
        self.end_streams()
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
        await self._serve(OpenStream(watcher, headers), receive, send)
        return None

    async def _serve(self, stream: OpenStream, receive: Receive, send: Send) -> None:
        stream.writing = asyncio.ensure_future(self._write(stream, send))
        gone = asyncio.ensure_future(_until_gone(receive))
        self._streams.add(stream)
        self._tail.follow()
        try:
            await asyncio.wait({stream.writing, gone}, return_when=asyncio.FIRST_COMPLETED)
            has_left = gone.done()
        finally:
            gone.cancel()
            self._streams.end(stream)
            if not self._streams:
                self._tail.rest()
        if not has_left:
            await send({"type": "http.response.body", "body": b""})

    async def _write(self, stream: OpenStream, send: Send) -> None:
        """Send what is missed, then what comes, until the person may not listen any more or the browser has gone."""
        with contextlib.suppress(TimeoutError):
            await self._begin(stream, send)
            await self._go_on(stream, send)

    async def _begin(self, stream: OpenStream, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await self._send(send, b"retry: %d\n\n" % _RECONNECT_AFTER_MS)
        # Among the streams already: what changes from now on is told to this one, too.
        await self._look_who_is_here({stream})
        earlier, position = await self._ask(self._missed, stream)
        stream.outbox.put_first(earlier)
        topics = stream.outbox.take()
        await self._send(send, as_events(topics) + (b"" if topics else b"id: %d\n\n" % position))

    async def _go_on(self, stream: OpenStream, send: Send) -> None:
        loop = asyncio.get_running_loop()
        asked_at = loop.time()
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_COMMENT_EVERY_S):
                    await stream.has_news.wait()
            stream.has_news.clear()
            if loop.time() - asked_at >= _ASKED_EVERY_S:
                if not await self._may_stay(stream):
                    return
                asked_at = loop.time()
            await self._send(send, as_events(stream.outbox.take()) or b":\n\n")

    @staticmethod
    async def _send(send: Send, body: bytes) -> None:
        async with asyncio.timeout(_TAKEN_WITHIN_S):
            await send({"type": "http.response.body", "body": body, "more_body": True})

    async def _may_stay(self, stream: OpenStream) -> bool:
        try:
            watcher = await self._ask(self._viewer_of_headers, stream.headers)
        except Exception:
            logger.exception("live stream ended, the person could not be checked")
            return False
        return watcher is not None and (watcher.organization_id, watcher.id) == stream.who

    def _missed(self, stream: OpenStream) -> tuple[list[tuple[str, int]], int]:
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
        """Tell the streams, in order; where people changed or signed out, only after asking who may still hear what."""
        while True:
            news = await self._news.get()
            while not self._news.empty():
                news = news + self._news.get_nowait()
            if any(notice.topic in _ABOUT_PEOPLE for notice in news):
                await self._look_who_is_here(self._streams)
            if signed_out := {(notice.organization_id, notice.seen_by) for notice in news if _is_sign_out(notice)}:
                await self._end_sessions_of(signed_out)
            await self._tell([notice for notice in news if not _is_sign_out(notice)])

    async def _end_sessions_of(self, people: Collection[Who]) -> None:
        """End those streams of these people whose session is no more."""
        for stream in self._streams:
            if stream.who in people and not await self._may_stay(stream):
                self._streams.end(stream)

    async def _look_who_is_here(self, streams: Iterable[OpenStream]) -> None:
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
                self._streams.end(stream)

    async def _tell(self, news: list[Heard]) -> None:
        for number, stream in enumerate(self._streams, start=1):
            if number % _TOLD_AT_ONCE == 0:
                await asyncio.sleep(_PAUSE_S)
            for notice in news:
                stream.put(notice)

    def end_streams(self) -> None:
        """End all, and let none begin: the server waits for open answers before it ends, and ours have no end of
        their own. Called in the event loop that serves, or when it has ended."""
        self._closing = True
        for stream in self._streams:
            stream.end()


def _is_sign_out(notice: Heard) -> bool:
    return notice.topic.startswith(f"{SIGNED_OUT}:")


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
