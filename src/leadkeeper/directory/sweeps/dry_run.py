"""The dry run of a sweep: finds out what it would do, and leaves no trace. Who was seen is kept in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from django.utils import timezone

from leadkeeper.directory.models import Sweep
from leadkeeper.directory.people.apply import Outcome, preview
from leadkeeper.directory.people.change import Result, Stated
from leadkeeper.directory.provider import Page
from leadkeeper.directory.sentence import Sentence
from leadkeeper.directory.sweeps.ledger import batches, enter, label, mirrored, next_ids
from leadkeeper.directory.sweeps.walk import START, Position, Step


class Rehearsed:
    """A ledger that is never written; its `run` is never saved."""

    def __init__(self, run: Sweep) -> None:
        self.run = run
        self._met: set[str] = set()

    @property
    def checkpoint(self) -> Position:
        return START

    def begin(self) -> None:
        self.run.started_at = timezone.now()

    def take(self, step: Step) -> int:
        self.run.pages += 1
        return self._enter(step.page, step.start.offset)

    def take_found(self, page: Page) -> None:
        self._enter(page, 0)

    def unseen(self) -> Iterator[list[str]]:
        last = ""
        while batch := next_ids(mirrored(self.run), last):
            last = batch[-1]
            if missing := [clerk_id for clerk_id in batch if clerk_id not in self._met]:
                yield missing

    def active_people(self) -> int:
        return mirrored(self.run).count() + self.run.created

    def deactivate(self, gone: Sequence[str]) -> None:
        for changes in batches(gone):
            outcomes = preview(changes, organization_id=self.run.organization_id)
            self.run.deactivated += sum(outcome.result is Result.DEACTIVATED for outcome in outcomes)

    def is_forced(self) -> bool:
        return self.run.force

    def end(self, status: Sweep.Status, reason: Sentence | None = None, *, keep_checkpoint: bool = False) -> None:
        self.run.status, self.run.ended_at = status, timezone.now()
        self.run.give_reason(reason)

    def _enter(self, page: Page, first_row: int) -> int:
        outcomes = preview(page.people, organization_id=self.run.organization_id) if page.people else []
        new = enter(self.run, [self._first_time(*one) for one in zip(page.people, outcomes, strict=True)])
        for odd in page.odd:
            if (name := label(odd, first_row)) not in self._met:
                self._met.add(name)
                self.run.quarantined += 1
                self.run.seen += 1
                new += bool(odd.id)
        return new

    def _first_time(self, stated: Stated, outcome: Outcome) -> Outcome:
        """What was done at the first time is not done again, though the mirror does not show it."""
        if stated.clerk_id in self._met:
            return replace(outcome, result=Result.UNCHANGED, first_seen=False)
        self._met.add(stated.clerk_id)
        return outcome
