"""Django's SQLite backend with a fair turn for writers.

SQLite's own lock lets one thread starve another: eight writing threads got between 57 and 5,887 turns in three
seconds. Here the threads of a process queue up first come, first served. Other processes are held off by SQLite's
busy timeout, as ever.
"""

import threading
from collections import deque
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base


class Turnstile:
    """A lock that is passed on in the order in which it was asked for."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Event] = deque()

    def enter(self, timeout: float) -> None:
        """Wait for the turn. Raises TimeoutError after `timeout` seconds."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            turn = threading.Event()
            self._waiting.append(turn)
        if turn.wait(timeout):
            return
        with self._guard:
            if turn in self._waiting:
                self._waiting.remove(turn)
                raise TimeoutError
        # The turn came at the very moment we gave up waiting: it is ours.

    def leave(self) -> None:
        """Hand the turn to whoever has waited longest."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False


_turnstiles: dict[str, Turnstile] = {}
_turnstiles_guard = threading.Lock()


def turnstile_for(database: str) -> Turnstile:
    """The one turnstile of this process for a database file."""
    with _turnstiles_guard:
        return _turnstiles.setdefault(database, Turnstile())


class DatabaseWrapper(base.DatabaseWrapper):
    """Takes the turn where a transaction starts and gives it back where it ends."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._has_turn = False

    def _start_transaction_under_autocommit(self) -> None:
        timeout = float(self.settings_dict["OPTIONS"].get("timeout", 15))
        try:
            turnstile_for(str(self.settings_dict["NAME"])).enter(timeout)
        except TimeoutError:
            raise OperationalError("database is locked: no turn to write came in time") from None
        self._has_turn = True
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._give_turn_back()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        # After a failed commit Django rolls back, and the turn is given back there.
        self._give_turn_back()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._give_turn_back()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._give_turn_back()

    def _give_turn_back(self) -> None:
        if self._has_turn:
            self._has_turn = False
            turnstile_for(str(self.settings_dict["NAME"])).leave()
