"""What a provider may say about a person, in words that know no provider, with the version it is true for.

What a person looks like is a function of the *set* of statements about them, never of their order: the record
with the greatest version, a deletion that is final, an absence that a later sign of life lifts.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import total_ordering
from typing import Final

from leadkeeper.team.roles import Role


@dataclass(frozen=True, slots=True)
class Record:
    """The fields we mirror. `role` is None where the directory states none that we know; `unknown_role` is then what it
    states instead, or None where it states nothing."""

    name: str = ""
    email: str = ""
    avatar_url: str = ""
    suspended: bool = False
    role: Role | None = None
    unknown_role: str | None = None

    def fingerprint(self) -> str:
        """A short hash of the content: breaks ties between versions, and tells a real change from none."""
        # No field holds a NUL.
        fields = [self.name, self.email, self.avatar_url, str(self.suspended), self.role or ""]
        if self.unknown_role is not None:
            fields.append(self.unknown_role)
        content = "\0".join(fields)
        return hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


@total_ordering
@dataclass(frozen=True, slots=True)
class Version:
    """When a record was true: provider's times in ms, and the content's fingerprint. Never our own clock."""

    updated_at: int = 0
    event_at: int = 0
    fingerprint: str = ""

    def __lt__(self, other: "Version") -> bool:
        return (self.updated_at, self.event_at, self.fingerprint) < (
            other.updated_at,
            other.event_at,
            other.fingerprint,
        )

    def __str__(self) -> str:
        return f"{self.updated_at}.{self.event_at}.{self.fingerprint}"

    @classmethod
    def parse(cls, text: str) -> "Version":
        """The version that `str()` wrote; the lowest one for an empty text."""
        if not text:
            return cls()
        updated_at, event_at, fingerprint = text.split(".")
        return cls(int(updated_at), int(event_at), fingerprint)


class Origin(StrEnum):
    """How a record reached us."""

    WEBHOOK = "webhook"
    SWEEP = "sweep"
    # Asked for by id, now: it settles ties.
    FETCH = "fetch"


@dataclass(frozen=True, slots=True)
class Stated:
    """The directory states what a person is like."""

    clerk_id: str
    record: Record
    updated_at: int
    event_at: int
    origin: Origin
    version: Version = field(init=False)

    def __post_init__(self) -> None:
        version = Version(self.updated_at, self.event_at, self.record.fingerprint())
        object.__setattr__(self, "version", version)


@dataclass(frozen=True, slots=True)
class Deleted:
    """The directory has deleted a person: final, whatever else arrives about that id, before or after."""

    clerk_id: str


@dataclass(frozen=True, slots=True)
class Absent:
    """A count-checked sweep did not find a person, and asking for them by id did not either."""

    clerk_id: str


Change = Stated | Deleted | Absent


@dataclass(frozen=True, slots=True)
class State:
    """What the mirror holds of one person."""

    record: Record | None = None
    version: Version = Version()
    deleted: bool = False
    absent: bool = False

    @property
    def active(self) -> bool:
        return self.record is not None and not (self.record.suspended or self.deleted or self.absent)


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of a person before and after a change; None where it was not stated, or nobody was there."""

    field: str
    before: str | bool | None
    after: str | bool | None


def differences(before: State, after: State) -> list[Difference]:
    """The fields by which two states of a person differ."""
    was = _told(before)
    return [Difference(name, was.get(name), value) for name, value in _told(after).items() if was.get(name) != value]


def _told(state: State) -> dict[str, str | bool | None]:
    """A state in words for the reader, who is spared what is empty."""
    if state.record is None:
        return {}
    record = state.record
    return {
        "name": record.name or None,
        "email": record.email or None,
        "role": record.role or record.unknown_role,
        "avatar_url": record.avatar_url or None,
        "active": state.active,
    }


class Result(StrEnum):
    """What one change did to the mirror."""

    CREATED = "created"
    UPDATED = "updated"
    DEACTIVATED = "deactivated"
    UNCHANGED = "unchanged"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a change makes of a state. `verify`: the truth should be fetched by id."""

    state: State
    result: Result
    reason: str = ""
    verify: bool = False


UNKNOWN: Final = State()
# A delivery that introduces somebody by a record older than this is doubted: it may be the fixed sample person of a
# provider's dashboard, or a replay from long ago.
_OLD_NEWS: Final = timedelta(days=1)


def decide(state: State, change: Change) -> Decision:
    """What becomes of a person when the change arrives. Pure: no database, no clock."""
    if isinstance(change, Deleted):
        return _delete(state)
    if isinstance(change, Absent):
        return _miss(state)
    return _state(state, change)


def is_old_news(state: State, change: Change, *, received_at: datetime) -> bool:
    """Whether a delivery introduces an unknown person by a record over a day older than its arrival. Pure."""
    if state.record is not None or not isinstance(change, Stated) or change.origin is not Origin.WEBHOOK:
        return False
    return change.updated_at < (received_at - _OLD_NEWS).timestamp() * 1000


def _delete(state: State) -> Decision:
    after = State(state.record, state.version, deleted=True, absent=state.absent)
    return Decision(after, Result.DEACTIVATED if state.active else Result.UNCHANGED)


def _miss(state: State) -> Decision:
    after = State(state.record, state.version, deleted=state.deleted, absent=True)
    return Decision(after, Result.DEACTIVATED if state.active else Result.UNCHANGED)


def _state(state: State, change: Stated) -> Decision:
    same_content = state.record is not None and change.version.fingerprint == state.version.fingerprint
    same_moment = state.record is not None and change.version.updated_at == state.version.updated_at
    tie = same_moment and not same_content
    wins = state.record is None or change.version > state.version
    version = change.version
    if tie and change.origin is Origin.FETCH:
        # What the provider answers now decides between records of one moment, and must outrank both.
        wins = True
        version = Version(change.updated_at, state.version.event_at + 1, change.version.fingerprint)
    if not wins and not same_moment:
        return _still(state, change, "older than what is known")
    if not wins and tie:
        return _still(state, change, "another record of the same moment won", verify=True)
    after = State(
        change.record if wins else state.record,
        version if wins else state.version,
        deleted=state.deleted,
        absent=state.absent and not _shows_life(state, change),
    )
    if state.deleted:
        return Decision(after, Result.STALE, "the person was deleted, which is final")
    verify = (tie and change.origin is not Origin.FETCH) or (state.absent and change.origin is Origin.WEBHOOK)
    return Decision(after, _result(state, after, same_content), verify=verify)


def _still(state: State, change: Stated, reason: str, *, verify: bool = False) -> Decision:
    """The record stays, but being listed is a sign of life even for an old record."""
    if state.absent and not state.deleted and _shows_life(state, change):
        after = State(state.record, state.version)
        return Decision(after, Result.UPDATED if after.active else Result.UNCHANGED, verify=verify)
    return Decision(state, Result.STALE, reason, verify=verify)


def _shows_life(state: State, change: Stated) -> bool:
    """Whether the change lifts an absence: the provider lists them, or their record is a newer one.

    The same record in a later delivery is none: a sample person may be sent again and again.
    """
    return change.origin is not Origin.WEBHOOK or change.updated_at > state.version.updated_at


def _result(before: State, after: State, same_content: bool) -> Result:
    if before.record is None:
        return Result.CREATED
    if before.active and not after.active:
        return Result.DEACTIVATED
    if same_content and before.active == after.active:
        return Result.UNCHANGED
    return Result.UPDATED
