"""What a sweep found different, person by person: a bounded list beside the full numbers in the sweep's row."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Final

from leadkeeper.directory.models import Drift, Sweep
from leadkeeper.directory.people.apply import Correction, Outcome
from leadkeeper.directory.people.change import Result, differences

LISTED_AT_MOST: Final = 1000


class DriftList:
    """The list of one sweep, also of one that goes on. Whom the very first one creates is not on it."""

    def __init__(self, run: Sweep) -> None:
        self._run = run
        self._room = LISTED_AT_MOST - Drift.objects.filter(sweep=run).count()
        earlier = Sweep.objects.filter(organization_id=run.organization_id, status=Sweep.Status.COMPLETE)
        self._is_first = not earlier.exclude(id=run.id).exists()

    @property
    def has_room(self) -> bool:
        return self._room > 0

    def enter(self, outcomes: Iterable[Outcome]) -> None:
        """List what these outcomes explain, in the caller's transaction."""
        rows = [
            self._row(outcome.result, outcome.correction)
            for outcome in outcomes
            if outcome.correction and not (self._is_first and outcome.result is Result.CREATED)
        ][: self._room]
        if rows:
            Drift.objects.bulk_create(rows)
            self._room -= len(rows)

    def _row(self, result: Result, correction: Correction) -> Drift:
        record = correction.after.record
        return Drift(
            sweep=self._run,
            clerk_id=correction.clerk_id,
            name=record.name if record else "",
            result=result.value,
            differences=[asdict(one) for one in differences(correction.before, correction.after)],
        )
