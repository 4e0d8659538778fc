"""Writing many rows with one statement: what the database parses, plans and answers once instead of once a row."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from django.db.backends.utils import CursorWrapper

# Well below the number of parameters that either database takes.
ROWS_AT_ONCE: Final = 500

Row = tuple[Any, ...]


def write_rows(cursor: CursorWrapper, statement: str, rows: Sequence[Row]) -> int:
    """Run `… VALUES {rows} …` with these rows, of one length; answers how many rows it wrote."""
    written = 0
    for some in _in_turn(rows):
        row = f"({', '.join(['%s'] * len(some[0]))})"
        cursor.execute(statement.format(rows=", ".join([row] * len(some))), [value for row in some for value in row])
        written += cursor.rowcount
    return written


def _in_turn(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    for start in range(0, len(rows), ROWS_AT_ONCE):
        yield rows[start : start + ROWS_AT_ONCE]
