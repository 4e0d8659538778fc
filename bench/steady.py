"""An open-loop HTTP/1.1 client: requests leave when they are due, however slowly the ones before are answered.

Latency counts from the due time, so that a server that stands still cannot hide it by being asked less.
"""

import selectors
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.load import PATIENCE_S, Connection, whole_answer

NO_ANSWER = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """Times are of `perf_counter`, which all processes of a machine share on Linux."""

    due: float
    ended: float
    status: int
    """NO_ANSWER where the server closed the connection instead."""

    @property
    def latency_ms(self) -> float:
        return (self.ended - self.due) * 1000


def send_steadily(port: int, requests: Sequence[bytes], *, rate: float, until: Callable[[], bool]) -> list[Answer]:
    """`rate` requests a second until there are no more of them, or `until` says so; in the order they were due.

    Takes a connection that is free, and opens one more where none is.
    """
    selector = selectors.DefaultSelector()
    idle: list[Connection] = []
    in_flight: dict[Connection, int] = {}
    answers: list[Answer | None] = []
    started = last_answer = time.perf_counter()

    def end(connection: Connection, status: int) -> None:
        number = in_flight.pop(connection)
        answers[number] = Answer(started + number / rate, time.perf_counter(), status)

    while True:
        over = len(answers) == len(requests) or until()
        if over and not in_flight:
            break
        now = time.perf_counter()
        while not over and started + len(answers) / rate <= now and len(answers) < len(requests):
            if idle:
                connection = idle.pop()
            else:
                connection = Connection(port)
                selector.register(connection.socket, selectors.EVENT_READ, connection)
            in_flight[connection] = len(answers)
            answers.append(None)
            connection.send(requests[len(answers) - 1])
        next_due = started + len(answers) / rate
        pause = PATIENCE_S if over else max(0.0, next_due - time.perf_counter())
        for key, _ in selector.select(pause):
            connection, last_answer = key.data, time.perf_counter()
            chunk = connection.socket.recv(262_144)
            connection.received += chunk
            status = whole_answer(connection.received) if chunk else NO_ANSWER
            if status is None:
                continue
            if connection in in_flight:
                end(connection, status)
            if chunk:
                connection.received = b""
                idle.append(connection)
            else:
                selector.unregister(connection.socket)
                connection.socket.close()
                idle = [one for one in idle if one is not connection]
        if in_flight and time.perf_counter() - last_answer > PATIENCE_S:
            raise TimeoutError(f"{len(in_flight)} requests had no answer within {PATIENCE_S:.0f} s")
    for connection in idle:
        connection.socket.close()
    selector.close()
    return [answer for answer in answers if answer]
