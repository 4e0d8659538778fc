"""What the sender of a body that is not taken is told, by address, before any thread is taken."""

import asyncio
import json
import re
from collections.abc import Iterable
from typing import Any

import pytest

from leadkeeper.project.asgi import DOOR_LIMIT, PAGE_LIMIT, app
from leadkeeper.project.bodies import Limit

DOOR, API, PAGE = "/clerk/users", "/api/leads", "/sign-out"


class Sender:
    def __init__(self, size: int, *, then: str) -> None:
        self._left, self._then = size, then

    async def receive(self) -> dict[str, Any]:
        if self._left:
            part = min(self._left, 2**16)
            self._left -= part
            return {"type": "http.request", "body": b"x" * part, "more_body": bool(self._left) or self._then != "ends"}
        if self._then == "breaks off":
            return {"type": "http.disconnect"}
        await asyncio.Event().wait()
        raise AssertionError


def asked(path: str, size: int, *, then: str = "ends", language: str = "en") -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the answer to a POST of so many bytes."""
    sent: list[Any] = []

    async def send(event: Any) -> None:
        sent.append(event)

    headers = [(b"host", b"localhost"), (b"transfer-encoding", b"chunked"), (b"accept-language", language.encode())]
    scope = {
        "type": "http",
        "http_version": "1.1",
        "scheme": "http",
        "method": "POST",
        "path": path,
        "root_path": "",
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", "50000"),
        "server": ("127.0.0.1", "8000"),
    }
    asyncio.run(app(scope, Sender(size, then=then).receive, send))
    return sent[0]["status"], _text(sent[0]["headers"]), b"".join(event["body"] for event in sent[1:])


def _text(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in headers}


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leadkeeper.project.asgi.DOOR_LIMIT", Limit(DOOR_LIMIT.size, 0.05))
    monkeypatch.setattr("leadkeeper.project.asgi.PAGE_LIMIT", Limit(PAGE_LIMIT.size, 0.05))


CASES = [
    pytest.param(10, "breaks off", 400, id="broken off"),
    pytest.param(10, "is silent", 408, id="silent"),
    pytest.param(PAGE_LIMIT.size + 1, "ends", 413, id="too large"),
    pytest.param(PAGE_LIMIT.size + 1, "is silent", 413, id="too large and silent"),
]


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(("size", "then", "status"), CASES)
class TestRefused:
    def test_the_door_says_nothing(self, size: int, then: str, status: int) -> None:
        for path in (DOOR, f"{DOOR}/"):
            answered, headers, body = asked(path, size, then=then)
            assert (answered, body) == (status, b"")
            assert headers["connection"] == "close"
            assert headers["content-length"] == "0"

    def test_the_api_answers_with_a_problem_in_the_readers_language(self, size: int, then: str, status: int) -> None:
        details = set()
        for language in ("en", "pt-br"):
            answered, headers, body = asked(API, size, then=then, language=language)
            problem = json.loads(body)
            assert (answered, problem["status"], problem["errors"]) == (status, status, [])
            assert headers["content-type"] == "application/problem+json"
            assert headers["connection"] == "close"
            assert headers["content-length"] == str(len(body))
            details.add((problem["title"], problem["detail"]))
        assert len(details) == 2

    def test_a_page_says_it_in_the_readers_language(self, size: int, then: str, status: int) -> None:
        titles = set()
        for language in ("en", "pt-br"):
            answered, headers, body = asked(PAGE, size, then=then, language=language)
            assert answered == status
            assert headers["connection"] == "close"
            assert headers["x-frame-options"] == "DENY"
            assert "default-src 'self'" in headers["content-security-policy"]
            titles.update(re.findall(r"<h1>(.*?)</h1>", body.decode()))
        assert len(titles) == 2


def test_the_largest_delivery_is_smaller_than_the_largest_form(monkeypatch: pytest.MonkeyPatch) -> None:
    mebibyte = 1024 * 1024
    assert (DOOR_LIMIT.size, PAGE_LIMIT.size) == (mebibyte, 2 * mebibyte)
    assert asked(DOOR, mebibyte)[0] in (400, 503)
    assert asked(DOOR, mebibyte + 1)[0] == 413


def test_an_aborted_delivery_is_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        assert asked(DOOR, 10, then="breaks off")[0] == 400
    (record,) = caplog.records
    assert (record.getMessage(), record.exc_info) == ("delivery not received", None)
    assert (vars(record)["status"], vars(record)["bytes"]) == (400, 10)
