"""One row by the values of its columns, for what is asked at every call of the API.

Django composes such a query anew each time, and takes longer over it than the database over the answer.
"""

from typing import TypeVar
from uuid import UUID

from django.db.models import Model

Row = TypeVar("Row", bound=Model)


def look_up(model: type[Row], **columns: str | UUID) -> Row | None:
    """The row in which these columns have these values, where there is one; they must be unique together."""
    where = " AND ".join(f"{column} = %s" for column in columns)
    values = [value.hex if isinstance(value, UUID) else value for value in columns.values()]
    found = model._default_manager.raw(f"SELECT * FROM {model._meta.db_table} WHERE {where}", values)  # noqa: S608
    return next(iter(found), None)
