"""Senders that mean it no good, each in its own way, for as long as they are let: what a siege is made of."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import cast
from urllib.parse import quote, urlencode

from bench.load import whole_answer
from bench.streams import allow_many_files

CLOSED = 0
"""Noted where the server closed the connection without an answer."""
TRICKLE_EVERY_S = 2.0
HELD_S = 90.0
"""So long an answer that is not taken is held."""

Statuses = dict[str, dict[int, int]]
"""By attacker, how often it was answered what."""

MARKS = "\u0301" * 10_000
BEFORE_ALL_TIME = "MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAxLTAxLTAxVDAwOjAwOjAwKzIzOjU5"
"""A cursor by hand: base64url of 32 zeros and the first midnight of the year 1, almost a day east of it."""


@dataclass(frozen=True)
class Target:
    port: int
    cookie: str
    """Of somebody who is signed in: not all who attack are strangers."""
    csrf: str
    key: str

    def request(self, method: str, path: str, *lines: str, body: bytes = b"") -> bytes:
        first = (f"{method} {path} HTTP/1.1", f"host: 127.0.0.1:{self.port}")
        return "\r\n".join((*first, *lines, "", "")).encode() + body

    def signed_in(self, method: str, path: str, *lines: str, body: bytes = b"") -> bytes:
        return self.request(method, path, f"cookie: {self.cookie}", *lines, body=body)


@dataclass(frozen=True)
class Attacker:
    name: str
    at_once: int
    requests: Callable[[Target], Sequence[bytes]]
    """Sent in turn, each over a connection of its own."""
    trickle: bytes = b""
    """Sent now and then until there is an answer."""
    takes: bool = True
    """Takes its answer; else the connection is held and nothing is read from it."""
    pause_s: float = 0.0


def nothing(target: Target) -> list[bytes]:
    return [b""]


def half_a_head(target: Target) -> list[bytes]:
    return [b"POST /clerk/users HTTP/1.1\r\nx: "]


def stream(target: Target) -> list[bytes]:
    return [target.signed_in("GET", "/live")]


def page(target: Target) -> list[bytes]:
    return [target.signed_in("GET", "/team")]


def stalled(target: Target) -> list[bytes]:
    """The beginning of a body: longer than it may be, nearly as long, short."""
    return [
        target.request("POST", path, f"content-length: {size + 100}", body=b"x" * size)
        for path in ("/clerk/users", "/api/leads", "/sign-out")
        for size in (2_300_000, 900_000, 10)
    ]


def malformed(target: Target) -> list[bytes]:
    return [
        target.request("POST", path, "transfer-encoding: chunked", body=body)
        for path in ("/clerk/users", "/api/leads", "/sign-out")
        for body in (b"zz\r\nabc\r\n0\r\n\r\n", b"3\r\nabcdef\r\n0\r\n\r\n", b"-1\r\n\r\n", b"f" * 30 + b"\r\n")
    ]


def large(target: Target) -> list[bytes]:
    form = "content-type: multipart/form-data; boundary=x"
    part = b'--x\r\ncontent-disposition: form-data; name="f"; filename="f"\r\n\r\n'
    size = 20_000_000
    return [
        target.request("POST", path, form, f"content-length: {size}", body=part.ljust(size))
        for path in ("/sign-out", "/clerk/users", "/api/leads")
    ]


def marks(target: Target) -> list[bytes]:
    """Text whose normal form costs the square of its length."""
    form = urlencode({"all": "1", "q": MARKS}).encode()
    lines = ("content-type: application/x-www-form-urlencoded", f"x-csrftoken: {target.csrf}")
    return [
        target.signed_in("POST", "/leads/transfer", *lines, f"content-length: {len(form)}", body=form),
        target.request("GET", f"/api/leads?q={quote(MARKS)}", f"authorization: Bearer {target.key}"),
        target.request("GET", f"/api/assignees?q={quote(MARKS)}", f"authorization: Bearer {target.key}"),
    ]


def by_hand(target: Target) -> list[bytes]:
    """Cursors and headers that no client of ours writes."""
    key, csrf = f"authorization: Bearer {target.key}", f"x-csrftoken: {target.csrf}"
    return [
        *(
            target.request("GET", f"/api/{path}?cursor={BEFORE_ALL_TIME}", key)
            for path in ("leads", "team", "directory/deliveries")
        ),
        target.request("GET", "/leads", "hx-request: true", "hx-current-url: http://[x"),
        target.signed_in("GET", "/leads?q=\u00e9"),
        target.signed_in("GET", f"/leads?cursor={BEFORE_ALL_TIME}"),
        target.signed_in("POST", "/language", "referer: http://[evil/", csrf, "content-length: 0"),
        target.request("POST", "/api/leads", key, "idempotency-key: \u00ff", "content-length: 2", body=b"[["),
    ]


ATTACKERS = (
    Attacker("silent", 2_500, nothing, pause_s=5.0),
    Attacker("half a head", 100, half_a_head, trickle=b"x", pause_s=1.0),
    Attacker("stalled bodies", 300, stalled, trickle=b"x", pause_s=1.0),
    Attacker("streams", 150, stream, takes=False, pause_s=1.0),
    Attacker("unread pages", 50, page, takes=False, pause_s=1.0),
    Attacker("malformed chunks", 2, malformed, pause_s=0.05),
    Attacker("large bodies", 1, large, pause_s=0.5),
    Attacker("combining marks", 1, marks, pause_s=0.2),
    Attacker("by hand", 1, by_hand, pause_s=0.1),
)


def attack(target: Target, seconds: float, attackers: Sequence[Attacker] = ATTACKERS) -> Statuses:
    """All of them at once, for so long."""
    allow_many_files(sum(attacker.at_once for attacker in attackers))
    return asyncio.run(_attack(target, seconds, attackers))


async def _attack(target: Target, seconds: float, attackers: Sequence[Attacker]) -> Statuses:
    noted: dict[str, Counter[int]] = {attacker.name: Counter() for attacker in attackers}
    attacking = []
    for attacker in attackers:
        requests = attacker.requests(target)
        for place in range(attacker.at_once):
            turns = islice(cycle(requests), place % len(requests), None)
            attacking.append(asyncio.create_task(_attack_in_turn(attacker, target.port, turns, noted[attacker.name])))
    await asyncio.wait(attacking, timeout=seconds)
    for task in attacking:
        task.cancel()
    await asyncio.gather(*attacking, return_exceptions=True)
    return {name: dict(statuses) for name, statuses in noted.items()}


async def _attack_in_turn(attacker: Attacker, port: int, turns: Iterator[bytes], noted: Counter[int]) -> None:
    for request in turns:
        try:
            noted[await _exchange(attacker, port, request)] += 1
        except OSError:
            noted[CLOSED] += 1
        await asyncio.sleep(attacker.pause_s)


async def _exchange(attacker: Attacker, port: int, request: bytes) -> int:
    """The status of the answer, once the server has closed the connection or all of the answer is here."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    sending = asyncio.create_task(_send(writer, request, attacker.trickle))
    received = b""
    try:
        while True:
            chunk = await reader.read(65_536)
            received += chunk
            status = int(received[9:12]) if received[:5] == b"HTTP/" else CLOSED
            if not chunk or (attacker.takes and whole_answer(received) is not None):
                return status
            if status == 200 and not attacker.takes:
                cast(asyncio.Transport, writer.transport).pause_reading()
                await asyncio.sleep(HELD_S)
                return status
    finally:
        sending.cancel()
        writer.transport.abort()


async def _send(writer: asyncio.StreamWriter, request: bytes, trickle: bytes) -> None:
    with contextlib.suppress(OSError):
        writer.write(request)
        while trickle:
            await asyncio.sleep(TRICKLE_EVERY_S)
            writer.write(trickle)
