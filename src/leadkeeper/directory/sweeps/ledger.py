"""The books of a sweep: who was seen, what was done, how far it came. What `apply` does is committed with them."""

import logging
import time
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final, Protocol

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from leadkeeper.directory.deliveries.receive import UNAVAILABLE
from leadkeeper.directory.models import Quarantined, Sweep
from leadkeeper.directory.people.apply import Outcome, apply
from leadkeeper.directory.people.change import Absent, Change, Result
from leadkeeper.directory.provider import MOST_IDS, Odd, Page
from leadkeeper.directory.sentence import Sentence
from leadkeeper.directory.sweeps.analyze import MANY, analyze_people
from leadkeeper.directory.sweeps.drift import DriftList
from leadkeeper.directory.sweeps.sweep_lock import SweepLock
from leadkeeper.directory.sweeps.walk import START, Position, Step
from leadkeeper.live.announce import announce
from leadkeeper.team.models import Membership, User

_ANNOUNCE_EVERY_S: Final = 0.5
_DEACTIVATE_AT_ONCE: Final = 500
# All that a sweep writes of its row: not `force`, which others may set while it runs.
_WRITTEN: Final = (
    *("kind", "status", "reason", "reason_parts", "started_at", "beat_at", "ended_at"),
    *("cursor", "by_offset", "offset", "count_before", "resumed_from"),
    *("seen", "created", "updated", "unchanged", "deactivated", "quarantined", "skipped_stale"),
    *("missing", "expected", "pages"),
)

logger = logging.getLogger(__name__)


class Ledger(Protocol):
    """What a sweep reports to. `run` holds its counts, and is never saved where it is only rehearsed."""

    run: Sweep

    @property
    def checkpoint(self) -> Position:
        """Where the walk goes on."""

    def begin(self) -> None:
        """The run starts, or goes on after an interruption."""

    def take(self, step: Step) -> int:
        """Apply and count one page of the walk; how many people on it were not seen before."""

    def take_found(self, page: Page) -> None:
        """Apply and count people who were not on the list and exist all the same."""

    def unseen(self) -> Iterator[list[str]]:
        """The active people of the mirror that the walk did not meet, at most 100 at a time."""

    def active_people(self) -> int:
        """How many mirrored people are active."""

    def deactivate(self, gone: Sequence[str]) -> None:
        """Turn off people who are truly gone."""

    def is_forced(self) -> bool:
        """Whether it has been said that any number of people may go."""

    def end(self, status: Sweep.Status, reason: Sentence | None = None, *, keep_checkpoint: bool = False) -> None:
        """The run is over. With its checkpoint kept, it may go on later."""


def mirrored(run: Sweep) -> QuerySet[User]:
    """The active people who come from the directory."""
    here = Membership.objects.filter(organization_id=run.organization_id, user=OuterRef("pk"))
    return User.objects.filter(Exists(here), clerk_id__isnull=False, is_active=True)


def active_administrators(run: Sweep) -> set[str | None]:
    """The active owners and administrators by their id in the directory, None standing for local ones."""
    rows = Membership.objects.filter(organization_id=run.organization_id).active().administrators()
    return set(rows.filter(user__is_active=True).values_list("user__clerk_id", flat=True))


def next_ids(people: QuerySet[User], last: str) -> list[str]:
    """The first people behind the id `last`, as many as may be asked for at once."""
    ids = people.filter(clerk_id__gt=last).order_by("clerk_id").values_list("clerk_id", flat=True)[:MOST_IDS]
    return [clerk_id for clerk_id in ids if clerk_id is not None]


def enter(run: Sweep, outcomes: Sequence[Outcome]) -> int:
    """Count what became of a page's people; answers how many were not seen before.

    Whoever is met again counts only where something was done.
    """
    new = 0
    for outcome in outcomes:
        new += outcome.first_seen
        match outcome.result:
            case Result.CREATED:
                run.created += 1
            case Result.UPDATED:
                run.updated += 1
            case Result.DEACTIVATED:
                run.deactivated += 1
            case Result.UNCHANGED:
                run.unchanged += outcome.first_seen
            case Result.STALE:
                run.skipped_stale += outcome.first_seen
    run.seen += new
    return new


def label(odd: Odd, first_row: int) -> str:
    """What an odd row goes by: its id, or else its place in the list."""
    return odd.id or f"row {first_row + odd.row + 1}"


def batches(clerk_ids: Sequence[str]) -> Iterator[list[Change]]:
    """The absence of many people, a transaction's worth at a time."""
    for start in range(0, len(clerk_ids), _DEACTIVATE_AT_ONCE):
        yield [Absent(clerk_id) for clerk_id in clerk_ids[start : start + _DEACTIVATE_AT_ONCE]]


