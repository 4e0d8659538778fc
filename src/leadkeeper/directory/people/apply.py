"""The one way to change mirrored columns: a webhook is a batch of a few changes, a sweep page one of 500."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from leadkeeper.directory.people import mirrored_rows
from leadkeeper.directory.people.change import Change, Decision, Result, State, decide, is_old_news
from leadkeeper.directory.people.doubts import note_doubts
from leadkeeper.directory.people.mirrored_rows import MirroredPerson, ask_for, load
from leadkeeper.live.announce import announce
from leadkeeper.storage.rows import Answer
from leadkeeper.team.models import Membership
from leadkeeper.team.signals import WhyInactive, people_departed, people_returned

_DONE: Final = (Result.CREATED, Result.UPDATED, Result.DEACTIVATED)


@dataclass(frozen=True, slots=True)
class Correction:
    """A person of the mirror before and after a change that was more than news of what is known."""

    clerk_id: str
    before: State
    after: State


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one change. `first_seen`: the sweep had not met this person before.

    `correction` is there only where `apply` was asked to explain, and something was done.
    """

    result: Result
    reason: str = ""
    first_seen: bool = True
    correction: Correction | None = None


def apply(
    changes: Sequence[Change],
    *,
    organization_id: uuid.UUID,
    now: datetime,
    sweep: uuid.UUID | None = None,
    explain: bool = False,
    asked: Answer | None = None,
) -> list[Outcome]:
    """Bring the mirror up to these changes, in the caller's transaction; one outcome a change, in order.

    Locks the people concerned, never lets an older version win, and marks them as seen by `sweep` when given.
    With `explain` the outcomes say what was different. `asked`: `ask_for` these people, or more, has been called.
    """
    if not changes:
        return []
    people = load({change.clerk_id for change in changes}, organization_id, sweep, asked)
    outcomes = _decide(people, changes, explain=explain)
    lost = mirrored_rows.insert_new(people.values(), now, sweep)
    if lost:
        # Another process has just created them: look again, now that they are there to be locked.
        people |= load(lost, organization_id, sweep)
        again = [change for change in changes if change.clerk_id in lost]
        fresh = iter(_decide(people, again, explain=explain))
        outcomes = [
            next(fresh) if change.clerk_id in lost else outcome
            for change, outcome in zip(changes, outcomes, strict=True)
        ]
    mirrored_rows.update(people.values(), now, sweep)
    mirrored_rows.write_memberships(people.values(), organization_id, now)
    mirrored_rows.mark_unchanged(people.values(), now, sweep)
    note_doubts(sorted(_doubtful(people, changes, now)), now)
    if any(person.before != person.after and person.shows_a_difference for person in people.values()):
        announce(organization_id, ["team"])
    _tell_who_left_or_returned(people.values(), organization_id)
    return outcomes


def preview(changes: Sequence[Change], *, organization_id: uuid.UUID) -> list[Outcome]:
    """What `apply` would answer now. Writes nothing and locks nothing."""
    ids = {change.clerk_id for change in changes}
    people = load(ids, organization_id, None, ask_for(ids, organization_id, lock=False))
    return _decide(people, changes)


def _decide(people: dict[str, MirroredPerson], changes: Iterable[Change], *, explain: bool = False) -> list[Outcome]:
    outcomes = []
    for change in changes:
        person = people[change.clerk_id]
        before = person.after
        decision: Decision = decide(before, change)
        person.after = decision.state
        person.verify = person.verify or decision.verify
        done = explain and decision.result in _DONE
        correction = Correction(person.clerk_id, before, decision.state) if done else None
        outcomes.append(Outcome(decision.result, decision.reason, not person.seen, correction))
        person.seen = True
    return outcomes


def _doubtful(people: dict[str, MirroredPerson], changes: Iterable[Change], now: datetime) -> set[str]:
    """Whom the directory must be asked for by id."""
    news = {
        change.clerk_id for change in changes if is_old_news(people[change.clerk_id].before, change, received_at=now)
    }
    torn = {person.clerk_id for person in people.values() if person.verify}
    return {clerk_id for clerk_id in news | torn if not people[clerk_id].after.deleted}


def _tell_who_left_or_returned(people: Iterable[MirroredPerson], organization_id: uuid.UUID) -> None:
    departed = {uuid.UUID(person.id): _why_inactive(person.after) for person in people if person.turned_off}
    if departed:
        people_departed.send(Membership, organization_id=organization_id, departed=departed, by=None)
    returned = [uuid.UUID(person.id) for person in people if person.turned_on_again]
    if returned:
        people_returned.send(Membership, organization_id=organization_id, returned=returned)


def _why_inactive(state: State) -> WhyInactive:
    if state.deleted:
        return WhyInactive.DELETED
    return WhyInactive.ABSENT if state.absent else WhyInactive.SUSPENDED
