"""The index behind the search for leads: which of them may have words that begin so. It narrows; `matching` decides.

On PostgreSQL it is an index of the column `words`, and a second one of the leads for which nobody is responsible:
everybody searches those, and they are few. On SQLite it is a table of its own for full-text search, kept by triggers:
one row a lead, numbered by the millisecond the lead came in, so that the newest are found first without a look at all
the others; leads of nobody have one word more.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, QuerySet

from leadkeeper.leads.models import Lead
from leadkeeper.web.paging import Order

# Beginnings of so many letters are indexed themselves: SQLite finds the newest at once, however many leads have them.
# For others it first puts together all leads that have them.
_READY_LETTERS: Final = (1, 2, 3, 5)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
# Room for a million leads that came in the same millisecond: a file may be imported as of one moment.
_BITS: Final = 20
# SQLite numbers rows up to here; with it, time ends in the year 2248.
_LAST_PLACE: Final = 2**63 - 1
_PLACE: Final = (
    "((CAST(strftime('%s', {row}.created_at) AS INTEGER) * 1000 "
    f"+ CAST(substr({{row}}.created_at || '.000', 21, 3) AS INTEGER)) << {_BITS})"
)
_NEW, _OLD = _PLACE.format(row="new"), _PLACE.format(row="old")
# The word of leads of nobody: one that no lead has and nobody can type, since it is neither letter nor digit.
_NOBODYS: Final = "∅"
_WORDS: Final = f"{{row}}.words || CASE WHEN {{row}}.assigned_to_id IS NULL THEN ' {_NOBODYS}' ELSE '' END"
_INSERT: Final = f"""
    INSERT INTO leads_search (rowid, words, lead)
    SELECT coalesce(
        (SELECT rowid + 1 FROM leads_search WHERE rowid >= {_NEW} AND rowid < {_NEW} + (1 << {_BITS})
         ORDER BY rowid DESC LIMIT 1),
        {_NEW}), {_WORDS.format(row="new")}, new.id;"""  # noqa: S608
_DELETE: Final = f"""
    DELETE FROM leads_search WHERE rowid >= {_OLD} AND rowid < {_OLD} + (1 << {_BITS}) AND lead = old.id;"""  # noqa: S608
_CHANGED: Final = (
    "old.words <> new.words OR old.created_at <> new.created_at "
    "OR (old.assigned_to_id IS NULL) <> (new.assigned_to_id IS NULL)"
)
_TRIGGERS: Final = {
    "leads_search_insert": f"AFTER INSERT ON leads_lead BEGIN {_INSERT} END",
    "leads_search_update": f"AFTER UPDATE ON leads_lead WHEN {_CHANGED} BEGIN {_DELETE} {_INSERT} END",
    "leads_search_delete": f"AFTER DELETE ON leads_lead BEGIN {_DELETE} END",
}
_TABLE: Final = (
    "CREATE VIRTUAL TABLE leads_search "
    f"USING fts5(words, lead UNINDEXED, tokenize='ascii', prefix='{' '.join(map(str, _READY_LETTERS))}', detail=none)"
)
_FILL: Final = f"""
    INSERT INTO leads_search (rowid, words, lead)
    SELECT place + row_number() OVER (PARTITION BY place ORDER BY id) - 1, indexed, id
    FROM (
        SELECT id, {_WORDS.format(row="leads_lead")} AS indexed, {_PLACE.format(row="leads_lead")} AS place
        FROM leads_lead
    ) ORDER BY 1"""  # noqa: S608

_ON_POSTGRESQL: Final = "array_to_tsvector(string_to_array(ltrim({words}), ' '))"
_INDEXES: Final = {"lead_words": "", "lead_words_of_nobody": "WHERE assigned_to_id IS NULL"}


def make(database: BaseDatabaseWrapper) -> None:
    """Make the index anew, of all leads that are there.

    On PostgreSQL outside of a transaction, so that leads may be written meanwhile; on SQLite all of it or nothing.
    """
    if database.vendor == "postgresql":
        drop(database)  # what an interrupted run has left behind is in the way
        made = f"ON leads_lead USING gin (({_ON_POSTGRESQL.format(words='words')}))"
        _run(database, (f"CREATE INDEX CONCURRENTLY {name} {made} {of}" for name, of in _INDEXES.items()))
        return
    with transaction.atomic(using=database.alias):
        drop(database)
        _run(database, [_TABLE, _FILL, *_missing_triggers()])


def drop(database: BaseDatabaseWrapper) -> None:
    if database.vendor == "postgresql":
        _run(database, (f"DROP INDEX CONCURRENTLY IF EXISTS {name}" for name in _INDEXES))
    else:
        _run(database, [*(f"DROP TRIGGER IF EXISTS {name}" for name in _TRIGGERS), "DROP TABLE IF EXISTS leads_search"])


def renew_triggers(database: BaseDatabaseWrapper) -> None:
    """Put the triggers back that are lost where a migration makes the table of leads anew, as SQLite often must."""
    if database.vendor == "sqlite" and "leads_search" in database.introspection.table_names():
        _run(database, _missing_triggers())


def ready(word: str) -> str:
    """The longest beginning of the word that SQLite finds the newest leads of at once."""
    return word[: max(letters for letters in _READY_LETTERS if letters <= len(word))]


def narrowed(leads: QuerySet[Lead], words: Collection[str], *, of_nobody: bool = False) -> QuerySet[Lead]:
    """Those leads whose words may begin with all of these (folded ones, of letters and digits alone).

    `of_nobody`: nobody is responsible for any of the leads, which helps.
    """
    if connection.vendor == "postgresql":
        indexed = _ON_POSTGRESQL.format(words="leads_lead.words")
        asked = " & ".join(f"'{word}':*" for word in words)
        return leads.extra(where=[f"{indexed} @@ %s::tsquery"], params=[asked])  # noqa: S610
    asked = " ".join([*(f'"{word}"*' for word in words), *([f'"{_NOBODYS}"'] if of_nobody else [])])
    return leads.extra(
        tables=["leads_search"],
        where=["leads_search MATCH %s", "leads_search.lead = leads_lead.id"],
        params=[asked],
    )


def first_of(leads: QuerySet[Lead], order: Order, count: int, *, beyond: datetime | None) -> list[Lead]:
    """The first of narrowed leads, which all came in before or after the moment `beyond`, as `order` goes."""
    if connection.vendor == "postgresql":
        # Sorted by something that no index has: walking along one would look at every lead that does not match.
        sign = "-" if order.descending else ""
        return list(leads.alias(came_in=F("created_at") + timedelta(0)).order_by(f"{sign}came_in", f"{sign}id")[:count])
    if beyond is not None:
        leads = _within(leads, None, _end_of(_place(beyond))) if order.descending else _within(leads, _place(beyond))
    placed = leads.extra(select={"place": "leads_search.rowid"})
    found = list(placed.extra(order_by=["-place" if order.descending else "place"])[:count])
    if len(found) < count:
        return _sorted(found, order)
    # Of those that came in the millisecond of the last one, the row numbers do not say which are first.
    start = _place_of(found[-1]) >> _BITS << _BITS
    end = _end_of(start)
    last = _within(placed, start, end).order_by(*order.columns)[:count]
    return _sorted([*(lead for lead in found if not start <= _place_of(lead) < end), *last], order)[:count]


def _within(leads: QuerySet[Lead], start: int | None, end: int | None = None) -> QuerySet[Lead]:
    """Of narrowed leads on SQLite those with these row numbers."""
    if start is not None:
        leads = leads.extra(where=["leads_search.rowid >= %s"], params=[start])
    return leads if end is None else leads.extra(where=["leads_search.rowid < %s"], params=[end])


def _place_of(lead: Lead) -> int:
    """The row number that was asked for with the lead."""
    return lead.place  # type: ignore[attr-defined, no-any-return]


def _place(at: datetime) -> int:
    """The first row number of the millisecond of this moment, as far as there are such numbers."""
    place = (at - _EPOCH) // _MILLISECOND << _BITS
    return max(-_LAST_PLACE, min(place, _LAST_PLACE >> _BITS << _BITS))


def _end_of(place: int) -> int:
    """The first row number of the millisecond after the one of this row number."""
    return min((place >> _BITS) + 1 << _BITS, _LAST_PLACE)


def _sorted(leads: list[Lead], order: Order) -> list[Lead]:
    return sorted(leads, key=lambda lead: (lead.created_at, lead.id), reverse=order.descending)


def _missing_triggers() -> list[str]:
    return [f"CREATE TRIGGER IF NOT EXISTS {name} {body}" for name, body in _TRIGGERS.items()]


def _run(database: BaseDatabaseWrapper, statements: Iterable[str]) -> None:
    with database.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
