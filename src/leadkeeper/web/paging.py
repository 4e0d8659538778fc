"""Pages of a list by cursor: each goes on after the last row of the one before, whatever was added meanwhile."""

import binascii
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Generic, TypeVar

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from leadkeeper.storage.errors import Invalid
from leadkeeper.web.field_errors import checked

Row = TypeVar("Row")
Limit = Annotated[int, Field(ge=1, le=200, description="How many of them, at most.")]
USUAL_LIMIT: Final = 100
# A folded name of 100 characters, of four bytes each, beside an id.
LONGEST_CURSOR: Final = 700
_HEX_DIGITS_OF_ID: Final = 32


@dataclass(frozen=True)
class Order:
    """A total order to page along: a column, and an id that settles ties. `read` makes a value from its text."""

    column: str
    id: str
    read: Callable[[str], Any] = str
    descending: bool = False

    @property
    def columns(self) -> tuple[str, str]:
        """What to sort by."""
        sign = "-" if self.descending else ""
        return f"{sign}{self.column}", f"{sign}{self.id}"

    @property
    def reversed(self) -> "Order":
        return replace(self, descending=not self.descending)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows, with the columns of their order by name, and the cursor of those that follow, or None at the end."""

    rows: list[Row]
    next: str | None


def page(rows: QuerySet[Any, Row], order: Order, *, limit: int, cursor: str | None) -> Page[Row]:
    """At most `limit` rows, those after `cursor` where there is one. Raises Invalid for a cursor that is none."""
    return cut(list(after(rows, order, cursor).order_by(*order.columns)[: limit + 1]), order, limit, cursor)


def page_in_parts(parts: Sequence[QuerySet[Any, Row]], order: Order, *, limit: int, cursor: str | None) -> Page[Row]:
    """The same over several querysets, one after the other; each row is in one of them.

    A cursor of a later part begins with its place, as in `1.abc`. Raises Invalid for a cursor that is none.
    """
    place, within = _place_in_parts(cursor, len(parts))
    rows: list[Row] = []
    for part in range(place, len(parts)):
        shown = page(parts[part], order, limit=limit - len(rows), cursor=within)
        rows += shown.rows
        if shown.next:
            return Page(rows, f"{part}.{shown.next}" if part else shown.next)
        within = None
    return Page(rows, None)


def cut(found: list[Row], order: Order, limit: int, cursor: str | None) -> Page[Row]:
    """The page of rows that were found after `cursor`, one more than `limit` where there are more."""
    if len(found) <= limit:
        return Page(found, None)
    return Page(found[:limit], _cursor(found[limit - 1], order) if limit else cursor or _START)


def reached(cursor: str, order: Order) -> Any:
    """The column's value at a cursor. Raises Invalid for a cursor that is none."""
    return _decode(cursor, order)[0]


@dataclass(frozen=True)
class CursorOf:
    """What a parameter of a call is annotated with that is a cursor of a list in this order.

    Without an order only the list itself can tell whether it is one of its own.
    """

    order: Order | None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(checked(self._checked), handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        words = "The `next` of the page before, as it was answered. Absent: the first page."
        return {"type": "string", "format": "cursor", "maxLength": LONGEST_CURSOR, "description": words}

    def _checked(self, cursor: str) -> str:
        if cursor and self.order is not None:
            _decode(cursor, self.order)
        return cursor


def moment(text: str) -> datetime:
    """Reads the time of a cursor. Raises ValueError, or OverflowError for one that is before or after all time."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    # Databases keep times in UTC: one that has no such form would be refused only by the query.
    return at.astimezone(UTC)


def _place_in_parts(cursor: str | None, parts: int) -> tuple[int, str | None]:
    """In which of the parts a cursor is, and the cursor there."""
    place, dot, within = (cursor or "").rpartition(".")
    if not dot:
        return 0, cursor
    if place not in map(str, range(1, parts)) or not within:
        raise Invalid("cursor", _("This is not a cursor of this list."))
    return int(place), within


def _cursor(row: object, order: Order) -> str:
    value, id_ = getattr(row, order.column), getattr(row, order.id)
    return _encode(id_, value.isoformat() if isinstance(value, datetime) else value)


def _encode(id_: uuid.UUID, value: str) -> str:
    return urlsafe_b64encode(f"{id_.hex}{value}".encode()).rstrip(b"=").decode()


def _decode(cursor: str, order: Order) -> tuple[Any, uuid.UUID]:
    try:
        if len(cursor) > LONGEST_CURSOR:
            raise ValueError("longer than any of ours")
        text = urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)).decode()
        id_, value = uuid.UUID(hex=text[:_HEX_DIGITS_OF_ID]), text[_HEX_DIGITS_OF_ID:]
        if "\0" in value:
            raise ValueError("no text that a database could compare with")
        return order.read(value), id_
    except (ValueError, OverflowError, binascii.Error):
        raise Invalid("cursor", _("This is not a cursor of this list.")) from None


def after(rows: QuerySet[Any, Row], order: Order, cursor: str | None) -> QuerySet[Any, Row]:
    """Those after `cursor`, all where there is none. Raises Invalid for a cursor that is none."""
    if not cursor:
        return rows
    value, id_ = _decode(cursor, order)
    beyond = "lt" if order.descending else "gt"
    later = Q(**{f"{order.column}__{beyond}": value})
    same = Q(**{order.column: value, f"{order.id}__{beyond}": id_})
    # Implied by the rest, but it alone lets the database begin in the middle of an index.
    return rows.filter(**{f"{order.column}__{beyond}e": value}).filter(later | same)


# Before everybody: the cursor of a first page that was already full of something else.
_START: Final = _encode(uuid.UUID(int=0), "")
