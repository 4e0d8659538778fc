"""One row by the values of its columns, and rows it names: for what is asked at every call of the API.

Django composes such a query anew each time, and takes longer over it than the database over the answer.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

from django.db import connection
from django.db.models import ForeignKey, Model

Row = TypeVar("Row", bound=Model)


def look_up(model: type[Row], *named: str, **columns: str | UUID) -> Row | None:
    """The row in which these columns have these values, where there is one; they must be unique together.

    The rows that its foreign keys `named` lead to come with it; these keys must never be null.
    """
    with connection.cursor() as cursor:
        wanted = [value.hex if isinstance(value, UUID) else value for value in columns.values()]
        cursor.execute(_question(model, named, tuple(columns)), wanted)
        answer = cursor.fetchone()
    if answer is None:
        return None
    values = iter(answer)
    row: Row = _columns(model).read(values)
    for name in named:
        setattr(row, name, _columns(_key(model, name).related_model).read(values))
    return row


@cache
def _question(model: type[Model], named: Sequence[str], columns: Sequence[str]) -> str:
    table = model._meta.db_table
    selected, joins = [*_columns(model).selected], ""
    for key in (_key(model, name) for name in named):
        other, target = key.related_model._meta.db_table, key.target_field.column
        selected += _columns(key.related_model).selected
        joins += f" JOIN {other} ON {other}.{target} = {table}.{key.column}"
    where = " AND ".join(f"{table}.{column} = %s" for column in columns)
    return f"SELECT {', '.join(selected)} FROM {table}{joins} WHERE {where}"  # noqa: S608


def _key(model: type[Model], name: str) -> "ForeignKey[Any, Any]":
    return cast("ForeignKey[Any, Any]", model._meta.get_field(name))


class _Columns(Generic[Row]):
    """All columns of a model, and how a row is made of their values: as Django does it, but found out once."""

    def __init__(self, model: type[Row]) -> None:
        fields = model._meta.concrete_fields
        self._model = model
        self._names = [field.attname for field in fields]
        self.selected = [f"{model._meta.db_table}.{field.column}" for field in fields]
        columns = [field.get_col(model._meta.db_table) for field in fields]
        self._conversions = [
            (place, column, convert)
            for place, column in enumerate(columns)
            for convert in (*connection.ops.get_db_converters(column), *column.get_db_converters(connection))
        ]

    def read(self, values: Iterable[Any]) -> Row:
        """A row of the next values."""
        own = [value for _name, value in zip(self._names, values, strict=False)]
        for place, column, convert in self._conversions:
            own[place] = convert(own[place], column, connection)
        return self._model.from_db(connection.alias, self._names, own)


@cache
def _columns(model: type[Row]) -> _Columns[Row]:
    return _Columns(model)
