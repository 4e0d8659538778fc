"""One thread a process that follows the notices table and passes on what is new, whichever process wrote it."""

import logging
import threading
from collections.abc import Callable
from typing import Final

from django.db import connection

from leadkeeper.live.reading import Heard, Reader, make_reader

_EVERY_S: Final = 0.05
_AFTER_TROUBLE_S: Final = 1.0
logger = logging.getLogger(__name__)


class NotReady(Exception):
    """The database could not be read yet."""


class Tail:
    """Calls `tell` in its thread with the notices committed since it started, in order, each at least once."""

    def __init__(self, tell: Callable[[list[Heard]], None]) -> None:
        self._tell = tell
        self._reader: Reader | None = None
        self._position = 0
        self._ready = threading.Event()
        self._stopping = threading.Event()
        self._in_trouble = False
        self._thread = threading.Thread(target=self._run, name="live", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float = 2) -> None:
        self._stopping.set()
        self._thread.join(timeout)

    def position(self, timeout: float = 2) -> int:
        """All notices up to this id have been passed on, or were there before we started. Raises NotReady."""
        if not self._ready.wait(timeout):
            raise NotReady
        return self._position

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._stopping.wait(_EVERY_S if self._look() else _AFTER_TROUBLE_S)
        connection.close()

    def _look(self) -> bool:
        """Whether the database could be read. Where it could not, we go on from the same place later."""
        try:
            if self._reader is None:
                self._reader = make_reader()
            news = self._reader.news()
        except Exception:
            if not self._in_trouble:
                logger.exception("live updates cannot be read, will try again")
            self._in_trouble = True
            connection.close()
            return False
        self._in_trouble = False
        if news:
            self._tell(news)
        self._position = self._reader.positions.position
        self._ready.set()
        return True
