"""Honest deliveries while the door is attacked.

    python -m bench.hostile [--quick]

50,000 requests that no honest sender makes, as fast as 8 connections send them, while 200 signed deliveries a
second arrive at a steady rate. What is hostile must be turned away with less than 500, and leave no trace.

Then a siege (bench/siege.py): everything at once that ties up connections, memory or threads.
"""

import base64
import hashlib
import hmac
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache

import httpx

from bench import siege
from bench.events import PATH, SECRET, SignedEvents, event, event_body, message_id, unique_group
from bench.load import Connection, percentile, whole_answer
from bench.memory import resident_mb
from bench.options import Options, parse_options
from bench.own_process import in_own_process
from bench.product import DATABASES, Product, product
from bench.server_process import Server
from bench.steady import NO_ANSWER, Answer, send_steadily
from bench.table import Table, milliseconds, number, show
from tools.postgres import durable_postgres

REQUESTS = 50_000
CONNECTIONS = 8
HONEST_A_SECOND = 200
ALONE_S = 4.0
LONGEST_S = 240.0
"""So long honest deliveries are prepared; their signatures live five minutes."""
LARGE = b" " * (2 * 1024 * 1024)
ONE_IN_SO_MANY_IS_LARGE = 1_000
DEEP = b"[" * 20_000
HEAD = (
    "",
    "hostile requests/s",
    "honest p50 ms",
    "honest p99 ms",
    "p99 without attack",
    "MB before",
    "MB after",
)


@dataclass(frozen=True)
class Attack:
    started: float
    ended: float
    statuses: dict[int, int]

    @property
    def rate(self) -> float:
        return sum(self.statuses.values()) / (self.ended - self.started)


def measure(options: Options) -> list[Table]:
    requests, alone_s = (3_000, 1.0) if options.quick else (REQUESTS, ALONE_S)
    table = Table("attack", f"Under attack by {requests:,} requests", HEAD)
    with durable_postgres(options.folder) as server:
        for database in DATABASES:
            with product(database, options.folder, server) as made, made.serve() as running:
                measure_one(table, made, running, requests, alone_s)
    return [table, *siege.measure(options)]


def measure_one(table: Table, made: Product, running: Server, requests: int, alone_s: float) -> None:
    honest = SignedEvents(count=int(HONEST_A_SECOND * LONGEST_S)).requests(running.port)
    calm = send_steadily(
        running.port, honest[: int(HONEST_A_SECOND * alone_s)], rate=HONEST_A_SECOND, until=lambda: False
    )
    before_mb = resident_mb(running.pid)
    with ThreadPoolExecutor(1) as beside:
        attacking = beside.submit(in_own_process, attack, running.port, requests)
        answers = send_steadily(running.port, honest[len(calm) :], rate=HONEST_A_SECOND, until=attacking.done)
        attacked = attacking.result()
    after_mb = resident_mb(running.pid)

    meanwhile = [answer.latency_ms for answer in answers if attacked.started <= answer.due <= attacked.ended]
    table.rows.append(
        (
            made.database,
            number(attacked.rate),
            milliseconds(percentile(meanwhile, 50)),
            milliseconds(percentile(meanwhile, 99)),
            milliseconds(percentile([answer.latency_ms for answer in calm], 99)),
            number(before_mb),
            number(after_mb),
        )
    )
    table.notes.extend(doubts(made, attacked, calm + answers, len(meanwhile)))


def doubts(made: Product, attacked: Attack, honest: list[Answer], meanwhile: int) -> Iterator[str]:
    statuses = Counter(answer.status for answer in honest)
    yield (
        f"{made.database}: hostile requests were answered {told(attacked.statuses)}; "
        f"{meanwhile:,} honest deliveries arrived meanwhile, all {len(honest):,} were answered {told(statuses)}."
    )
    if failing := sum(count for status, count in attacked.statuses.items() if status >= 500):
        yield f"**{made.database}: {failing} hostile requests were answered with 500 or more.**"
    if set(statuses) != {204}:
        yield f"**{made.database}: not every honest delivery was answered 204.**"
    kept = deliveries_kept(made)
    if kept != statuses[204]:
        yield f"**{made.database}: {statuses[204]} deliveries were acknowledged, and {kept} are kept.**"


def told(statuses: dict[int, int]) -> str:
    counts = sorted(statuses.items())
    return ", ".join(f"{'nothing' if status == NO_ANSWER else status} × {count:,}" for status, count in counts)


def deliveries_kept(made: Product) -> int:
    """Of any outcome: what is hostile would count as failed."""
    authorization = {"Authorization": f"Bearer {made.api_key()}"}
    answer = httpx.get(f"http://127.0.0.1:{made.port}/api/directory", headers=authorization)
    outcomes = answer.raise_for_status().json()["deliveries"]
    return sum(int(outcomes[name]) for name in ("applied", "stale", "ignored", "failed"))


