"""Signed webhooks as Svix sends them: attempts, retries, a log, and mischief on demand."""

from __future__ import annotations

import base64
import hashlib
import heapq
import hmac
import http.client
import threading
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Literal

from sandbox.clerk_objects import JsonObject, envelope, new_id, to_bytes

#: Seconds between the attempts: eight in all. The real ones are spread over 27.6 hours.
PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
#: The receiver has this long to answer, as at Svix.
PATIENCE = 15.0
KEPT_MESSAGES = 1000

State = Literal["waiting", "delivered", "retrying", "failed", "lost", "held"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One POST. `status` is the answer's, or None where there was none, and `error` says why."""

    at: float
    status: int | None
    error: str
    seconds: float

    @property
    def succeeded(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@dataclass(slots=True)
class Message:
    """One message. Its id and body stay the same however often it is sent."""

    id: str
    type: str
    about: str
    body: bytes
    made_at: float
    state: State = "waiting"
    attempts: list[Attempt] = field(default_factory=list)


@dataclass(frozen=True, slots=True, order=True)
class _Due:
    at: float
    number: int
    message: Message = field(compare=False)
    attempt: int = field(compare=False)
    insisted: bool = field(compare=False)


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """One signature of the `svix-signature` header, by the scheme of Standard Webhooks."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


class Webhooks:
    """Sends what happens to one endpoint, in the background, one attempt at a time."""

    def __init__(
        self,
        endpoint_url: str,
        secrets: Callable[[], Iterable[str]],
        instance_id: str,
        pauses: Sequence[float] = PAUSES,
        patience: float = PATIENCE,
    ) -> None:
        self.endpoint_url = endpoint_url
        self._secrets = secrets
        self._instance_id = instance_id
        self._pauses = pauses
        self._patience = patience
        self._paused = False
        self._holding = False
        self._log: deque[Message] = deque(maxlen=KEPT_MESSAGES)
        self._held: list[Message] = []
        self._due: list[_Due] = []
        self._number = 0
        self._sending = False
        self._stopping = False
        self._news = threading.Condition()
        self._thread: threading.Thread | None = None
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects())

    # Running

    def start(self) -> None:
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="sandbox-webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop sending; what waits is forgotten."""
        with self._news:
            self._stopping = True
            self._news.notify_all()
        if self._thread:
            self._thread.join(timeout=2)
            self._thread = None

    def wait_until_quiet(self, timeout: float = 10) -> bool:
        """Wait until nothing is being sent or to be sent again. False when it took too long."""
        with self._news:
            return self._news.wait_for(lambda: not self._due and not self._sending, timeout)

    # Making messages

    def announce(self, event_type: str, data: JsonObject, timestamp: int, about: str, user_agent: str) -> None:
        """Something happened to a person: make Clerk's envelope and send it."""
        event = envelope(event_type, data, timestamp=timestamp, instance_id=self._instance_id, user_agent=user_agent)
        self.send(to_bytes(event), event_type, about)

    def send(self, body: bytes, event_type: str, about: str = "") -> Message:
        """Sign and send any body, also one that Clerk would never make."""
        now = time.time()
        message = Message(new_id("msg", int(now * 1000)), event_type, about, body, now)
        with self._news:
            self._log.append(message)
            if self._paused:
                message.state = "lost"
            elif self._holding:
                message.state = "held"
                self._held.append(message)
            else:
                self._push(message)
        return message

    # Mischief

    @property
    def paused(self) -> bool:
        return self._paused

    @property
    def holding(self) -> bool:
        return self._holding

    def pause(self, paused: bool = True) -> None:
        """While paused nothing is sent, and what is made meanwhile is lost: nobody sends it later."""
        with self._news:
            self._paused = paused

    def hold(self) -> None:
        """Collect the messages from now on, until `release`."""
        with self._news:
            self._holding = True

    def release(self, reverse: bool = False) -> int:
        """Send what was held, newest first if `reverse`. Returns how many there were."""
        with self._news:
            self._holding = False
            held, self._held = self._held, []
            for message in reversed(held) if reverse else held:
                self._push(message, insisted=True)
            return len(held)

    def repeat(self, message_id: str) -> Message | None:
        """Send a logged message once more with the same `svix-id`, even while paused."""
        with self._news:
            message = next((one for one in self._log if one.id == message_id), None)
            if message:
                if message in self._held:
                    self._held.remove(message)
                self._push(message, insisted=True)
            return message

    # Looking

    def messages(self, limit: int = KEPT_MESSAGES) -> list[Message]:
        """The latest messages, newest first."""
        with self._news:
            return [self._log[-place] for place in range(1, min(limit, len(self._log)) + 1)]

    def held(self) -> int:
        return len(self._held)

    # Inside

    def _push(self, message: Message, *, attempt: int = 0, insisted: bool = False) -> None:
        pause = self._pauses[attempt - 1] if attempt else 0
        message.state = "retrying" if attempt else "waiting"
        self._number += 1
        heapq.heappush(self._due, _Due(time.monotonic() + pause, self._number, message, attempt, insisted))
        self._news.notify_all()

    def _run(self) -> None:
        while True:
            with self._news:
                while not self._stopping and (not self._due or self._due[0].at > time.monotonic()):
                    wait = self._due[0].at - time.monotonic() if self._due else None
                    self._news.wait(wait if wait is None else max(wait, 0))
                if self._stopping:
                    self._due.clear()
                    self._news.notify_all()
                    return
                due = heapq.heappop(self._due)
                if self._paused and not due.insisted:
                    due.message.state = "lost"
                    self._news.notify_all()
                    continue
                self._sending = True
            attempt = self._post(due.message)
            with self._news:
                self._sending = False
                due.message.attempts.append(attempt)
                if attempt.succeeded:
                    due.message.state = "delivered"
                elif due.attempt < len(self._pauses):
                    self._push(due.message, attempt=due.attempt + 1, insisted=due.insisted)
                else:
                    due.message.state = "failed"
                self._news.notify_all()

    def _post(self, message: Message) -> Attempt:
        """One attempt, with its own time in the headers; a redirect is a failure and not followed."""
        now = time.time()
        timestamp = int(now)
        signatures = [sign(secret, message.id, timestamp, message.body) for secret in self._secrets()]
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Svix-Webhooks/1.96.0 (sandbox)",
            "svix-id": message.id,
            "svix-timestamp": str(timestamp),
            "svix-signature": " ".join(signatures),
        }
        status: int | None = None
        problem = ""
        try:
            request = urllib.request.Request(self.endpoint_url, message.body, headers, method="POST")
            with self._opener.open(request, timeout=self._patience) as answer:
                status = answer.status
        except urllib.error.HTTPError as error:
            status = error.code
            error.close()
        except urllib.error.URLError as error:
            problem = _reason(error.reason)
        except (OSError, ValueError, http.client.HTTPException) as error:
            problem = _reason(error)
        return Attempt(now, status, problem, time.time() - now)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> None:
        return None


def _reason(error: object) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ConnectionRefusedError):
        return "nobody listens there"
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()
