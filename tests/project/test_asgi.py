"""The bridge between the event loop and Django's threads."""

import asyncio
from collections.abc import Iterable
from typing import Any

from leadkeeper.project.asgi import Pages

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


async def received_of(pages: Pages) -> list[Any]:
    events: list[Any] = []

    async def send(event: Any) -> None:
        events.append(event)

    await pages(SCOPE, nothing_more, send)
    return events


async def nothing_more() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


def test_all_parts_arrive_in_their_order() -> None:
    start, *parts = asyncio.run(received_of(Pages(page_of_many_parts, workers=1)))
    assert (start["status"], start["headers"]) == (200, [(b"content-type", b"text/plain")])
    assert [part["body"] for part in parts] == [*LINES, b""]
    assert not parts[-1].get("more_body")


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