def attack(port: int, count: int) -> Attack:
    """Send so many hostile requests, on all connections at once."""
    requests = hostile_requests(port, count)
    shares = [requests[at::CONNECTIONS] for at in range(CONNECTIONS)]
    statuses: Counter[int] = Counter()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        started = time.perf_counter()
        for answered in pool.map(send_in_turn, [port] * CONNECTIONS, shares):
            statuses += answered
        return Attack(started, time.perf_counter(), dict(statuses))


def send_in_turn(port: int, requests: Sequence[bytes]) -> Counter[int]:
    """Each once the one before is answered, on one connection for as long as the server keeps it."""
    statuses: Counter[int] = Counter()
    connection = Connection(port)
    for request in requests:
        status, goes_on = exchange(connection, request)
        statuses[status] += 1
        if not goes_on:
            connection.socket.close()
            connection = Connection(port)
    connection.socket.close()
    return statuses


def exchange(connection: Connection, request: bytes) -> tuple[int, bool]:
    """The status, and whether the connection can be used again."""
    received = b""
    try:
        connection.send(request)
        while (status := whole_answer(received)) is None:
            chunk = connection.socket.recv(65_536)
            if not chunk:
                return NO_ANSWER, False
            received += chunk
    except (BrokenPipeError, ConnectionResetError):
        return NO_ANSWER, False
    return status, b"\r\nconnection: close" not in received.lower()


def hostile_requests(port: int, count: int) -> list[bytes]:
    """All kinds in turn, and a large one now and then."""
    group = unique_group()
    return [
        large(port) if number % ONE_IN_SO_MANY_IS_LARGE == 0 else KINDS[number % len(KINDS)](port, group, number)
        for number in range(1, count + 1)
    ]


def body_of(group: str, number: int) -> bytes:
    return event_body(*event(group, number))


def signed(
    port: int, group: str, number: int, *, body: bytes, secret: str = SECRET, age_s: int = 0, sent: bytes = b""
) -> bytes:
    """A request with a signature over `body`, which carries `sent` instead where that is given."""
    id_, at = message_id(group, number).encode(), str(int(time.time()) - age_s).encode()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = base64.b64encode(hmac.digest(key, b"%b.%b.%b" % (id_, at, body), hashlib.sha256))
    return request(port, sent or body, svix_headers(id_, at, b"v1," + digest))


def svix_headers(id_: bytes, at: bytes, signature: bytes) -> bytes:
    return b"svix-id: %b\r\nsvix-timestamp: %b\r\nsvix-signature: %b\r\n" % (id_, at, signature)


def request(port: int, body: bytes, headers: bytes = b"", method: bytes = b"POST") -> bytes:
    return (
        b"%b %b HTTP/1.1\r\nhost: 127.0.0.1:%d\r\ncontent-type: application/json\r\n%bcontent-length: %d\r\n\r\n%b"
        % (
            method,
            PATH.encode(),
            port,
            headers,
            len(body),
            body,
        )
    )


def unsigned(port: int, group: str, number: int) -> bytes:
    return request(port, body_of(group, number))


def forged(port: int, group: str, number: int) -> bytes:
    somebody_elses = "whsec_" + base64.b64encode(b"a key that was guessed").decode()
    return signed(port, group, number, body=body_of(group, number), secret=somebody_elses)


def expired(port: int, group: str, number: int) -> bytes:
    return signed(port, group, number, body=body_of(group, number), age_s=600)


def altered(port: int, group: str, number: int) -> bytes:
    """A good signature, over another body."""
    return signed(port, group, number, body=body_of(group, number), sent=body_of(group, number + 1))


def mangled(port: int, group: str, number: int) -> bytes:
    """Headers that make no sense, each in its own way."""
    now = str(int(time.time())).encode()
    headers = (
        svix_headers(b"", b"", b""),
        svix_headers(b"\xff\xfe" * 40, now, b"v1,\xff\xfe"),
        svix_headers(b"msg_x", b"9" * 400, b"v1,AAAA"),
        svix_headers(b"msg_x", b"-1e308", b"v1," + b"=" * 300),
        svix_headers(b"msg_x", now, b"v1,AAAA " * 1_000),
        b"svix-id\r\n",
        b"\x00: \x00\r\n",
    )
    return request(port, body_of(group, number), headers[number // len(KINDS) % len(headers)])


def wrong_method(port: int, group: str, number: int) -> bytes:
    methods = (b"GET", b"PUT", b"DELETE", b"PATCH", b"OPTIONS", b"BREW")
    return request(port, b"{}", method=methods[number // len(KINDS) % len(methods)])


@cache
def deep(port: int, group: str, number: int = 0) -> bytes:
    return request(port, DEEP)


@cache
def large(port: int) -> bytes:
    return request(port, LARGE)


KINDS: tuple[Callable[[int, str, int], bytes], ...] = (
    unsigned,
    forged,
    expired,
    altered,
    mangled,
    wrong_method,
    lambda port, group, number: deep(port, group),
)


if __name__ == "__main__":
    show(measure(parse_options("Honest deliveries while the door is attacked.")))
