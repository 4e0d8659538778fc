"""Bodies are taken whole or not at all, within their time, and hold no more memory than they may."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest

from leadkeeper.project.bodies import MOST_READ_AWAY, Bodies, BodyRefused, Limit

LIMIT = Limit(size=1000, seconds=5)
HURRIED = Limit(size=1000, seconds=0.05)


class Sender:
    """Sends these parts, then is silent, goes away or has sent all."""

    def __init__(self, *parts: bytes, then: str = "ends") -> None:
        self.parts, self.then = list(parts), then
        self.sent = 0
        self.goes_on = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        if self.parts:
            part = self.parts.pop(0)
            self.sent += len(part)
            return {"type": "http.request", "body": part, "more_body": bool(self.parts) or self.then != "ends"}
        if self.then == "goes":
            return {"type": "http.disconnect"}
        await self.goes_on.wait()
        return {"type": "http.request", "body": b"", "more_body": False}


def scope(length: int | None = None) -> dict[str, Any]:
    """Without a length: in chunks."""
    header = (b"transfer-encoding", b"chunked") if length is None else (b"content-length", b"%d" % length)
    return {"type": "http", "headers": [(b"host", b"a"), header]}


def new_bodies(most_held: int = 100_000, most_large: int = 10, most_answered: int = 10) -> Bodies:
    return Bodies(most_held=most_held, most_large=most_large, most_answered=most_answered)


async def taken(
    bodies: Bodies, sender: Sender, length: int | None = None, *, limit: Limit = LIMIT
) -> bytes | tuple[int, int]:
    """The body, or the status of the refusal and the bytes that came."""
    try:
        async with bodies.whole(scope(length), sender.receive, limit) as body:
            return body
    except BodyRefused as refused:
        return refused.status.value, refused.received


def play(story: Callable[[], Awaitable[None]]) -> None:
    async def in_time() -> None:
        async with asyncio.timeout(10):
            await story()

    asyncio.run(in_time())


class TestTaken:
    @pytest.mark.parametrize("length", [5, None])
    def test_whole(self, length: int | None) -> None:
        async def story() -> None:
            assert await taken(new_bodies(), Sender(b"ab", b"", b"cde"), length) == b"abcde"

        play(story)

    def test_as_large_as_it_may_be(self) -> None:
        async def story() -> None:
            assert await taken(new_bodies(), Sender(b"x" * 999, b"x"), 1000) == b"x" * 1000

        play(story)

    @pytest.mark.parametrize("headers", [[], [(b"content-length", b"0")]])
    def test_what_has_none_is_not_waited_for(self, headers: list[tuple[bytes, bytes]]) -> None:
        async def never() -> dict[str, Any]:
            raise AssertionError("it was waited for")

        async def story() -> None:
            async with new_bodies().whole({"headers": headers}, never, LIMIT) as body:
                assert body == b""

        play(story)


class TestRefused:
    def test_broken_off_or_malformed(self) -> None:
        async def story() -> None:
            assert await taken(new_bodies(), Sender(b"abc", then="goes"), 5) == (400, 3)

        play(story)

    def test_silent(self) -> None:
        async def story() -> None:
            assert await taken(new_bodies(), Sender(b"abc", then="is silent"), 5, limit=HURRIED) == (408, 3)

        play(story)

    def test_a_byte_now_and_then_gains_no_time(self) -> None:
        async def story() -> None:
            sender = Sender(*[b"x"] * 1000)

            async def slowly() -> dict[str, Any]:
                await asyncio.sleep(0.01)
                return await sender.receive()

            with pytest.raises(BodyRefused) as refused:
                async with new_bodies().whole(scope(1000), slowly, HURRIED):
                    pass
            assert refused.value.status == 408
            assert refused.value.received < 10

        play(story)

    @pytest.mark.parametrize("length", [1001, None])
    def test_too_large_is_read_to_its_end(self, length: int | None) -> None:
        async def story() -> None:
            sender = Sender(b"x" * 1000, b"x")
            assert await taken(new_bodies(), sender, length) == (413, 1001)

        play(story)

    @pytest.mark.parametrize("length", [300_000_000, None])
    def test_far_too_large_is_read_to_a_point(self, length: int | None) -> None:
        async def story() -> None:
            sender = Sender(*[b"x" * 2**16] * 1000)
            assert await taken(new_bodies(), sender, length) == (413, sender.sent)
            assert sender.sent <= MOST_READ_AWAY + 2**16

        play(story)

    @pytest.mark.parametrize(("length", "part"), [(1001, b"x"), (None, b"x" * 1001)])
    def test_too_large_and_silent(self, length: int | None, part: bytes) -> None:
        async def story() -> None:
            sender = Sender(part, then="is silent")
            assert await taken(new_bodies(), sender, length, limit=HURRIED) == (413, len(part))

        play(story)


class TestMemory:
    def test_the_oldest_makes_room(self) -> None:
        async def story() -> None:
            bodies = new_bodies(most_held=2500)
            senders = [Sender(b"x" * 900, then="is silent") for _ in range(3)]
            waiting = [asyncio.create_task(taken(bodies, sender, 1000)) for sender in senders]
            assert await waiting[0] == (408, 900)
            assert bodies._held == 1800
            assert await taken(bodies, Sender(b"an honest one"), 13) == b"an honest one"
            for sender in senders:
                sender.goes_on.set()
            assert [len(await one) for one in waiting[1:]] == [900, 900]
            assert bodies._held == 0

        play(story)

    def test_what_made_room_is_never_taken_for_whole(self) -> None:
        """Its last part is there already when it is refused."""

        async def story() -> None:
            bodies = new_bodies(most_held=1000)
            sender = Sender(b"x" * 900, then="is silent")
            waiting = asyncio.create_task(taken(bodies, sender, 900))
            await asyncio.sleep(0)
            sender.goes_on.set()
            assert await taken(bodies, Sender(b"y" * 900), 900) == b"y" * 900
            assert await waiting == (408, 900)
            assert bodies._held == 0

        play(story)

    def test_what_is_too_large_holds_nothing(self) -> None:
        async def story() -> None:
            bodies = new_bodies()
            announced = asyncio.create_task(taken(bodies, Sender(b"x" * 900, then="is silent"), 1001))
            not_announced = asyncio.create_task(taken(bodies, Sender(b"x" * 1001, then="is silent")))
            await asyncio.sleep(0.01)
            assert bodies._held == 0
            for one in (announced, not_announced):
                one.cancel()
                with suppress(asyncio.CancelledError):
                    await one

        play(story)

    def test_one_that_alone_is_more_than_there_is_room_for_is_refused(self) -> None:
        async def story() -> None:
            bodies = new_bodies(most_held=500)
            assert await taken(bodies, Sender(b"x" * 900), 900) == (408, 900)
            assert await taken(bodies, Sender(b"x" * 400), 400) == b"x" * 400

        play(story)


class TestLargeOnes:
    limit = Limit(size=100_000, seconds=5)
    size = 20_000

    def large(self, then: str = "ends") -> Sender:
        return Sender(b"x" * self.size, then=then)

    def test_one_that_waits_for_a_place_hurries_one_that_has_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("leadkeeper.project.bodies._HURRIED_S", 0.1)

        async def story() -> None:
            bodies = new_bodies(most_large=2)
            silent = [
                asyncio.create_task(taken(bodies, self.large("is silent"), self.size, limit=self.limit))
                for _ in range(2)
            ]
            await asyncio.sleep(0.3)
            assert not any(one.done() for one in silent)
            assert len(await taken(bodies, self.large(), self.size, limit=self.limit)) == self.size
            assert await silent[0] == (408, self.size)
            assert not silent[1].done()
            assert len(await taken(bodies, self.large(), self.size, limit=self.limit)) == self.size
            silent[1].cancel()

        play(story)

    def test_those_that_follow_are_hurried_while_others_wait(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("leadkeeper.project.bodies._HURRIED_S", 0.1)

        async def story() -> None:
            bodies = new_bodies(most_large=1)
            silent = [
                asyncio.create_task(taken(bodies, self.large("is silent"), self.size, limit=self.limit))
                for _ in range(4)
            ]
            await asyncio.sleep(0.01)
            assert len(await taken(bodies, self.large(), self.size, limit=self.limit)) == self.size
            assert [await one for one in silent] == [(408, self.size)] * 4

        play(story)

    def test_nothing_is_read_of_those_that_wait(self) -> None:
        async def story() -> None:
            bodies = new_bodies(most_large=1)
            senders = [self.large("is silent") for _ in range(3)]
            waiting = [asyncio.create_task(taken(bodies, sender, self.size, limit=self.limit)) for sender in senders]
            await asyncio.sleep(0.1)
            assert [sender.sent for sender in senders] == [self.size, 0, 0]
            for one in waiting:
                one.cancel()

        play(story)

    def test_small_ones_do_not_wait(self) -> None:
        async def story() -> None:
            bodies = new_bodies(most_large=1)
            silent = asyncio.create_task(taken(bodies, self.large("is silent"), self.size, limit=self.limit))
            await asyncio.sleep(0.01)
            small = [taken(bodies, Sender(b"x" * 900), 900) for _ in range(50)]
            assert await asyncio.gather(*small) == [b"x" * 900] * 50
            silent.cancel()

        play(story)


class TestTurns:
    def test_no_more_are_answered_at_one_time(self) -> None:
        async def story() -> None:
            bodies = new_bodies(most_answered=1)
            async with bodies.whole(scope(3), Sender(b"abc").receive, LIMIT):
                second = asyncio.create_task(taken(bodies, Sender(b"def"), 3))
                assert await taken(bodies, Sender(b"ghi"), 3, limit=HURRIED) == (408, 3)
                assert not second.done()
            assert await second == b"def"
            assert await taken(bodies, Sender(b"jkl"), 3) == b"jkl"

        play(story)

    def test_whatever_goes_wrong_gives_the_turn_back(self) -> None:
        async def story() -> None:
            bodies = new_bodies(most_answered=1)
            for _ in range(3):
                with pytest.raises(ZeroDivisionError):
                    async with bodies.whole(scope(3), Sender(b"abc").receive, LIMIT):
                        raise ZeroDivisionError
            assert await taken(bodies, Sender(b"abc", then="goes"), 5) == (400, 3)
            assert await taken(bodies, Sender(b"def"), 3) == b"def"

        play(story)
