"""One process, three doors: the webhook and the live stream natively, everything else in Django's thread pool."""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Callable
from typing import Any, Final

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadkeeper.project.settings")

from django.conf import settings
from django.core.wsgi import get_wsgi_application

django_pages = get_wsgi_application()

from leadkeeper.access.viewer import here_now, viewer_of_cookies
from leadkeeper.clerk.commit_groups import LARGEST_GROUP, CommitGroups
from leadkeeper.clerk.webhook import Scope, Send, Webhook, answer
from leadkeeper.live.stream import LiveStream
from leadkeeper.project import memory
from leadkeeper.project.background import Background
from leadkeeper.project.bodies import Bodies, BodyRefused, Limit, Receive
from leadkeeper.project.connections import Connections
from leadkeeper.project.page_threads import THREADS, PageThreads
from leadkeeper.project.refusals import refuse

# With a slash too: whoever sends there would take a redirect for a failure.
DOOR: Final = ("/clerk/users", "/clerk/users/")
MB: Final = 1024 * 1024
DOOR_LIMIT: Final = Limit(size=MB, seconds=10)
PAGE_LIMIT: Final = Limit(size=settings.DATA_UPLOAD_MAX_MEMORY_SIZE, seconds=20)
logger = logging.getLogger(__name__)


class Application:
    """Sends each request through its door, and starts and stops what lives as long as the process."""

    def __init__(self) -> None:
        self._groups = CommitGroups()
        self._webhook = Webhook(self._groups)
        self._live = LiveStream(viewer_of_cookies, here_now)
        self._pages = PageThreads(django_pages)
        # Two, so that neither takes the other's room.
        self._deliveries = Bodies(most_held=8 * MB, most_large=32, most_answered=2 * LARGEST_GROUP)
        self._forms = Bodies(most_held=16 * MB, most_large=32, most_answered=2 * THREADS)
        self._connections = Connections.of_this_worker()
        self._background = Background(inside_server=True) if settings.ENVIRONMENT.is_sqlite else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live_and_die(receive, send)
        elif scope["path"] in DOOR:
            await self._take_delivery(scope, receive, send)
        elif scope["path"] == "/live":
            with self._connections.answering(scope):
                await self._live(scope, receive, send)
        else:
            await self._show_page(scope, receive, send)

    async def _take_delivery(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with self._deliveries.whole(scope, receive, DOOR_LIMIT) as body:
                with self._connections.answering(scope):
                    await self._webhook(scope, body, send)
        except BodyRefused as refused:
            logger.info("delivery not received", extra={"status": refused.status.value, "bytes": refused.received})
            await answer(send, refused.status, close=True)

    async def _show_page(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with self._forms.whole(scope, receive, PAGE_LIMIT) as body:
                with self._connections.answering(scope):
                    await self._pages(scope, body, send)
        except BodyRefused as refused:
            await refuse(scope, send, refused.status, largest=PAGE_LIMIT.size)

    async def _live_and_die(self, receive: Receive, send: Send) -> None:
        while True:
            event = await receive()
            if event["type"] == "lifespan.startup":
                self._start()
                await send({"type": "lifespan.startup.complete"})
            elif event["type"] == "lifespan.shutdown":
                self._stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    def _start(self) -> None:
        _on_sigterm(self._let_go)
        self._groups.start()
        self._live.start()
        self._connections.start()
        if self._background:
            self._background.start()

    def _let_go(self) -> None:
        """The server waits for open answers and connections before it ends: end those that have no end of their own."""
        self._live.end_streams()
        self._connections.end()

    def _stop(self) -> None:
        if self._background:
            self._background.stop()
        self._connections.stop()
        self._live.stop()
        self._groups.stop()


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