class Kept:
    """A sweep that happens. What a page does and how far the walk has come are committed together."""

    def __init__(self, run: Sweep, lock: SweepLock) -> None:
        self.run = run
        self._lock = lock
        self._announced_at = float("-inf")

    @property
    def checkpoint(self) -> Position:
        return Position(self.run.cursor, self.run.offset, self.run.by_offset)

    def begin(self) -> None:
        run = self.run
        run.resumed_from = run.seen if run.offset else None
        run.status, run.ended_at = Sweep.Status.RUNNING, None
        run.give_reason(None)
        run.started_at = run.started_at or timezone.now()
        self._write(tell=True)

    def take(self, step: Step) -> int:
        run = self.run
        self._lock.confirm()
        with transaction.atomic():
            new = self._enter(step.page, step.start.offset)
            run.cursor, run.offset, run.by_offset = step.then.cursor, step.then.offset, step.then.by_offset
            run.pages += 1
            self._write()
        return new

    def take_found(self, page: Page) -> None:
        with transaction.atomic():
            self._enter(page, self.run.offset)
            self._write()

    def unseen(self) -> Iterator[list[str]]:
        quarantined = Quarantined.objects.filter(sweep=self.run).values("clerk_id")
        people = mirrored(self.run).exclude(seen_in_sweep=self.run.id).exclude(clerk_id__in=quarantined)
        last = ""
        while batch := next_ids(people, last):
            yield batch
            last = batch[-1]

    def active_people(self) -> int:
        return mirrored(self.run).count()

    def deactivate(self, gone: Sequence[str]) -> None:
        for changes in batches(gone):
            self._lock.confirm()
            with transaction.atomic():
                outcomes = self._apply(changes)
                self._drift.enter(outcomes)
                self.run.deactivated += sum(outcome.result is Result.DEACTIVATED for outcome in outcomes)
                self._write()

    def is_forced(self) -> bool:
        self.run.refresh_from_db(fields=["force"])
        return self.run.force

    def end(self, status: Sweep.Status, reason: Sentence | None = None, *, keep_checkpoint: bool = False) -> None:
        run = self.run
        run.status, run.ended_at = status, timezone.now()
        run.give_reason(reason)
        if not keep_checkpoint:
            run.cursor, run.offset, run.by_offset = START.cursor, START.offset, START.by_offset
        self._write(tell=True)
        if run.created >= MANY:
            analyze_people()

    def _write(self, *, tell: bool = False) -> None:
        """Save the row; open pages hear of it at most twice a second, and of beginning and end always."""
        self.run.beat_at = timezone.now()
        with transaction.atomic():
            self.run.save(update_fields=_WRITTEN)
            if tell or time.monotonic() - self._announced_at > _ANNOUNCE_EVERY_S:
                announce(self.run.organization_id, ["directory"])
                self._announced_at = time.monotonic()

    def _enter(self, page: Page, first_row: int) -> int:
        """Apply a page's people and set its odd rows aside; how many people were not seen before."""
        try:
            with transaction.atomic():
                outcomes, odd = self._apply(page.people, sweep=True), list(page.odd)
        except UNAVAILABLE:
            raise
        except Exception:
            logger.exception("a page could not be stored, taking its people one by one")
            outcomes, odd = self._enter_one_by_one(page)
        self._drift.enter(outcomes)
        self._forgive([stated.clerk_id for stated in page.people])
        return enter(self.run, outcomes) + self._set_aside(odd, first_row)

    def _enter_one_by_one(self, page: Page) -> tuple[list[Outcome], list[Odd]]:
        outcomes, odd = [], list(page.odd)
        for stated in page.people:
            try:
                with transaction.atomic():
                    outcomes += self._apply([stated], sweep=True)
            except UNAVAILABLE:
                raise
            except Exception as error:
                odd.append(Odd(stated.clerk_id, 0, f"{type(error).__name__}: could not be stored"))
        return outcomes, odd

    def _apply(self, changes: Sequence[Change], *, sweep: bool = False) -> list[Outcome]:
        run = self.run
        return apply(
            changes,
            organization_id=run.organization_id,
            now=timezone.now(),
            sweep=run.id if sweep else None,
            explain=self._drift.has_room,
        )

    @cached_property
    def _drift(self) -> DriftList:
        return DriftList(self.run)

    def _set_aside(self, odd: Sequence[Odd], first_row: int) -> int:
        """Quarantine the rows that were not met in this sweep; how many of them are people with an id."""
        labels = {label(one, first_row): one for one in odd}
        if not labels:
            return 0
        known = self._met(list(labels))
        fresh = {name: one for name, one in labels.items() if name not in known}
        Quarantined.objects.bulk_create(
            Quarantined(sweep=self.run, clerk_id=name, reason=one.reason[:500]) for name, one in fresh.items()
        )
        self.run.quarantined += len(fresh)
        self.run.seen += len(fresh)
        return sum(1 for one in fresh.values() if one.id)

    def _met(self, labels: list[str]) -> set[str | None]:
        """Those that this sweep has met before, odd or not."""
        odd = Quarantined.objects.filter(sweep=self.run, clerk_id__in=labels)
        fine = User.objects.filter(clerk_id__in=labels, seen_in_sweep=self.run.id)
        return {*odd.values_list("clerk_id", flat=True), *fine.values_list("clerk_id", flat=True)}

    def _forgive(self, clerk_ids: Sequence[str]) -> None:
        """Whoever was odd earlier in this sweep and makes sense now is counted as seen only once."""
        if self.run.quarantined:
            forgiven, _ = Quarantined.objects.filter(sweep=self.run, clerk_id__in=clerk_ids).delete()
            self.run.quarantined -= forgiven
            self.run.seen -= forgiven
