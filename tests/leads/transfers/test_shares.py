"""How leads are shared out: a rule without database or clock."""

import uuid
from collections import Counter
from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from leadkeeper.leads.transfers.shares import Load, by_load, evenly

ANA, BIA, CAIO = (uuid.UUID(int=number) for number in (1, 2, 3))


def given_to(turns, number):
    return Counter(islice(turns, number))


class TestEvenly:
    @given(st.integers(1, 20), st.integers(0, 500))
    def test_nobody_gets_more_than_one_lead_more_than_another(self, people, leads):
        ids = [uuid.UUID(int=number) for number in range(people)]
        gets = given_to(evenly(ids), leads)
        shares = [gets[id_] for id_ in ids]
        assert sum(shares) == leads
        assert max(shares) - min(shares) <= 1


class TestByLoad:
    def test_whoever_has_less_to_do_catches_up_first(self):
        turns = by_load({ANA: Load(10, None), BIA: Load(0, None)})
        assert list(islice(turns, 10)) == [BIA] * 10
        assert set(islice(turns, 2)) == {ANA, BIA}

    def test_capacity_is_what_load_is_measured_against(self):
        assert given_to(by_load({ANA: Load(0, 30), BIA: Load(0, 10)}), 40) == {ANA: 30, BIA: 10}

    def test_no_capacity_set_counts_as_the_usual_one(self):
        assert given_to(by_load({ANA: Load(0, 30), BIA: Load(0, 10), CAIO: Load(0, None)}), 60)[CAIO] == 20

    def test_a_capacity_of_nothing_receives_nothing_unless_nobody_has_more(self):
        assert given_to(by_load({ANA: Load(0, 0), BIA: Load(9, 10)}), 50) == {BIA: 50}
        assert given_to(by_load({ANA: Load(0, 0), BIA: Load(0, 0)}), 4) == {ANA: 2, BIA: 2}

    @given(
        st.lists(st.tuples(st.integers(0, 200), st.one_of(st.none(), st.integers(0, 100))), min_size=1, max_size=12),
        st.integers(0, 300),
    )
    def test_every_lead_is_given_and_always_in_the_same_way(self, people, leads):
        loads = {uuid.UUID(int=number): Load(*load) for number, load in enumerate(people)}
        first = list(islice(by_load(loads), leads))
        assert len(first) == leads
        assert first == list(islice(by_load(loads), leads))
