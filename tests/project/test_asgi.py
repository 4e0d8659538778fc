"""The bridge between the event loop and Django's threads."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import pytest

from leadkeeper.project import asgi
from leadkeeper.project.asgi import Pages

Receive = Callable[[], Awaitable[dict[str, Any]]]

SCOPE = {
    "type": "http",
    "http_version": "1.1",
    "method": "GET",
    "path": "/",
    "root_path": "",
    "query_string": b"",
    "headers": [],
    "server": ("127.0.0.1", 8000),
    "client": ("127.0.0.1", 50000),
}
LINES = [b"line %d\n" % number for number in range(200)]


def page_of_many_parts(_environ: Any, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return iter(LINES)


async def received_of(pages: Pages, receive: Receive | None = None) -> list[Any]:
    events: list[Any] = []

    async def send(event: Any) -> None:
        events.append(event)

    await pages(SCOPE, receive or nothing_more, send)
    return events


async def nothing_more() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


def test_all_parts_arrive_in_their_order() -> None:
    start, *parts = asyncio.run(received_of(Pages(page_of_many_parts, workers=1)))
    assert (start["status"], start["headers"]) == (200, [(b"content-type", b"text/plain")])
    assert [part["body"] for part in parts] == [*LINES, b""]
    assert not parts[-1].get("more_body")


def length_of_body(environ: Any, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(len(environ["wsgi.input"].read())).encode()]


def sends(*parts: bytes, then_silence: bool = False) -> Receive:
    """A sender of a body in these parts, who may go silent before its end."""
    left = list(parts)

    async def receive() -> dict[str, Any]:
        if not left:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left) or then_silence}

    return receive


def test_a_body_arrives_whole() -> None:
    pages = Pages(length_of_body, workers=1)
    assert asyncio.run(received_of(pages, sends(b"ab", b"", b"cde")))[1]["body"] == b"5"


def test_a_sender_who_is_silent_in_the_middle_keeps_no_thread() -> None:
    async def one_is_silent() -> list[Any]:
        pages = Pages(length_of_body, workers=1)
        waiting = asyncio.create_task(received_of(pages, sends(b"ab", then_silence=True)))
        await asyncio.sleep(0)
        try:
            return await asyncio.wait_for(received_of(pages, sends(b"abc")), timeout=10)
        finally:
            waiting.cancel()

    assert asyncio.run(one_is_silent())[1]["body"] == b"3"


def test_a_body_that_is_too_long_is_waited_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "PATIENCE_S", 0.05)
    parts = [b"x" * 2**20] * 3
    silent = asyncio.run(received_of(Pages(length_of_body, workers=1), sends(*parts, then_silence=True)))
    assert silent[1]["body"] == str(3 * 2**20).encode()


def test_for_a_sender_who_has_gone_nothing_is_done() -> None:
    async def gone() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    assert asyncio.run(received_of(Pages(length_of_body, workers=1), gone)) == []


def test_a_browser_that_does_not_read_on_keeps_no_thread() -> None:
    async def one_stalls() -> list[Any]:
        pages = Pages(page_of_many_parts, workers=1)
        stalled = asyncio.Event()

        async def send_nothing(_event: Any) -> None:
            stalled.set()
            await asyncio.Event().wait()

        waiting = asyncio.create_task(pages(SCOPE, nothing_more, send_nothing))
        await stalled.wait()
        try:
            return await asyncio.wait_for(received_of(pages), timeout=10)
        finally:
            waiting.cancel()

    assert len(asyncio.run(one_stalls())) == len(LINES) + 2
