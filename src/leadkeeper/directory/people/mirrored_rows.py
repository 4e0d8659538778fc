"""The rows of mirrored people: read, locked and written for `apply`, which alone says what is to stand in them.

Plain SQL that both databases understand, because the door and the sweep live on its speed: one select, and one
statement for each kind of write, however many people a batch has.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection
from uuid_utils.compat import uuid7

from leadkeeper.directory.people.change import UNKNOWN, Record, State, Version
from leadkeeper.storage.rows import Answer, Row, ask_where, write_rows, write_where, written_rows
from leadkeeper.storage.words import searchable, sortable
from leadkeeper.team.roles import Role
from leadkeeper.team.roles import known as known_role


@dataclass(slots=True)
class MirroredPerson:
    """One row of the batch: what was there, and what the batch makes of it."""

    id: str
    clerk_id: str
    before: State
    after: State
    exists: bool
    seen: bool
    # As the database gave them, to be written back as they are.
    absent_since: str | datetime | None = None
    deleted_at: str | datetime | None = None
    verify: bool = False

    @property
    def turned_off(self) -> bool:
        return self.before.active and not self.after.active

    @property
    def turned_on_again(self) -> bool:
        return self.exists and self.after.active and not self.before.active

    @property
    def shows_a_difference(self) -> bool:
        """Whether pages would show one: a version alone is none."""
        return self.before.record != self.after.record or self.before.active != self.after.active


# The role is looked up person by person: for a join PostgreSQL may read the whole table, as long as it is fresh.
# One that we do not know comes behind a question mark, which begins no name of ours.
_SELECT: Final = """
SELECT u.id, u.clerk_id, u.name, u.email, u.avatar_url, u.suspended, u.absent_since, u.deleted_at,
       u.version, u.seen_in_sweep,
       (SELECT COALESCE(m.directory_role, '?' || m.unknown_role)
        FROM team_membership m WHERE m.user_id = u.id AND m.organization_id = %s)
