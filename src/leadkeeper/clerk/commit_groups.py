"""Group commit: all deliveries that wait at one moment go to disk together, in one thread with one connection."""

import asyncio
import logging
import queue
import threading
from typing import Final

from django.db import connection

from leadkeeper.directory.deliveries.receive import UNAVAILABLE, Message, receive

LARGEST_GROUP: Final = 128
GATHER_S: Final = 0.005
logger = logging.getLogger(__name__)


class NotKept(Exception):
    """The database was not available; the sender should try again."""


_Waiting = tuple[Message, "asyncio.Future[None]"]


class CommitGroups:
    """Takes messages from one event loop and answers each once it is committed.

    One group is with the thread at a time; what arrives meanwhile is the next one. Those just answered usually send
    their next ones at once: the next group is given a moment to grow by as many.
    """

    def __init__(self) -> None:
        self._waiting: list[_Waiting] = []
        self._busy = False
        self._expected = 1
        self._patience: asyncio.TimerHandle | None = None
        self._groups: queue.SimpleQueue[list[_Waiting] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="deliveries", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float = 10) -> None:
        """Commit what the thread has been given, then end it."""
        self._groups.put(None)
        self._thread.join(timeout)

    async def commit(self, message: Message) -> None:
        """Return once the message is on disk. Raises NotKept when nothing was stored."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._waiting.append((message, future))
        if not self._busy:
            self._gather(loop)
        await future

    def _gather(self, loop: asyncio.AbstractEventLoop) -> None:
        """Hand the group over, once as many wait as are expected or the moment has passed."""
        if len(self._waiting) >= self._expected:
            self._hand_over()
        elif self._patience is None:
            self._patience = loop.call_later(GATHER_S, self._hand_over)

    def _hand_over(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        group, self._waiting = self._waiting[:LARGEST_GROUP], self._waiting[LARGEST_GROUP:]
        self._busy = bool(group)
        if group:
            self._groups.put(group)
        else:
            self._expected = 1

    def _run(self) -> None:
        while (group := self._groups.get()) is not None:
            kept = _commit([message for message, _ in group])
            group[0][1].get_loop().call_soon_threadsafe(self._answer, group, kept)
        connection.close()

    def _answer(self, group: list[_Waiting], kept: bool) -> None:
        for _, future in group:
            if future.done():  # the sender has gone away
                continue
            if kept:
                future.set_result(None)
            else:
                future.set_exception(NotKept())
        self._busy = False
        self._expected = min(len(group) + len(self._waiting), LARGEST_GROUP)
        self._gather(group[0][1].get_loop())


def _commit(messages: list[Message]) -> bool:
    """Whether the messages are on disk now."""
    try:
        receive(messages)
    except Exception as error:
        connection.close()
        unexpected = None if isinstance(error, UNAVAILABLE) else error
        logger.error(
            "deliveries not kept, the sender will repeat them",
            extra={"count": len(messages), "error": type(error).__name__},
            exc_info=unexpected,
        )
        return False
    return True
