"""One thread a process that follows the notices table while somebody listens, and passes on what is new, whichever
process wrote it."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from django.db import connection

from leadkeeper.live.announce import committed_here
from leadkeeper.live.reading import Heard, Reader, make_reader

# What other processes commit is found by looking.
_LOOK_EVERY_S: Final = 0.25
# What this process commits is looked for after so long, together with what it commits meanwhile.
_TOGETHER_S: Final = 0.02
_AFTER_TROUBLE_S: Final = 1.0
_A_MOMENT_S: Final = 0.1
# A browser that goes from page to page opens a new stream each time.
_FOLLOWS_ON_FOR_S: Final = 10.0
logger = logging.getLogger(__name__)


class NotReady(Exception):
    """The database could not be read yet."""


class Tail:
    """Calls `tell` in its thread with the notices committed since it was asked to follow them, in order, each at least
    once. While nobody listens it does nothing, and has no connection to the database."""

    def __init__(self, tell: Callable[[list[Heard]], None]) -> None:
        self._tell = tell
        self._reader: Reader | None = None
        self._position = 0
        self._ready = threading.Event()
        self._stopping = threading.Event()
        self._in_trouble = False
        # Guards what the thread and the others decide together: whether somebody listens.
        self._deciding = threading.Lock()
        self._listened_to = False
        self._left_at = float("-inf")
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._run, name="live", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float = 2) -> None:
        self._stopping.set()
        self._woken.set()
        committed_here.set()
        self._thread.join(timeout)

    def follow(self) -> None:
        """Somebody listens from now on."""
        with self._deciding:
            self._listened_to = True
        self._woken.set()

    def rest(self) -> None:
        """Nobody listens any more."""
        with self._deciding:
            self._listened_to = False
            self._left_at = time.monotonic()

    def position(self, timeout: float = 10) -> int:
        """All notices up to this id have been passed on, or were there before we followed. Raises NotReady: after that
        time, or as soon as the database cannot be read."""
        give_up_at = time.monotonic() + timeout
        while not self._ready.wait(_A_MOMENT_S):
            if self._in_trouble or time.monotonic() > give_up_at:
                raise NotReady
        return self._position

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._woken.wait()
            self._woken.clear()
            while not self._stopping.is_set() and self._goes_on():
                self._wait(_LOOK_EVERY_S if self._look() else _AFTER_TROUBLE_S)
            self._reader = None
            connection.close()

    def _goes_on(self) -> bool:
        """Whether somebody listens, or did just now. Where not, the next one to come waits for a new beginning."""
        with self._deciding:
            goes_on = self._listened_to or time.monotonic() - self._left_at < _FOLLOWS_ON_FOR_S
            if not goes_on:
                self._ready.clear()
            return goes_on

    @staticmethod
    def _wait(seconds: float) -> None:
        if committed_here.wait(seconds):
            time.sleep(_TOGETHER_S)
            committed_here.clear()

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
