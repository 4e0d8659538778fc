"""One sweep at a time: a lock that dies with its holder, however it dies."""

import contextlib
import fcntl
from typing import Final, Protocol, Self, TextIO

from django.db import Error, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

# Any number will do, as long as nothing else in the database locks it.
_KEY: Final = 0x6C656164_7377


class SweepLock(Protocol):
    """Held from a successful `take` until the `with` block ends, or the process does."""

    def take(self) -> bool:
        """Try to take it, without waiting; whether it is ours."""

    def confirm(self) -> None:
        """Raises a database error when the lock was lost with the connection that held it."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...


def sweep_lock() -> SweepLock:
    """The lock that fits the database."""
    if connection.vendor == "sqlite":
        return _FileLock(f"{connection.settings_dict['NAME']}.sweep.lock")
    return _SessionLock()


class _FileLock:
    """`flock` on a file beside the SQLite database. The file stays, only the lock counts."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._file: TextIO | None = None

    def take(self) -> bool:
        if self._file is None:
            self._file = open(self._path, "w")  # noqa: SIM115  (closing it gives the lock back)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def confirm(self) -> None:
        """The kernel keeps it for us."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._file is not None:
            self._file.close()


class _SessionLock:
    """A PostgreSQL advisory lock on a connection of its own: it ends with the session, not with a transaction."""

    def __init__(self) -> None:
        self._session: BaseDatabaseWrapper | None = None

    def take(self) -> bool:
        if self._session is None:
            self._session = connections.create_connection(connection.alias)
        with self._session.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [_KEY])
            return bool(cursor.fetchone()[0])

    def confirm(self) -> None:
        if self._session is not None:
            with self._session.cursor() as cursor:
                cursor.execute("SELECT 1")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._session is None:
            return
        # The server would only notice a while after the end of the session; where that is lost, so is the lock.
        with contextlib.suppress(Error), self._session.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock_all()")
        self._session.close()
