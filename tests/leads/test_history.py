"""Who was responsible from when to when, and for how long."""

import uuid
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from leadkeeper.leads.history import tenures, time_responsible
from leadkeeper.leads.models import OwnershipChange

BEGAN = datetime(2026, 5, 1, 9, tzinfo=UTC)
ANA, BRUNO = uuid.UUID(int=1), uuid.UUID(int=2)
DAY = timedelta(days=1)


def change(days: float, to: uuid.UUID | None) -> OwnershipChange:
    return OwnershipChange(to_user_id=to, at=BEGAN + days * DAY)


def test_a_lead_without_history_was_always_nobodys() -> None:
    assert [(one.person_id, one.until) for one in tenures(BEGAN, [])] == [(None, None)]
    assert time_responsible(tenures(BEGAN, []), BEGAN + DAY) == {None: DAY}


def test_who_was_there_from_the_start_leaves_no_time_to_nobody() -> None:
    assert [one.person_id for one in tenures(BEGAN, [change(0, ANA)])] == [ANA]


def test_somebody_who_comes_back_is_counted_for_both_times() -> None:
    spans = tenures(BEGAN, [change(0, BRUNO), change(2, ANA), change(5, BRUNO)])
    assert time_responsible(spans, BEGAN + 15 * DAY) == {BRUNO: 12 * DAY, ANA: 3 * DAY}


people = st.sampled_from([None, ANA, BRUNO])


@given(st.lists(st.tuples(st.integers(0, 1000), people)), st.integers(1000, 2000))
def test_at_every_moment_exactly_one_is_responsible_or_nobody(
    moves: list[tuple[int, uuid.UUID | None]], now: int
) -> None:
    changes = [change(days, to) for days, to in sorted(moves, key=lambda move: move[0])]
    end = BEGAN + now * DAY
    spans = tenures(BEGAN, changes)
    assert spans[0].since == BEGAN
    assert [span.until for span in spans[:-1]] == [span.since for span in spans[1:]]
    assert spans[-1].until is None
    assert spans[-1].person_id == (changes[-1].to_user_id if changes else None)
    assert sum(time_responsible(spans, end).values(), timedelta()) == end - BEGAN
