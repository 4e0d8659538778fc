"""Senders that behave as Svix does: several at once, each message until it is acknowledged or its time is over."""

import http.client
import threading
import time

from tests.clerk.door import event, signed

PEOPLE = 500


class Senders:
    """`count` threads that share out the messages and remember which were acknowledged."""

    def __init__(self, port, messages, *, count=8, retry_for_s=0.0):
        self._port, self._retry_for_s = port, retry_for_s
        self._messages = iter(messages)
        self._guard = threading.Lock()
        self.acknowledged = []
        self.statuses = set()
        self._threads = [threading.Thread(target=self._run) for _ in range(count)]

    def start(self):
        for thread in self._threads:
            thread.start()

    def join(self):
        for thread in self._threads:
            thread.join()

    def wait_for(self, number, *, within_s=60):
        deadline = time.monotonic() + within_s
        while len(self.acknowledged) < number:
            assert time.monotonic() < deadline, f"{len(self.acknowledged)} of {number} acknowledged: {self.statuses}"
            time.sleep(0.01)

    def _run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        while (message := self._next()) is not None:
            self._deliver(connection, *message)
        connection.close()

    def _next(self):
        with self._guard:
            return next(self._messages, None)

    def _deliver(self, connection, message_id, body):
        deadline = time.monotonic() + self._retry_for_s
        while True:
            headers = {name.decode(): value.decode() for name, value in signed(body, message_id)}
            try:
                connection.request("POST", "/clerk/users", body, headers)
                answer = connection.getresponse()
                answer.read()
                self.statuses.add(answer.status)
                if answer.status == 204:
                    self.acknowledged.append(message_id)
                    return
            except (OSError, http.client.HTTPException):
                connection.close()
            if time.monotonic() >= deadline:
                return
            time.sleep(0.1)


def messages(number, *, start=0):
    """Messages about PEOPLE people, each with a newer version of somebody."""
    for index in range(start, start + number):
        body = event(
            "user.updated",
            f"user_{index % PEOPLE:05}",
            updated_at=1_763_000_000_000 + index,
            first_name=f"Version {index}",
        )
        yield f"msg_{index:06}", body
