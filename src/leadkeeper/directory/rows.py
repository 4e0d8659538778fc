"""Writing many rows with one statement: what the database parses, plans and answers once instead of once a row."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from django.db import connection
from django.db.backends.utils import CursorWrapper

# Well below the number of parameters that either database takes.
ROWS_AT_ONCE: Final = 500

Row = tuple[Any, ...]


@contextmanager
def fewer_trips() -> Iterator[None]:
    """Inside, PostgreSQL is waited for only where a result is fetched; all that is left is awaited at the end.

    To be entered within a transaction, so that what went wrong is known before it is committed.
    """
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield


def write_rows(cursor: CursorWrapper, statement: str, rows: Sequence[Row]) -> None:
    """Run `… VALUES {rows} …` with these rows, all of one length."""
    for some in _in_turn(rows):
        cursor.execute(_filled(statement, some), [value for row in some for value in row])


def written_rows(cursor: CursorWrapper, statement: str, rows: Sequence[Row]) -> list[Row]:
    """The same, and what the statement's RETURNING says of the rows it wrote."""
    written: list[Row] = []
    for some in _in_turn(rows):
        cursor.execute(_filled(statement, some), [value for row in some for value in row])
        written += cursor.fetchall()
    return written


def _filled(statement: str, rows: Sequence[Row]) -> str:
    row = f"({', '.join(['%s'] * len(rows[0]))})"
    return statement.format(rows=", ".join([row] * len(rows)))


def _in_turn(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    for start in range(0, len(rows), ROWS_AT_ONCE):
        yield rows[start : start + ROWS_AT_ONCE]