FROM team_user u WHERE u.clerk_id {keys} ORDER BY u.clerk_id"""
_SELECT_LOCKED: Final = _SELECT + " FOR UPDATE OF u"


def ask_for(clerk_ids: set[str], organization_id: uuid.UUID, *, lock: bool = True) -> Answer:
    """Ask for the rows of these people, and lock them in one order for everybody."""
    sql = _SELECT_LOCKED if lock and connection.features.has_select_for_update else _SELECT
    return ask_where(sql, [organization_id.hex], sorted(clerk_ids))


def load(
    clerk_ids: set[str], organization_id: uuid.UUID, sweep: uuid.UUID | None, asked: Answer | None = None
) -> dict[str, MirroredPerson]:
    """The people of a batch, with fresh ones for ids never met."""
    rows = (asked or ask_for(clerk_ids, organization_id))()
    people = {row[1]: _person(row, sweep) for row in rows if row[1] in clerk_ids}
    for clerk_id in sorted(clerk_ids):
        if clerk_id not in people:
            people[clerk_id] = MirroredPerson(uuid7().hex, clerk_id, UNKNOWN, UNKNOWN, exists=False, seen=False)
    return people


def _person(row: tuple[Any, ...], sweep: uuid.UUID | None) -> MirroredPerson:
    id_, clerk_id, name, email, avatar_url, suspended, absent_since, deleted_at, version, seen_in, role = row
    record = Record(name, email, avatar_url, bool(suspended), *_roles(role)) if version else None
    state = State(record, Version.parse(version), deleted=deleted_at is not None, absent=absent_since is not None)
    seen = sweep is not None and seen_in is not None and _hex(seen_in) == sweep.hex
    return MirroredPerson(
        _hex(id_),
        clerk_id,
        state,
        state,
        True,
        seen,
        absent_since=absent_since,
        deleted_at=deleted_at,
    )


def _roles(stated: str | None) -> tuple[Role | None, str | None]:
    """The role that we know, and the one that we do not."""
    if stated is None or not stated.startswith("?"):
        return known_role(stated), None
    return None, stated[1:]


def _hex(id_: str | uuid.UUID) -> str:
    """An id as SQLite gives it; PostgreSQL has a type for them."""
    return id_.hex if isinstance(id_, uuid.UUID) else id_


_WRITE: Final = """
INSERT INTO team_user (last_synced_at, created_at, seen_in_sweep, language,
                       id, username, clerk_id, name, email, avatar_url, suspended, absent_since, deleted_at,
                       is_active, version, session_generation)
{rows} ON CONFLICT (clerk_id) """
_WRITE_TYPES: Final = (
    "timestamptz timestamptz uuid text uuid text text text text text bool timestamptz timestamptz bool text int"
)
_INSERT: Final = _WRITE + "DO NOTHING RETURNING clerk_id"
# The generation that comes in is what to add: 1 ends the person's sessions.
_UPDATE: Final = (
    _WRITE
    + """DO UPDATE SET name = EXCLUDED.name, email = EXCLUDED.email, avatar_url = EXCLUDED.avatar_url,
    suspended = EXCLUDED.suspended, absent_since = EXCLUDED.absent_since, deleted_at = EXCLUDED.deleted_at,
    is_active = EXCLUDED.is_active, version = EXCLUDED.version, last_synced_at = EXCLUDED.last_synced_at,
    session_generation = team_user.session_generation + EXCLUDED.session_generation,
    seen_in_sweep = COALESCE(EXCLUDED.seen_in_sweep, team_user.seen_in_sweep)"""
)


def insert_new(people: Iterable[MirroredPerson], now: datetime, sweep: uuid.UUID | None) -> set[str]:
    """Insert the people never met; answers the ids that another process inserted first."""
    new = [person for person in people if not person.exists and person.after != UNKNOWN]
    written = written_rows(_INSERT, _WRITE_TYPES, _rows(new, now), same=_same_in_all(now, sweep))
    inserted = {row[0] for row in written}
    return {person.clerk_id for person in new} - inserted


def update(people: Iterable[MirroredPerson], now: datetime, sweep: uuid.UUID | None) -> None:
    changed = [person for person in people if person.exists and person.before != person.after]
    write_rows(_UPDATE, _WRITE_TYPES, _rows(changed, now), same=_same_in_all(now, sweep))


def _same_in_all(now: datetime, sweep: uuid.UUID | None) -> Row:
    at = connection.ops.adapt_datetimefield_value(now)
    return at, at, sweep.hex if sweep else None, ""


def _rows(people: Sequence[MirroredPerson], now: datetime) -> list[Row]:
    at = connection.ops.adapt_datetimefield_value(now)
    return [
        (
            person.id,
            person.id,
            person.clerk_id,
            *_mirrored(person.after.record or Record()),
            (person.absent_since or at) if person.after.absent else None,
            (person.deleted_at or at) if person.after.deleted else None,
            person.after.active,
            str(person.after.version) if person.after.record else "",
            int(person.turned_off),
        )
        for person in people
    ]


def _mirrored(record: Record) -> tuple[str, str, str, bool]:
    return record.name, record.email, record.avatar_url, record.suspended


_MEMBERSHIP: Final = """
INSERT INTO team_membership (organization_id, created_at, user_id, active, directory_role, unknown_role,
                             folded_name, words)
{rows}
ON CONFLICT (organization_id, user_id) DO UPDATE SET active = EXCLUDED.active,
    directory_role = EXCLUDED.directory_role, unknown_role = EXCLUDED.unknown_role,
    folded_name = EXCLUDED.folded_name, words = EXCLUDED.words"""


def write_memberships(people: Iterable[MirroredPerson], organization_id: uuid.UUID, now: datetime) -> None:
    rows = []
    for person in people:
        record = person.after.record
        if record is not None and person.shows_a_difference:
            names = (sortable(record.name), searchable(record.name, record.email))
            rows.append((person.id, person.after.active, record.role, record.unknown_role, *names))
    same = (organization_id.hex, connection.ops.adapt_datetimefield_value(now))
    write_rows(_MEMBERSHIP, "uuid timestamptz uuid bool text text text text", rows, same=same)


def mark_unchanged(people: Iterable[MirroredPerson], now: datetime, sweep: uuid.UUID | None) -> None:
    """The directory has just confirmed those in the batch about whom nothing changed."""
    ids = [person.id for person in people if person.exists and person.before == person.after]
    at = connection.ops.adapt_datetimefield_value(now)
    marks = "last_synced_at = %s, seen_in_sweep = %s" if sweep else "last_synced_at = %s"
    values = [at, sweep.hex] if sweep else [at]
    write_where(f"UPDATE team_user SET {marks} WHERE id {{keys}}", values, ids, key_type="uuid")  # noqa: S608
