"""The index behind the search for leads as 0009 leaves it. A copy for migrations: today's may be different."""

from django.db import transaction

_READY_LETTERS = (1, 2, 3, 5)
_BITS = 20
_PLACE = (
    "((CAST(strftime('%s', {row}.created_at) AS INTEGER) * 1000 "
    f"+ CAST(substr({{row}}.created_at || '.000', 21, 3) AS INTEGER)) << {_BITS})"
)
_NEW, _OLD = _PLACE.format(row="new"), _PLACE.format(row="old")
_NOBODYS = "∅"
_WORDS = f"{{row}}.words || CASE WHEN {{row}}.assigned_to_id IS NULL THEN ' {_NOBODYS}' ELSE '' END"
_INSERT = f"""
    INSERT INTO leads_search (rowid, words, lead)
    SELECT coalesce(
        (SELECT rowid + 1 FROM leads_search WHERE rowid >= {_NEW} AND rowid < {_NEW} + (1 << {_BITS})
         ORDER BY rowid DESC LIMIT 1),
        {_NEW}), {_WORDS.format(row="new")}, new.id;"""
_DELETE = f"""
    DELETE FROM leads_search WHERE rowid >= {_OLD} AND rowid < {_OLD} + (1 << {_BITS}) AND lead = old.id;"""
_CHANGED = (
    "old.words <> new.words OR old.created_at <> new.created_at "
    "OR (old.assigned_to_id IS NULL) <> (new.assigned_to_id IS NULL)"
)
_TRIGGERS = {
    "leads_search_insert": f"AFTER INSERT ON leads_lead BEGIN {_INSERT} END",
    "leads_search_update": f"AFTER UPDATE ON leads_lead WHEN {_CHANGED} BEGIN {_DELETE} {_INSERT} END",
    "leads_search_delete": f"AFTER DELETE ON leads_lead BEGIN {_DELETE} END",
}
_TABLE = (
    "CREATE VIRTUAL TABLE leads_search "
    f"USING fts5(words, lead UNINDEXED, tokenize='ascii', prefix='{' '.join(map(str, _READY_LETTERS))}', detail=none)"
)
_FILL = f"""
    INSERT INTO leads_search (rowid, words, lead)
    SELECT place + row_number() OVER (PARTITION BY place ORDER BY id) - 1, indexed, id
    FROM (
        SELECT id, {_WORDS.format(row="leads_lead")} AS indexed, {_PLACE.format(row="leads_lead")} AS place
        FROM leads_lead
    ) ORDER BY 1"""
_ON_POSTGRESQL = "array_to_tsvector(string_to_array(ltrim(words), ' '))"
_INDEXES = {"lead_words": "", "lead_words_of_nobody": "WHERE assigned_to_id IS NULL"}


def make(database):
    """Make the index anew, of all leads that are there. On PostgreSQL outside of a transaction."""
    if database.vendor == "postgresql":
        drop(database)  # what an interrupted run has left behind is in the way
        made = f"ON leads_lead USING gin (({_ON_POSTGRESQL}))"
        _run(database, (f"CREATE INDEX CONCURRENTLY {name} {made} {of}" for name, of in _INDEXES.items()))
        return
    with transaction.atomic(using=database.alias):
        drop(database)
        _run(database, [_TABLE, _FILL, *_missing_triggers()])


def drop(database):
    if database.vendor == "postgresql":
        _run(database, (f"DROP INDEX CONCURRENTLY IF EXISTS {name}" for name in _INDEXES))
    else:
        _run(database, [*(f"DROP TRIGGER IF EXISTS {name}" for name in _TRIGGERS), "DROP TABLE IF EXISTS leads_search"])


def renew_triggers(database):
    """Put the triggers back that are lost where an earlier migration has made the table of leads anew."""
    if database.vendor == "sqlite":
        _run(database, _missing_triggers())


def _missing_triggers():
    return [f"CREATE TRIGGER IF NOT EXISTS {name} {body}" for name, body in _TRIGGERS.items()]


def _run(database, statements):
    with database.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
