"""Many rows with one statement: what the database parses, plans and answers once instead of once a row.

PostgreSQL gets each column as one array, so that a statement has one text for any number of rows, and prepares it once
in a connection. SQLite, which parses quickly, gets the rows as they are.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

from django.db import connection

# Well below the number of parameters that SQLite takes.
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


def write_rows(statement: str, types: str, rows: Sequence[Row]) -> None:
    """Run `INSERT … {rows} …` with these rows; `types` are those of their columns, as PostgreSQL calls them."""
    _insert(statement, types, rows, returning=False)


def written_rows(statement: str, types: str, rows: Sequence[Row]) -> list[Row]:
    """The same, and what the statement's RETURNING says of the rows it wrote."""
    return _insert(statement, types, rows, returning=True)


def write_where(statement: str, values: Sequence[Any], keys: Sequence[str], *, key_type: str) -> None:
    """Run `… WHERE column {keys} …` for the rows whose column is one of the keys; `values` fill the holes before."""
    _where(statement, values, keys, key_type, returning=False)


def read_where(statement: str, values: Sequence[Any], keys: Sequence[str], *, key_type: str = "text") -> list[Row]:
    """The same, and the rows of the answer."""
    return _where(statement, values, keys, key_type, returning=True)


def _insert(statement: str, types: str, rows: Sequence[Row], *, returning: bool) -> list[Row]:
    if not rows:
        return []
    if connection.vendor == "postgresql":
        columns = [list(column) for column in zip(*rows, strict=True)]
        return _run_prepared(_with_arrays(statement, types), columns, returning=returning)
    answered: list[Row] = []
    for start in range(0, len(rows), ROWS_AT_ONCE):
        some = rows[start : start + ROWS_AT_ONCE]
        row = f"({', '.join(['%s'] * len(some[0]))})"
        sql = statement.format(rows="VALUES " + ", ".join([row] * len(some)))
        answered += _run(sql, [value for row in some for value in row], returning=returning)
    return answered


def _where(statement: str, values: Sequence[Any], keys: Sequence[str], key_type: str, *, returning: bool) -> list[Row]:
    if not keys:
        return []
    if connection.vendor == "postgresql":
        sql = statement.format(keys=f"= ANY(%b::{key_type}[])")
        return _run_prepared(sql, [*values, list(keys)], returning=returning)
    sql = statement.format(keys=f"IN ({', '.join(['%s'] * len(keys))})")
    return _run(sql, [*values, *keys], returning=returning)


@cache
def _with_arrays(statement: str, types: str) -> str:
    arrays = ", ".join(f"%b::{type_}[]" for type_ in types.split())
    return statement.format(rows=f"SELECT * FROM unnest({arrays})")  # noqa: S608


def _run(sql: str, values: Sequence[Any], *, returning: bool) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if returning else []


def _run_prepared(sql: str, values: Sequence[Any], *, returning: bool) -> list[Row]:
    """Past Django's cursor, which writes the values into the text, so that it would be parsed and planned anew."""
    from psycopg import Cursor  # here, so that where there is no PostgreSQL nobody waits for it

    connection.ensure_connection()
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        cursor.execute(sql, values, prepare=True)
        return cursor.fetchall() if returning else []
