"""What waits to be sent to one browser: each topic once, however often it changed and however slow the browser is."""

import json
from collections.abc import Iterable
from typing import Final

EVERYTHING: Final = "*"
MOST_TOPICS: Final = 100


class Outbox:
    """Topics in the order of their latest notice, each with the id that goes with it. Holds at most MOST_TOPICS:
    beyond that it says `EVERYTHING`, and pages fetch all they show."""

    def __init__(self) -> None:
        self._waiting: dict[str, int] = {}

    def put(self, topic: str, position: int) -> None:
        full = len(self._waiting) >= MOST_TOPICS and topic not in self._waiting
        if full or EVERYTHING in self._waiting:
            self._waiting, topic = {}, EVERYTHING
        self._waiting.pop(topic, None)
        self._waiting[topic] = position

    def put_first(self, earlier: Iterable[tuple[str, int]]) -> None:
        """What happened before all that waits."""
        later, self._waiting = self._waiting, {}
        for topic, position in (*earlier, *later.items()):
            self.put(topic, position)

    def take(self) -> dict[str, int]:
        """All that waits, which then waits no more."""
        taken, self._waiting = self._waiting, {}
        return taken


def as_events(topics: dict[str, int]) -> bytes:
    """In the form of server-sent events."""
    return b"".join(
        b"event: notice\nid: %d\ndata: %b\n\n" % (position, json.dumps({"topic": topic}).encode())
        for topic, position in topics.items()
    )
