"""One process, three doors: the webhook and the live stream natively, everything else in Django's thread pool."""

import asyncio
import os
import signal
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadkeeper.project.settings")

from a2wsgi import WSGIMiddleware
from a2wsgi.wsgi import WSGIResponder
from django.conf import settings
from django.core.wsgi import get_wsgi_application

django_pages = get_wsgi_application()

from leadkeeper.access.viewer import here_now, viewer_of_cookies
from leadkeeper.clerk.commit_groups import CommitGroups
from leadkeeper.clerk.webhook import Receive, Scope, Send, Webhook
from leadkeeper.live.stream import LiveStream
from leadkeeper.project import memory
from leadkeeper.project.background import Background

PAGE_THREADS = 8
UNBOUNDED = 0
# With a sender who goes silent in the middle of a body that is too long anyway.
PATIENCE_S = 5.0
# With a slash too: whoever sends there would take a redirect for a failure.
DOOR = ("/clerk/users", "/clerk/users/")


class Answer(WSGIResponder):
    """Handed to the event loop and not waited for: a slow browser keeps no thread, and a quick one costs no pauses."""

    def send(self, message: Any) -> None:
        self.loop.call_soon_threadsafe(self.send_queue.put_nowait, message)


class Pages(WSGIMiddleware):
    """Django in its threads, each of which begins when the body is there: a slow sender keeps none either."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = await self._received(receive)
        if body is None:
            return

        async def receive_again() -> Any:
            if body:
                return body.popleft()
            try:
                return await asyncio.wait_for(receive(), PATIENCE_S)
            except TimeoutError:
                return {"type": "http.request", "body": b"", "more_body": False}

        await Answer(self.app, self.executor, UNBOUNDED)(scope, receive_again, send)

    async def _received(self, receive: Any) -> deque[Any] | None:
        """The events of the body, as far as Django would take it; None when the sender has gone."""
        events, size = deque[Any](), 0
        while size <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            event = await receive()
            if event["type"] == "http.disconnect":
                return None
            events.append(event)
            size += len(event.get("body", b""))
            if not event.get("more_body", False):
                break
        return events


class Application:
    """Sends each request through its door, and starts and stops what lives as long as the process."""

    def __init__(self) -> None:
        self._groups = CommitGroups()
        self._webhook = Webhook(self._groups)
        self._live = LiveStream(viewer_of_cookies, here_now)
        self._pages = Pages(django_pages, workers=PAGE_THREADS)  # type: ignore[arg-type]
        self._background = Background(inside_server=True) if settings.ENVIRONMENT.is_sqlite else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live_and_die(receive, send)
        elif scope["path"] in DOOR:
            await self._webhook(scope, receive, send)
        elif scope["path"] == "/live":
            await self._live(scope, receive, send)
        else:
            await self._pages(scope, receive, send)

    async def _live_and_die(self, receive: Receive, send: Send) -> None:
        while True:
            event = await receive()
            if event["type"] == "lifespan.startup":
                _on_sigterm(self._live.end_streams)
                self._groups.start()
                self._live.start()
                if self._background:
                    self._background.start()
                await send({"type": "lifespan.startup.complete"})
            elif event["type"] == "lifespan.shutdown":
                if self._background:
                    self._background.stop()
                self._live.stop()
                self._groups.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return


def _on_sigterm(do: Callable[[], None]) -> None:
    """Have it done in this event loop when SIGTERM comes, before what was going to be done."""
    loop, before = asyncio.get_running_loop(), signal.getsignal(signal.SIGTERM)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        return

    def handle(number: int, frame: Any) -> None:
        loop.call_soon_threadsafe(do)
        before(number, frame)

    signal.signal(signal.SIGTERM, handle)


app = Application()
memory.keep_what_is_loaded()
