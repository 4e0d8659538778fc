"""What a person looks like is a function of the set of statements, never of their order."""

from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadkeeper.directory.people.change import (
    UNKNOWN,
    Absent,
    Change,
    Deleted,
    Origin,
    Record,
    Result,
    State,
    Stated,
    Version,
    decide,
)
from leadkeeper.team.roles import Role
from tests.directory.strategies import deliveries, stated


def after(changes: list[Change], state: State = UNKNOWN) -> State:
    return reduce(lambda known, change: decide(known, change).state, changes, state)


def of_one(changes: list[Change]) -> list[Change]:
    return [change for change in changes if change.clerk_id == "user_a"]


def says(
    name: str, updated_at: int, event_at: int = 0, origin: Origin = Origin.WEBHOOK, *, suspended: bool = False
) -> Stated:
    return Stated("user_a", Record(name=name, suspended=suspended), updated_at, event_at, origin)


class TestOrder:
    @given(st.lists(deliveries, max_size=8), st.randoms(use_true_random=False))
    def test_any_order_and_repetition_ends_the_same(self, changes, random):
        once = of_one(changes)
        mixed = once + random.sample(once, k=len(once) // 2)
        random.shuffle(mixed)
        assert after(mixed) == after(once)

    @given(st.lists(deliveries, max_size=8), st.lists(stated(Origin.SWEEP), max_size=3), st.randoms())
    def test_sweep_pages_in_between_change_nothing_that_order_decides(self, changes, pages, random):
        everything = of_one([*changes, *pages])
        mixed = list(everything)
        random.shuffle(mixed)
        assert after(mixed) == after(everything)

    @given(st.lists(deliveries, max_size=8))
    def test_a_deletion_is_final(self, changes):
        gone = after([Deleted("user_a"), *of_one(changes)])
        assert gone.deleted
        assert not gone.active

    @given(st.lists(deliveries, min_size=1, max_size=8))
    def test_the_greatest_version_wins(self, changes):
        versions = [change.version for change in of_one(changes) if isinstance(change, Stated)]
        assert after(of_one(changes)).version == max(versions, default=Version())


class TestResults:
    def test_a_first_statement_creates(self):
        assert decide(UNKNOWN, says("Ana", 1)).result is Result.CREATED

    def test_a_sign_in_that_changes_nothing_we_keep_is_unchanged_but_moves_the_version(self):
        decision = decide(after([says("Ana", 1)]), says("Ana", 2))
        assert decision.result is Result.UNCHANGED
        assert decision.state.version.updated_at == 2

    def test_an_older_statement_is_stale(self):
        known = after([says("Ana Souza", 2)])
        decision = decide(known, says("Ana", 1))
        assert (decision.result, decision.state) == (Result.STALE, known)

    def test_a_sweep_that_lists_what_a_webhook_said_is_unchanged(self):
        known = after([says("Ana", 2, event_at=5)])
        decision = decide(known, says("Ana", 2, origin=Origin.SWEEP))
        assert (decision.result, decision.state) == (Result.UNCHANGED, known)

    def test_a_ban_deactivates_and_lifting_it_activates(self):
        banned = decide(after([says("Ana", 1)]), says("Ana", 2, suspended=True))
        assert banned.result is Result.DEACTIVATED
        lifted = decide(banned.state, says("Ana", 3))
        assert lifted.result is Result.UPDATED
        assert lifted.state.active

    def test_what_comes_after_a_deletion_is_stale_but_completes_the_record(self):
        decision = decide(after([Deleted("user_a")]), says("Ana", 9))
        assert decision.result is Result.STALE
        assert decision.state == after([says("Ana", 9), Deleted("user_a")])


class TestTies:
    def test_records_of_one_moment_ask_for_the_truth_whoever_came_first(self):
        one, other = says("Ana", 1, event_at=1), says("Ana Souza", 1, event_at=2)
        for first, second in ((one, other), (other, one)):
            decision = decide(after([first]), second)
            assert decision.verify
            assert decision.state.record == other.record

    def test_the_fetched_truth_settles_it_against_both(self):
        one, other = says("Ana", 1, event_at=1), says("Ana Souza", 1, event_at=2)
        settled = after([one, other, says("Ana", 1, origin=Origin.FETCH)])
        assert settled.record == Record(name="Ana")
        assert after([one, other, one], settled) == settled

    def test_a_fetch_never_asks_again(self):
        assert not decide(after([says("Ana", 1)]), says("Ana Souza", 1, origin=Origin.FETCH)).verify


class TestAbsence:
    @pytest.fixture
    def absent(self) -> State:
        return after([says("Ana", 5), Absent("user_a")])

    def test_turns_off(self, absent):
        assert not absent.active

    def test_is_lifted_when_a_sweep_lists_them_even_with_an_old_record(self, absent):
        assert after([says("Ana", 5, origin=Origin.SWEEP)], absent).active
        assert after([says("Ana", 4, origin=Origin.SWEEP)], absent).active

    def test_is_lifted_by_news_which_are_verified(self, absent):
        decision = decide(absent, says("Ana Souza", 6))
        assert decision.state.active
        assert decision.verify

    def test_is_not_lifted_by_an_old_delivery(self, absent):
        assert not after([says("Ana", 4)], absent).active
        assert not after([says("Ana", 5)], absent).active

    def test_never_undoes_a_deletion(self, absent):
        assert not after([Deleted("user_a"), says("Ana", 9, origin=Origin.SWEEP)], absent).active


class TestVersion:
    @given(st.integers(0, 10**14), st.integers(0, 10**14))
    def test_reads_back_what_it_wrote(self, updated_at, event_at):
        version = Version(updated_at, event_at, Record(role=Role.SDR).fingerprint())
        assert Version.parse(str(version)) == version

    def test_nothing_known_is_the_lowest(self):
        assert Version.parse("") < Version(0, 0, "0")
