"""A closed-loop HTTP/1.1 client: each connection sends its next request when its last one is answered.

    python -m bench.load --port 8000 --connections 16 --seconds 4     signed events to POST /clerk/users

Requests are whole and signed before the clock starts, and one loop over ready sockets does nothing but send,
receive and note the time: the client takes as little as possible of the processors it shares with the server.
"""

import argparse
import gc
import math
import selectors
import socket
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bench.events import SECRET, SignedEvents
from bench.own_process import in_own_process

PATIENCE_S = 30.0
NO_BODY = (204, 304)


class Requests(Protocol):
    def requests(self, port: int) -> Sequence[bytes]: ...


@dataclass(frozen=True)
class Load:
    """What came back. Latencies are in the order of the answers: on one connection, that of the requests."""

    seconds: float
    latencies_ms: list[float]
    statuses: dict[int, int]
    first_odd_answer: str
    """The beginning of the first answer of an unexpected status, or nothing."""
    client_cpu: float
    """Share of one processor that the client itself used."""
    exhausted: bool
    """It ran out of prepared requests before the time was over."""

    @property
    def answers(self) -> int:
        return len(self.latencies_ms)

    @property
    def rate(self) -> float:
        return self.answers / self.seconds

    def percentile(self, percent: float) -> float:
        return percentile(self.latencies_ms, percent)


def percentile(values: Sequence[float], percent: float) -> float:
    """By nearest rank: a value that was really seen."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def measure(port: int, source: Requests, *, connections: int, seconds: float, expected: int) -> Load:
    """Load the server from a process of its own, until the time is over or `source` has no more requests."""
    return in_own_process(_prepare_and_drive, port, source, connections, seconds, expected)


def _prepare_and_drive(port: int, source: Requests, connections: int, seconds: float, expected: int) -> Load:
    requests = source.requests(port)
    gc.freeze()
    gc.disable()
    return drive(port, requests, connections=connections, seconds=seconds, expected=expected)


class Connection:
    __slots__ = ("received", "sent_at", "socket")

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)


def drive(port: int, requests: Sequence[bytes], *, connections: int, seconds: float, expected: int) -> Load:
    selector = selectors.DefaultSelector()
    waiting = iter(requests)
    latencies: list[float] = []
    statuses: Counter[int] = Counter()
    odd = ""
    exhausted = False
    in_flight = 0
    clock = time.perf_counter

    opened = [Connection(port) for _ in range(min(connections, len(requests)))]
    cpu_before = time.process_time()
    started = ended = clock()
    deadline = started + seconds
    for connection in opened:
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.send(next(waiting))
        in_flight += 1

    while in_flight:
        ready = selector.select(PATIENCE_S)
        if not ready:
            raise TimeoutError(f"{in_flight} requests had no answer within {PATIENCE_S:.0f} s")
        for key, _ in ready:
            connection = key.data
            chunk = connection.socket.recv(262_144)
            if not chunk:
                raise ConnectionError(f"the server closed a connection after {sum(statuses.values())} answers")
            connection.received = connection.received + chunk if connection.received else chunk
            status = whole_answer(connection.received)
            if status is None:
                continue
            ended = clock()
            latencies.append((ended - connection.sent_at) * 1000)
            statuses[status] += 1
            if status != expected and not odd:
                odd = connection.received[:2_000].decode(errors="replace")
            connection.received = b""
            in_flight -= 1
            if ended < deadline:
                request = next(waiting, None)
                if request is None:
                    exhausted = True
                else:
                    connection.send(request)
                    in_flight += 1

    cpu = (time.process_time() - cpu_before) / (ended - started)
    for connection in opened:
        connection.socket.close()
    selector.close()
    return Load(ended - started, latencies, dict(statuses), odd, cpu, exhausted)


def whole_answer(received: bytes) -> int | None:
    """The status, once all of the answer is there. One request at a time, so nothing follows it."""
    head_end = received.find(b"\r\n\r\n")
    if head_end < 0:
        return None
    status = int(received[9:12])
    if status in NO_BODY:
        return status
    head = received[:head_end].lower()
    at = head.find(b"\r\ncontent-length:")
    if at >= 0:
        length = int(head[at + 17 :].split(b"\r\n", 1)[0])
        return status if len(received) >= head_end + 4 + length else None
    if b"\r\ntransfer-encoding: chunked" in head:
        return status if received.endswith(b"0\r\n\r\n") else None
    raise ValueError(f"an answer with neither length nor chunks: {head!r}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--prepare", type=int, default=40_000, help="requests made ready beforehand")
    parser.add_argument("--secret", default=SECRET)
    arguments = parser.parse_args()
    load = measure(
        arguments.port,
        SignedEvents(count=arguments.prepare, secret=arguments.secret),
        connections=arguments.connections,
        seconds=arguments.seconds,
        expected=204,
    )
    print(
        f"{load.rate:,.0f} requests/s over {load.seconds:.1f} s on {arguments.connections} connections, "
        f"p50 {load.percentile(50):.1f} ms, p99 {load.percentile(99):.1f} ms, statuses {load.statuses}, "
        f"client used {load.client_cpu:.0%} of a processor" + (", ran out of requests" * load.exhausted)
    )
    if load.first_odd_answer:
        print(load.first_odd_answer)


if __name__ == "__main__":
    main()
