"""Posting signed deliveries to the door in this process, without a server in between."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
import uuid

from django.conf import settings
from standardwebhooks import Webhook as Signer

from leadkeeper.clerk.commit_groups import CommitGroups
from leadkeeper.clerk.webhook import Webhook


def signed(body, message_id=None, *, at=None, secret=None, family="svix"):
    """Headers as Svix sends them."""
    from datetime import UTC, datetime

    message_id = message_id or f"msg_{uuid.uuid4().hex}"
    at = int(at or time.time())
    secret = secret or settings.CLERK_WEBHOOK_SECRETS[0]
    try:
        signature = Signer(secret).sign(message_id, datetime.fromtimestamp(at, UTC), body.decode())
    except UnicodeDecodeError:
        signature = _sign_bytes(secret, f"{message_id}.{at}.".encode() + body)
    values = {"id": message_id, "timestamp": str(at), "signature": signature}
    return [(f"{family}-{name}".encode(), value.encode()) for name, value in values.items()]


def _sign_bytes(secret, content):
    """The same for what is no text, which the library does not sign."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def event(type_="user.created", id_="user_a", updated_at=1_763_000_000_000, **fields):
    """A body with Clerk's envelope."""
    data = {"id": id_, "updated_at": updated_at, **fields}
    if type_ == "user.deleted":
        data = {"id": id_, "deleted": True}
    return json.dumps({"type": type_, "data": data, "object": "event", "timestamp": updated_at + 20}).encode()


def post(*requests, method="POST"):
    """Send (body, headers) pairs at the same time; answers (status, headers, body) for each, in order."""
    groups = CommitGroups()
    groups.start()
    try:
        return asyncio.run(_post(Webhook(groups), requests, method))
    finally:
        groups.stop()


def deliver(*bodies):
    """Send these bodies, signed, at the same time; answers the status of each."""
    return [status for status, _, _ in post(*((body, signed(body)) for body in bodies))]


async def _post(door, requests, method):
    return await asyncio.gather(*(_one(door, body, headers, method) for body, headers in requests))


async def _one(door, body, headers, method):
    sent = []

    async def send(message):
        sent.append(message)

    await door({"type": "http", "method": method, "path": "/clerk/users", "headers": headers}, body, send)
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"]
