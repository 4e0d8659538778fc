"""Writing without waiting: on PostgreSQL what is said while nobody asks for an answer travels together."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Field, Model


@contextmanager
def fewer_trips() -> Iterator[None]:
    """Inside, PostgreSQL is waited for only where a result is fetched; all that is left is awaited at the end.

    To be entered within a transaction, so that what went wrong is known before it is committed. What Django
    asks of a cursor before the answer is there is not known inside: how many rows an `update()` has changed, and which
    columns a `raw()` query has.
    """
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield


def insert(row: Model) -> None:
    """Store a new row. Unlike with `save`, a key that the database makes is not asked for."""
    with connection.cursor() as cursor:
        cursor.execute(_statement(type(row)), _values(row))
    row._state.adding = False


def insert_unless_there(row: Model) -> bool:
    """Store a new row, if none that is there keeps it out; answers whether it is stored."""
    with connection.cursor() as cursor:
        cursor.execute(f"{_statement(type(row))} ON CONFLICT DO NOTHING RETURNING 1", _values(row))
        stored = cursor.fetchone() is not None
    row._state.adding = not stored
    return stored


@cache
def _statement(model: type[Model]) -> str:
    columns = [str(field.column) for field in _fields(model)]
    places = ", ".join(["%s"] * len(columns))
    return f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608


def _values(row: Model) -> list[Any]:
    return [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in _fields(type(row))]


@cache
def _fields(model: type[Model]) -> "list[Field[Any, Any]]":
    """All but a key that the database makes."""
    return [field for field in model._meta.local_concrete_fields if not (field.primary_key and field.db_returning)]
