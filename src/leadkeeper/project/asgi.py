"""One process, three doors: the webhook and the live stream natively, everything else in Django's thread pool."""

import os
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
# With a slash too: whoever sends there would take a redirect for a failure.
DOOR = ("/clerk/users", "/clerk/users/")


class Answer(WSGIResponder):
    """Handed to the event loop and not waited for: a slow browser keeps no thread, and a quick one costs no pauses."""

    def send(self, message: Any) -> None:
        self.loop.call_soon_threadsafe(self.send_queue.put_nowait, message)


class Pages(WSGIMiddleware):
    """Django in its threads."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await Answer(self.app, self.executor, UNBOUNDED)(scope, receive, send)


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
            await self._serve_page(scope, receive, send)

    async def _serve_page(self, scope: Scope, receive: Receive, send: Send) -> None:
        # granian's callables return no coroutines, which the bridge needs.
        async def receive_event() -> Any:
            return await receive()

        async def send_event(event: Any) -> None:
            await send(event)

        await self._pages(scope, receive_event, send_event)

    async def _live_and_die(self, receive: Receive, send: Send) -> None:
        while True:
            event = await receive()
            if event["type"] == "lifespan.startup":
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


app = Application()
memory.keep_what_is_loaded()
