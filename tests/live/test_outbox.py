"""What waits for a slow browser is merged, and bounded."""

from hypothesis import given
from hypothesis import strategies as st

from leadkeeper.live.outbox import EVERYTHING, MOST_TOPICS, Outbox, as_events


class TestPut:
    def test_the_same_topic_waits_once_with_its_latest_id(self):
        outbox = Outbox()
        for topic, position in [("team", 1), ("leads", 2), ("team", 3)]:
            outbox.put(topic, position)
        assert list(outbox.take().items()) == [("leads", 2), ("team", 3)]
        assert outbox.take() == {}

    def test_too_many_become_everything(self):
        outbox = Outbox()
        for number in range(MOST_TOPICS + 1):
            outbox.put(f"lead:{number}", number)
        outbox.put("team", 5000)
        assert outbox.take() == {EVERYTHING: 5000}
        outbox.put("team", 5001)
        assert outbox.take() == {"team": 5001}

    @given(st.lists(st.tuples(st.integers(0, 150), st.booleans()), max_size=400))
    def test_nothing_is_lost_and_ids_only_rise(self, steps):
        outbox, told, put = Outbox(), {}, {}
        for position, (number, read) in enumerate(steps):
            outbox.put(f"lead:{number}", position)
            put[f"lead:{number}"] = position
            if read:
                told |= (taken := outbox.take())
                assert list(taken.values()) == sorted(taken.values())
                assert len(taken) <= MOST_TOPICS
        told |= outbox.take()
        everything = told.get(EVERYTHING, -1)
        assert all(max(told.get(topic, -1), everything) >= position for topic, position in put.items())


class TestPutFirst:
    def test_what_was_missed_goes_before_what_came_meanwhile(self):
        outbox = Outbox()
        outbox.put("team", 9)
        outbox.put_first([("leads", 4), ("team", 5)])
        assert list(outbox.take().items()) == [("leads", 4), ("team", 9)]


def test_events_have_their_form():
    assert as_events({"team": 7}) == b'event: notice\nid: 7\ndata: {"topic": "team"}\n\n'
    assert as_events({"a\nb": 7}) == b'event: notice\nid: 7\ndata: {"topic": "a\\nb"}\n\n'
    assert as_events({}) == b""
