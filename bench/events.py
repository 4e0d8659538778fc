"""Signed webhook deliveries: half create a person, half update one who was created a thousand people ago."""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.people import Person, clerk_user, person, sample_event

SECRET = "whsec_" + base64.b64encode(b"a key that is used for nothing else").decode()
PATH = "/clerk/users"
INSTANCE_ID: bytes = sample_event()["instance_id"].encode()
AHEAD = 1_000
"""So many people are created before the first is updated: no two deliveries in flight are about one."""


def unique_group() -> str:
    return f"b{secrets.token_hex(4)}"


@dataclass(frozen=True)
class SignedEvents:
    """Deliveries `start` to `start + count` of an endless series; each series has its own people and ids."""

    count: int
    start: int = 0
    group: str = field(default_factory=unique_group)
    secret: str = SECRET

    def requests(self, port: int) -> Sequence[bytes]:
        """Whole HTTP requests, signed now: good for the five minutes that a signature lives."""
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        sent_at = str(int(time.time())).encode()
        return [self._request(index, port, key, sent_at) for index in range(self.start, self.start + self.count)]

    def _request(self, index: int, port: int, key: bytes, sent_at: bytes) -> bytes:
        message = message_id(self.group, index).encode()
        body = event_body(*event(self.group, index))
        digest = hmac.digest(key, b"%b.%b.%b" % (message, sent_at, body), hashlib.sha256)
        return b"".join(
            (
                b"POST %b HTTP/1.1\r\n" % PATH.encode(),
                b"host: 127.0.0.1:%d\r\n" % port,
                b"user-agent: Svix-Webhooks/1.62.0\r\n",
                b"content-type: application/json\r\n",
                b"content-length: %d\r\n" % len(body),
                b"svix-id: %b\r\n" % message,
                b"svix-timestamp: %b\r\n" % sent_at,
                b"svix-signature: v1,%b\r\n\r\n" % base64.b64encode(digest),
                body,
            )
        )


def message_id(group: str, index: int) -> str:
    return f"msg_{group}{index:018d}"


def event(group: str, index: int) -> tuple[str, Person]:
    if index < AHEAD:
        return "user.created", person(index, group=group)
    later = index - AHEAD
    if later % 2 == 0:
        return "user.created", person(AHEAD + later // 2, group=group)
    return "user.updated", person(later // 2, group=group, updated=60_000)


def event_body(type_: str, who: Person) -> bytes:
    return b'{"data":%b,"instance_id":"%b","object":"event","timestamp":%d,"type":"%b"}' % (
        clerk_user(who),
        INSTANCE_ID,
        who.updated_at + 37,
        type_.encode(),
    )
