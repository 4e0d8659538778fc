"""The bridge between the event loop and Django's threads."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from leadkeeper.project.page_threads import PageThreads

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


async def answered(pages: PageThreads, body: bytes = b"", **more: Any) -> list[Any]:
    events: list[Any] = []

    async def send(event: Any) -> None:
        events.append(event)

    await pages({**SCOPE, **more}, body, send)
    return events


def test_all_parts_arrive_in_their_order() -> None:
    start, *parts = asyncio.run(answered(PageThreads(page_of_many_parts, threads=1)))
    assert (start["status"], start["headers"]) == (200, [(b"content-type", b"text/plain")])
    assert [part["body"] for part in parts] == [*LINES, b""]
    assert not parts[-1].get("more_body")


def length_of_body(environ: Any, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(len(environ["wsgi.input"].read())).encode()]


def test_a_body_arrives_whole() -> None:
    assert asyncio.run(answered(PageThreads(length_of_body, threads=1), b"x" * 300_000))[1]["body"] == b"300000"


def query(environ: Any, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["QUERY_STRING"].encode()]


@pytest.mark.parametrize(
    ("sent", "seen"),
    [(b"q=a%20b&x=~+%", b"q=a%20b&x=~+%"), ("q=joão&x=%20+".encode(), b"q=jo%C3%A3o&x=%20+")],
)
def test_a_query_may_be_written_in_plain_utf8(sent: bytes, seen: bytes) -> None:
    assert asyncio.run(answered(PageThreads(query, threads=1), query_string=sent))[1]["body"] == seen


def test_a_browser_that_does_not_read_on_keeps_no_thread() -> None:
    async def one_stalls() -> list[Any]:
        pages = PageThreads(page_of_many_parts, threads=1)
        stalled = asyncio.Event()

        async def send_nothing(_event: Any) -> None:
            stalled.set()
            await asyncio.Event().wait()

        waiting = asyncio.create_task(pages(dict(SCOPE), b"", send_nothing))
        await stalled.wait()
        try:
            return await asyncio.wait_for(answered(pages), timeout=10)
        finally:
            waiting.cancel()

    assert len(asyncio.run(one_stalls())) == len(LINES) + 2
