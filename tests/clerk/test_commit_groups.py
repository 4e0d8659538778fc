"""Deliveries that wait at one moment are one group, and nobody waits for senders who do not come back."""

import asyncio
import time

import pytest

from leadkeeper.clerk import commit_groups
from leadkeeper.clerk.commit_groups import CommitGroups, NotKept
from leadkeeper.directory.deliveries.receive import Message


@pytest.fixture
def committed(monkeypatch):
    """The groups as they were committed, each in the time that a disk takes; a message called `bad` is not stored."""
    groups: list[list[str]] = []

    def commit(messages: list[Message]) -> bool:
        time.sleep(0.002)
        groups.append([message.message_id for message in messages])
        return all(message.message_id != "bad" for message in messages)

    monkeypatch.setattr(commit_groups, "_commit", commit)
    # Time enough on a machine that is busy with other tests.
    monkeypatch.setattr(commit_groups, "GATHER_S", 0.5)
    return groups


def run(scenario):
    async def alive():
        groups = CommitGroups()
        groups.start()
        try:
            return await scenario(groups)
        finally:
            groups.stop()

    return asyncio.run(alive())


def send(groups, name):
    return groups.commit(Message(name, type="user.updated"))


class TestCommitGroups:
    def test_one_sender_is_never_kept_waiting(self, committed):
        async def one_after_the_other(groups):
            began = time.monotonic()
            for number in range(5):
                await send(groups, str(number))
            return time.monotonic() - began

        assert run(one_after_the_other) < 0.4
        assert [len(group) for group in committed] == [1] * 5

    def test_senders_who_come_back_are_soon_in_one_group(self, committed):
        async def sender(groups, number):
            for round_ in range(6):
                await send(groups, f"{number}-{round_}")

        async def eight_at_once(groups):
            await asyncio.gather(*(sender(groups, number) for number in range(8)))

        run(eight_at_once)
        assert sum(len(group) for group in committed) == 8 * 6
        assert [len(group) for group in committed[2:6]] == [8] * 4

    def test_for_those_who_do_not_come_back_a_moment_is_waited_and_no_longer(self, committed):
        async def eight_and_then_one(groups):
            await asyncio.gather(*(send(groups, str(number)) for number in range(8)))
            began = time.monotonic()
            await send(groups, "late")
            return time.monotonic() - began

        assert run(eight_and_then_one) < 0.5 + 0.4

    def test_of_a_group_that_was_not_kept_everybody_hears(self, committed):
        async def two(groups):
            return await asyncio.gather(send(groups, "first"), send(groups, "bad"), return_exceptions=True)

        first, bad = run(two)
        assert first is None
        assert isinstance(bad, NotKept)
