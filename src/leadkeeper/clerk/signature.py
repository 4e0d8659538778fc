"""Standard Webhooks signatures (https://www.standardwebhooks.com), checked over the raw bytes of the body.

By hand, because the reference library decodes the body first: a signed body that is no UTF-8 would look forged.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

TOLERANCE_S: Final = 300


@dataclass(frozen=True, slots=True)
class Secret:
    """One signing key."""

    key: bytes

    @classmethod
    def parse(cls, text: str) -> "Secret":
        """The key of `whsec_<base64>`. Raises ValueError when it is none."""
        try:
            key = base64.b64decode(text.removeprefix("whsec_") + "==")
        except binascii.Error as error:
            raise ValueError("not base64 after 'whsec_'") from error
        if not key:
            raise ValueError("empty after 'whsec_'")
        return cls(key)


def verified_id(headers: Mapping[bytes, bytes], body: bytes, secrets: tuple[Secret, ...], *, now: float) -> str | None:
    """The message id of a body signed with any of the secrets within 300 s of `now`, else None.

    Header names are lower case; the `svix-*` and `webhook-*` families both count.
    """
    for family in (b"svix", b"webhook"):
        message_id = headers.get(family + b"-id", b"")
        timestamp = headers.get(family + b"-timestamp", b"")
        signatures = headers.get(family + b"-signature", b"")
        if message_id and timestamp and signatures:
            return _verified_id(message_id, timestamp, signatures, body, secrets, now)
    return None


def _verified_id(
    message_id: bytes,
    timestamp: bytes,
    signatures: bytes,
    body: bytes,
    secrets: tuple[Secret, ...],
    now: float,
) -> str | None:
    if not timestamp.isdigit() or len(timestamp) > 12 or abs(int(timestamp) - now) > TOLERANCE_S:
        return None
    given = [signature[3:] for signature in signatures.split(b" ") if signature.startswith(b"v1,")][:16]
    for secret in secrets:
        digest = hmac.new(secret.key, b".".join((message_id, timestamp, body)), hashlib.sha256).digest()
        expected = base64.b64encode(digest)
        if any(hmac.compare_digest(expected, signature) for signature in given):
            return _storable(message_id)
    return None


def _storable(message_id: bytes) -> str:
    """The id as text of at most 255 characters; a longer or odd one by its hash, so that repeats still meet."""
    text = message_id.decode("latin-1")
    if len(text) <= 255 and text.isascii() and text.isprintable():
        return text
    return "sha256:" + hashlib.sha256(message_id).hexdigest()
