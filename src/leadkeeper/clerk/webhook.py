"""The door: `POST /clerk/users`, a native ASGI handler. Verify, hand over, answer once it is on disk."""

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from django.conf import settings

from leadkeeper.clerk.commit_groups import CommitGroups, NotKept
from leadkeeper.clerk.deliveries import read_message
from leadkeeper.clerk.signature import Secret, verified_id

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

LARGEST_BODY: Final = 1024 * 1024


class Webhook:
    """The ASGI application behind the door. Answers 204, 400, 405, 413 or 503, always with an empty body."""

    def __init__(self, groups: CommitGroups) -> None:
        self._groups = groups
        self._secrets = tuple(Secret.parse(text) for text in settings.CLERK_WEBHOOK_SECRETS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = await self._answer(scope, receive)
        headers = [(b"content-length", b"0")] if status != 204 else []
        if status == 405:
            headers.append((b"allow", b"POST"))
        if status == 503:
            headers.append((b"retry-after", b"5"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async def _answer(self, scope: Scope, receive: Receive) -> int:
        body = await _read(receive)
        if scope["method"] != "POST":
            return 405
        if not self._secrets:
            return 503
        if body is None:
            return 413
        message_id = verified_id(dict(scope["headers"]), body, self._secrets, now=time.time())
        if message_id is None:
            return 400
        try:
            await self._groups.commit(read_message(message_id, body))
        except NotKept:
            return 503
        return 204


async def _read(receive: Receive) -> bytes | None:
    """The whole body, or None when it is too large: read to its end all the same, since an early answer
    would break the sender's pipe."""
    chunks: list[bytes] = []
    size = 0
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise asyncio.CancelledError
        chunk = event.get("body", b"")
        size += len(chunk)
        if size <= LARGEST_BODY:
            chunks.append(chunk)
        else:
            chunks.clear()
        if not event.get("more_body", False):
            return b"".join(chunks) if size <= LARGEST_BODY else None
