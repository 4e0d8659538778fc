"""Ids that become visible in any order: nothing is lost, whenever one stops and goes on."""

from hypothesis import given
from hypothesis import strategies as st

from leadkeeper.live.positions import Positions


@st.composite
def looks(draw):
    """Ids in the batches in which they become visible; some never do."""
    ids = draw(st.lists(st.integers(1, 40), unique=True, min_size=1))
    lengths = st.lists(st.integers(0, 5), min_size=len(ids), max_size=len(ids))
    batches, left = [], list(ids)
    for length in draw(lengths):
        batches.append(sorted(left[:length]))
        left = left[length:]
    return [*batches, sorted(left)]


class TestHear:
    @given(looks())
    def test_whoever_goes_on_from_the_position_they_were_given_loses_nothing(self, batches):
        positions = Positions(0)
        everything = {id_ for batch in batches for id_ in batch}
        heard = set()
        for batch in batches:
            for id_, position in zip(batch, positions.hear(batch), strict=True):
                heard.add(id_)
                replayed = {other for other in everything if other > position}
                assert heard | replayed == everything

    @given(looks())
    def test_positions_never_go_back(self, batches):
        positions = Positions(0)
        given_ = [position for batch in batches for position in positions.hear(batch)]
        assert given_ == sorted(given_)

    @given(looks())
    def test_what_is_still_missing_is_known(self, batches):
        positions = Positions(0)
        for batch in batches:
            positions.hear(batch)
        heard = {id_ for batch in batches for id_ in batch}
        assert positions.missing == set(range(1, positions.last)) - heard

    def test_in_order_a_skipped_id_is_none(self):
        positions = Positions(0, in_order=True)
        assert positions.hear([3, 7]) == [6, 7]
        assert positions.missing == set()

    def test_a_moved_sequence_fills_no_memory(self):
        positions = Positions(0)
        positions.hear([10**15])
        assert len(positions.missing) == 1000


class TestGiveUp:
    def test_the_position_goes_on(self):
        positions = Positions(0)
        positions.hear([1, 4])
        assert positions.position == 1
        positions.give_up([2, 3])
        assert positions.position == 4

    def test_with_missing_from_before(self):
        positions = Positions(10, {7})
        assert positions.position == 6
        assert positions.hear([7, 11]) == [10, 11]
