"""The door: `POST /clerk/users`, a native ASGI handler. Verify, hand over, answer once it is on disk."""

import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.conf import settings

from leadkeeper.clerk.commit_groups import CommitGroups, NotKept
from leadkeeper.clerk.deliveries import read_message
from leadkeeper.clerk.signature import Secret, verified_id

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Webhook:
    """The ASGI application behind the door. Answers 204, 400, 405 or 503, always with an empty body."""

    def __init__(self, groups: CommitGroups) -> None:
        self._groups = groups
        self._secrets = tuple(Secret.parse(text) for text in settings.CLERK_WEBHOOK_SECRETS)

    async def __call__(self, scope: Scope, body: bytes, send: Send) -> None:
        await answer(send, await self._status(scope, body))

    async def _status(self, scope: Scope, body: bytes) -> int:
        if scope["method"] != "POST":
            return 405
        if not self._secrets:
            return 503
        message_id = verified_id(dict(scope["headers"]), body, self._secrets, now=time.time())
        if message_id is None:
            return 400
        try:
            await self._groups.commit(read_message(message_id, body))
        except NotKept:
            return 503
        return 204


async def answer(send: Send, status: int, *, close: bool = False) -> None:
    """A status and nothing else; with `close` the connection ends with it."""
    headers = [(b"content-length", b"0")] if status != 204 else []
    if status == 405:
        headers.append((b"allow", b"POST"))
    if status == 503:
        headers.append((b"retry-after", b"5"))
    if close:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
