"""Cutting JSON below a depth, before anything parses it."""

import contextlib
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadkeeper.clerk.cut_depth import cut_below

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=20,
)


class TestCutBelow:
    @given(values)
    def test_leaves_what_is_shallow_as_it_is(self, value):
        text = json.dumps(value, ensure_ascii=False)
        assert cut_below(32, text) == text

    @given(values, st.integers(1, 4))
    def test_cuts_what_taking_it_apart_would_cut(self, value, deepest):
        assert json.loads(cut_below(deepest, json.dumps(value))) == shallow(value, deepest)

    @pytest.mark.parametrize("text", ["[" * 50, '{"a":' * 50, '[[["never ends', '["\\', "[" * 40 + "]" * 5])
    def test_what_does_not_end_is_no_json(self, text):
        with pytest.raises(ValueError, match="end"):
            cut_below(3, text)

    @pytest.mark.parametrize(
        "unit",
        ["[", "]", "[]", "[0,", '[{"a":', '"', '"a",', r"\"", "\\", 'a"', "x", "[[],", '{"]":[', '"\\\\"'],
    )
    def test_takes_time_in_proportion_to_the_length(self, unit):
        def seconds(length):
            text = (unit * length)[:length]
            began = time.perf_counter()
            with contextlib.suppress(ValueError):
                cut_below(32, text)
            return time.perf_counter() - began

        seconds(1000)
        assert seconds(1_000_000) < 100 * max(seconds(100_000), 0.0005)


def shallow(value, deepest):
    if isinstance(value, list):
        return [shallow(item, deepest - 1) for item in value] if deepest else None
    if isinstance(value, dict):
        return {key: shallow(item, deepest - 1) for key, item in value.items()} if deepest else None
    return value
