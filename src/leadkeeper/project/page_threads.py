"""Django in a fixed number of threads. A request comes here with its whole body, so that no sender keeps a thread."""

from typing import Any, Final
from urllib.parse import quote_from_bytes

from a2wsgi import WSGIMiddleware
from a2wsgi.wsgi import WSGIResponder

from leadkeeper.clerk.webhook import Scope, Send

THREADS: Final = 8
UNBOUNDED: Final = 0
_ASCII: Final = bytes(range(128))


class _Answer(WSGIResponder):
    """Handed to the event loop and not waited for: a slow browser keeps no thread, and a quick one costs no pauses."""

    def send(self, message: Any) -> None:
        self.loop.call_soon_threadsafe(self.send_queue.put_nowait, message)


class PageThreads:
    """Answers requests with a WSGI application, in threads of its own."""

    def __init__(self, application: Any, threads: int = THREADS) -> None:
        self._middleware = WSGIMiddleware(application, workers=threads)

    async def __call__(self, scope: Scope, body: bytes, send: Send) -> None:
        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        if not scope["query_string"].isascii():  # which a2wsgi does not read
            scope = {**scope, "query_string": quote_from_bytes(scope["query_string"], safe=_ASCII).encode()}
        answer: Any = _Answer(self._middleware.app, self._middleware.executor, UNBOUNDED)
        await answer(scope, receive, send)
