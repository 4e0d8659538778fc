"""Group commit: all deliveries that wait at one moment go to disk together, in one thread with one connection."""

import asyncio
import logging
import queue
import threading
from typing import Final

from django.db import connection

from leadkeeper.directory.inbox import UNAVAILABLE, Message, receive

LARGEST_GROUP: Final = 128
logger = logging.getLogger(__name__)


class NotKept(Exception):
    """The database was not available; the sender should try again."""


_Waiting = tuple[Message, "asyncio.Future[None]"]


class CommitGroups:
    """Takes messages from an event loop and answers each once it is committed."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="deliveries", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float = 10) -> None:
        """Commit what waits, then end the thread."""
        self._waiting.put(None)
        self._thread.join(timeout)

    async def commit(self, message: Message) -> None:
        """Return once the message is on disk. Raises NotKept when nothing was stored."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.put((message, future))
        await future

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            group, ended = self._join(first)
            self._commit(group)
            if ended:
                break
        connection.close()

    def _join(self, first: _Waiting) -> tuple[list[_Waiting], bool]:
        """Everything that waits by now, and whether the end was among it."""
        group = [first]
        while len(group) < LARGEST_GROUP:
            try:
                waiting = self._waiting.get_nowait()
            except queue.Empty:
                break
            if waiting is None:
                return group, True
            group.append(waiting)
        return group, False

    def _commit(self, group: list[_Waiting]) -> None:
        kept = True
        try:
            receive([message for message, _ in group])
        except Exception as error:
            kept = False
            connection.close()
            unexpected = None if isinstance(error, UNAVAILABLE) else error
            logger.error(
                "deliveries not kept, the sender will repeat them",
                extra={"count": len(group), "error": type(error).__name__},
                exc_info=unexpected,
            )
        group[0][1].get_loop().call_soon_threadsafe(_answer, group, kept)


def _answer(group: list[_Waiting], kept: bool) -> None:
    for _, future in group:
        if future.done():  # the sender has gone away
            continue
        if kept:
            future.set_result(None)
        else:
            future.set_exception(NotKept())
