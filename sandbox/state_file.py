"""The one file under the sandbox's folder: people, secrets, and notes of what was done."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

from sandbox.clerk_objects import JsonObject, new_id, to_bytes


class SandboxError(Exception):
    """Something the reader can put right; the message is one sentence to show as it is."""


class StateFile:
    """Reads and writes `sandbox.json`. Without a folder everything lives in memory only.

    The file is replaced as a whole, so that a crash leaves either the old or the new one.
    """

    def __init__(self, folder: Path | None) -> None:
        self.path = folder / "sandbox.json" if folder else None
        self._lock: IO[str] | None = None
        self.is_new = True
        self.people: list[JsonObject] = []
        if folder:
            self._take(folder)
        kept = self._read()
        now = int(time.time() * 1000)
        self.instance_id: str = kept.get("instance_id") or new_id("ins", now)
        self.secret_key: str = kept.get("secret_key") or "sk_test_" + secrets.token_hex(21)
        self.webhook_secret: str = kept.get("webhook_secret") or new_webhook_secret()
        self.previous_webhook_secret: str | None = kept.get("previous_webhook_secret")
        self.clock: int = kept.get("clock") or 0
        self.notes: dict[str, Any] = kept.get("notes") or {}
        self.people = kept.get("people") or []

    def write(self, people: Iterable[bytes]) -> None:
        """Keep everything. `people` are User objects already written as JSON, one to a line."""
        if not self.path:
            return
        head = {
            "instance_id": self.instance_id,
            "secret_key": self.secret_key,
            "webhook_secret": self.webhook_secret,
            "previous_webhook_secret": self.previous_webhook_secret,
            "clock": self.clock,
            "notes": self.notes,
        }
        body = to_bytes(head)[:-1] + b',"people":[\n' + b",\n".join(people) + b"\n]}\n"
        write_private(self.path, body)

    def close(self) -> None:
        """Let another process use the folder."""
        if self._lock:
            self._lock.close()
            self._lock = None

    def _take(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = (folder / "lock").open("a")
        except OSError as error:
            raise SandboxError(
                f"The folder {folder} cannot be written ({error.strerror}): make it writable, or choose another."
            ) from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.close()
            raise SandboxError(
                f"Another sandbox is running on the folder {folder}: stop it, or choose another."
            ) from None

    def _read(self) -> JsonObject:
        if not self.path or not self.path.exists():
            return {}
        try:
            kept = json.loads(self.path.read_bytes())
            if not isinstance(kept, dict):
                raise ValueError("no JSON object")
        except (OSError, ValueError) as error:
            self.close()
            raise SandboxError(f"{self.path} cannot be read ({error}): move it away to begin anew.") from None
        self.is_new = False
        return kept


def new_webhook_secret() -> str:
    """`whsec_` and 24 random bytes in base64, as Svix makes them."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()


def write_private(path: Path, body: bytes) -> None:
    """Replace a file whole, readable by its owner only."""
    beside = path.with_name(path.name + ".new")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError as error:
        raise SandboxError(f"{path} cannot be written ({error.strerror}).") from None
