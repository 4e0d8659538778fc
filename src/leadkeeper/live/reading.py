"""Reading the notices that have become visible since the last look, on either database, without losing any."""

import time
from collections import deque
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

from django.db import connection

from leadkeeper.live.positions import WIDEST_GAP, Positions

_AT_ONCE: Final = 1000
# Between taking its id and becoming a transaction that others can see a row needs microseconds; be generous.
_GIVEN_UP_AFTER_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Heard:
    """One notice, and the position of those who have heard up to it."""

    organization_id: UUID
    topic: str
    seen_by: UUID | None
    private: bool
    position: int


class Reader(Protocol):
    """Made and used in one thread. `position`: everything up to there has been heard."""

    positions: Positions

    def news(self) -> list[Heard]: ...


def make_reader() -> Reader:
    """A reader that begins with what is committed from now on."""
    return SqliteReader() if connection.vendor == "sqlite" else PostgresReader()


class Questions:
    """Put straight to the driver, all by one cursor: several a second are asked, and what Django does on the way costs
    more than the answer."""

    def __init__(self) -> None:
        self._cursor: Any = None

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """The answer. Placeholders are the driver's."""
        connection.ensure_connection()
        if self._cursor is None or self._cursor.connection is not connection.connection:
            self._cursor = connection.connection.cursor()
        self._cursor.execute(sql, values)
        rows: list[tuple[Any, ...]] = self._cursor.fetchall()
        return rows


class SqliteReader:
    """Ids become visible in order here, since writers take turns; and asking whether anything changed costs nothing."""

    def __init__(self) -> None:
        self._questions = Questions()
        self._seen = self._data_version()
        rows = self._questions.rows("SELECT seq FROM sqlite_sequence WHERE name = 'live_notice'")
        self.positions = Positions(rows[0][0] if rows else 0, in_order=True)

    def news(self) -> list[Heard]:
        now = self._data_version()
        if now == self._seen:
            return []
        rows = self._questions.rows(f"{_SELECT} WHERE id > ? {_IN_ORDER}", self.positions.last)
        if len(rows) < _AT_ONCE:
            self._seen = now
        return _heard(rows, self.positions)

    def _data_version(self) -> tuple[object, int]:
        """Moves when another connection commits; the values of two connections mean nothing to each other."""
        ((version,),) = self._questions.rows("PRAGMA data_version")
        return connection.connection, version


@dataclass(slots=True)
class _Gap:
    """Ids that were skipped. All transactions they may belong to began before `before`, once that is known."""

    ids: set[int]
    noticed_at: float
    before: int | None = None


class PostgresReader:
    """Ids become visible in the order of commits here: each skipped one is looked for until the transaction it
    may belong to has ended."""

    def __init__(self) -> None:
        self._questions = Questions()
        ((last,),) = self._questions.rows(
            "SELECT COALESCE(pg_sequence_last_value(pg_get_serial_sequence('live_notice', 'id')::regclass), 0)"
        )
        first = max(last - WIDEST_GAP, 0)
        visible = {row[0] for row in self._questions.rows("SELECT id FROM live_notice WHERE id > %s", first)}
        self.positions = Positions(last, set(range(first + 1, last + 1)) - visible)
        self._gaps: deque[_Gap] = deque()
        self._note_gaps()

    def news(self) -> list[Heard]:
        # The snapshot before the rows: what has ended by then is among them.
        oldest_running = self._look_at_transactions() if self._gaps else 0
        rows = self._questions.rows(
            f"{_SELECT} WHERE id > %s OR id = ANY(%s) {_IN_ORDER}", self.positions.last, list(self.positions.missing)
        )
        heard = _heard(rows, self.positions)
        self._give_up(oldest_running)
        self._note_gaps()
        return heard

    def _look_at_transactions(self) -> int:
        """The oldest transaction still running; gaps noticed at the last look learn their bound."""
        ((oldest_running, not_begun),) = self._questions.rows(
            "SELECT pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint FROM pg_current_snapshot() s"
        )
        for gap in self._gaps:
            gap.before = not_begun if gap.before is None else gap.before
        return int(oldest_running)

    def _give_up(self, oldest_running: int) -> None:
        old = time.monotonic() - _GIVEN_UP_AFTER_S
        while self._gaps and self._gaps[0].noticed_at < old:
            before = self._gaps[0].before
            if before is None or before > oldest_running:
                return
            self.positions.give_up(self._gaps.popleft().ids)

    def _note_gaps(self) -> None:
        known = set().union(*(gap.ids for gap in self._gaps))
        if new := self.positions.missing - known:
            self._gaps.append(_Gap(new, time.monotonic()))


_SELECT: Final = "SELECT id, organization_id, topic, seen_by, private FROM live_notice"
_IN_ORDER: Final = f"ORDER BY id LIMIT {_AT_ONCE}"


def _heard(rows: list[tuple[Any, ...]], positions: Positions) -> list[Heard]:
    marks = positions.hear([row[0] for row in rows])
    return [
        Heard(UUID(str(organization)), topic, UUID(str(seen_by)) if seen_by else None, bool(private), mark)
        for (_, organization, topic, seen_by, private), mark in zip(rows, marks, strict=True)
    ]
