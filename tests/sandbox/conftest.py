"""A sandbox in this process, an endpoint that listens, and clients for both of its doors."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from sandbox import Sandbox


@dataclass(frozen=True)
class Delivery:
    headers: dict[str, str]
    body: bytes


class Endpoint:
    """Receives webhooks. `answers` are the next statuses; 204 when there are none left."""

    def __init__(self) -> None:
        self.received: list[Delivery] = []
        self.answers: list[int] = []
        endpoint = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                endpoint.received.append(Delivery(headers, body))
                status = endpoint.answers.pop(0) if endpoint.answers else 204
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", endpoint.url)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/clerk/users"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.005,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    endpoint = Endpoint()
    yield endpoint
    endpoint.close()


@pytest.fixture
def sandbox(endpoint: Endpoint) -> Iterator[Sandbox]:
    with Sandbox(None, endpoint.url, pauses=(0.01, 0.02, 0.03)) as sandbox:
        yield sandbox


@pytest.fixture
def api(sandbox: Sandbox) -> Iterator[httpx.Client]:
    """The Backend API, with the key."""
    headers = {"Authorization": f"Bearer {sandbox.secret_key}"}
    with httpx.Client(base_url=sandbox.url, headers=headers, trust_env=False, verify=False) as client:
        yield client


@pytest.fixture
def browser(sandbox: Sandbox) -> Iterator[httpx.Client]:
    """The page and the control API, as a browser on the page would ask."""
    headers = {"Sec-Fetch-Site": "same-origin"}
    with httpx.Client(base_url=sandbox.url, headers=headers, trust_env=False, verify=False) as client:
        yield client
