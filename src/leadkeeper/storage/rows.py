"""Many rows with one statement: what the database parses, plans and answers once instead of once a row.

PostgreSQL gets all rows as one value, JSON, so that a statement has one text for any number of rows and is prepared
once in a connection. SQLite, which parses quickly, gets the rows as they are.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final, TypeAlias

import orjson
from django.db import connection

# Well below the number of parameters that SQLite takes.
ROWS_AT_ONCE: Final = 500

Row: TypeAlias = tuple[Any, ...]
# Waits for the rows of an answer and gives them, once.
Answer: TypeAlias = Callable[[], list[Row]]


def write_rows(statement: str, types: str, rows: Sequence[Row], *, same: Row = ()) -> None:
    """Run `INSERT … {rows} …` with these rows, whose first columns are `same` in all of them.

    `types` are those of all columns, as PostgreSQL calls them.
    """
    _insert(statement, types, rows, same)


def written_rows(statement: str, types: str, rows: Sequence[Row], *, same: Row = ()) -> list[Row]:
    """The same, and what the statement's RETURNING says of the rows it wrote."""
    return [row for answer in _insert(statement, types, rows, same) for row in answer()]


def write_where(statement: str, values: Sequence[Any], keys: Sequence[str], *, key_type: str) -> None:
    """Run `… WHERE column {keys} …` for the rows whose column is one of the keys; `values` fill the holes before."""
    if keys:
        _run(*_where(statement, values, keys, key_type))


def ask_where(statement: str, values: Sequence[Any], keys: Sequence[str], *, key_type: str = "text") -> Answer:
    """The same with rows as the answer. Within `fewer_trips` two questions asked before an answer
    is waited for travel together."""
    if not keys:
        return list
    return _run(*_where(statement, values, keys, key_type))


def _insert(statement: str, types: str, rows: Sequence[Row], same: Row) -> list[Answer]:
    if not rows:
        return []
    if connection.vendor == "postgresql":
        return [_run(_with_json(statement, types, len(same)), [*same, _as_json(rows)], prepare=True)]
    places = f"({', '.join(['%s'] * (len(same) + len(rows[0])))})"
    answers = []
    for start in range(0, len(rows), ROWS_AT_ONCE):
        some = rows[start : start + ROWS_AT_ONCE]
        sql = statement.format(rows="VALUES " + ", ".join([places] * len(some)))
        answers.append(_run(sql, [value for row in some for value in (*same, *row)]))
    return answers


def _where(statement: str, values: Sequence[Any], keys: Sequence[str], key_type: str) -> tuple[str, list[Any]]:
    if connection.vendor == "postgresql":
        return statement.format(keys=f"= ANY(%b::{key_type}[])"), [*values, list(keys)]
    return statement.format(keys=f"IN ({', '.join(['%s'] * len(keys))})"), [*values, *keys]


@cache
def _with_json(statement: str, types: str, same: int) -> str:
    named = types.split()
    values = "".join(f"%b::{type_}, " for type_ in named[:same])
    columns = ", ".join(f"c{number} {type_}" for number, type_ in enumerate(named[same:]))
    return statement.format(rows=f"SELECT {values}* FROM json_to_recordset(%s::json) AS row ({columns})")  # noqa: S608


def _as_json(rows: Sequence[Row]) -> str:
    names = [f"c{number}" for number in range(len(rows[0]))]
    return orjson.dumps([dict(zip(names, row, strict=True)) for row in rows]).decode()


def _run(sql: str, values: Sequence[Any], *, prepare: bool = False) -> Answer:
    """On PostgreSQL past Django's cursor, which writes the values into the text.

    Only to be prepared where there is one way to go: a plan is kept, and what is quickest while a table is empty,
    reading all of it, would be done still when it is full.
    """
    if connection.vendor != "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            rows = cursor.fetchall() if cursor.description else []
        return lambda: rows
    from psycopg import Cursor  # here, so that where there is no PostgreSQL nobody waits for it

    connection.ensure_connection()
    with connection.wrap_database_errors:
        raw = Cursor(connection.connection)
        raw.execute(sql, values, prepare=prepare)
    return connection.wrap_database_errors(raw.fetchall)
