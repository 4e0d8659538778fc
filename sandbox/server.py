"""The stand-in as a whole: people, API, webhooks and page behind one port of this machine."""

from __future__ import annotations

import contextlib
import errno
import http.server
import socket
import socketserver
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

from sandbox.backend_api import BackendApi
from sandbox.control import Control
from sandbox.exchange import Request, Response, is_local, is_same_origin, json_response
from sandbox.faults import Faults
from sandbox.page import Page
from sandbox.people import People
from sandbox.seed import team
from sandbox.state_file import SandboxError, StateFile, new_webhook_secret
from sandbox.webhooks import PATIENCE, PAUSES, Webhooks

HOST = "127.0.0.1"
LARGEST_BODY = 64 * 1024 * 1024


class Sandbox:
    """A Clerk instance of one's own. `folder=None` keeps nothing; `port=0` takes any free one.

    The first start makes `people` people; a later one finds those that are there. Raises SandboxError.
    """

    def __init__(
        self,
        folder: Path | str | None,
        endpoint_url: str,
        port: int = 0,
        people: int = 12,
        *,
        pauses: Sequence[float] = PAUSES,
        patience: float = PATIENCE,
    ) -> None:
        self._port = port
        self._kept = StateFile(Path(folder) if folder is not None else None)
        self.instance_id = self._kept.instance_id
        self.secret_key = self._kept.secret_key
        self.webhooks = Webhooks(endpoint_url, self.webhook_secrets, self.instance_id, pauses, patience)
        self.people = People(self._kept, self.webhooks.announce)
        self.faults = Faults()
        self.api = BackendApi(self.people, self.secret_key, self.instance_id, self.faults)
        self._control = Control(self.people, self.webhooks, self.faults, self.api, self.instance_id)
        self._page = Page(self.people, self.webhooks, self.faults)
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        if self._kept.is_new:
            self.people.add_many(team(people))

    def start(self) -> None:
        """Listen and answer, in threads of its own. Raises SandboxError where the port is taken."""
        try:
            self._server = _Server(self._port, self)
        except OSError as error:
            self._kept.close()
            if error.errno == errno.EADDRINUSE:
                raise SandboxError(
                    f"Port {self._port} is already in use: stop what uses it, or choose another with --port."
                ) from None
            raise SandboxError(f"Port {self._port} cannot be used: {error.strerror}.") from None
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name="sandbox", daemon=True
        )
        self._thread.start()
        self.webhooks.start()

    def stop(self) -> None:
        """Stop answering and sending, and let go of the port and the folder."""
        self.webhooks.stop()
        if self._server and self._thread:
            self._server.stopping.set()
            self._server.shutdown()
            self._server.server_close()
            self._server.hang_up()
            self._thread.join(timeout=2)
            self._server = self._thread = None
        self._kept.close()

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where it answers, once started: both the page and `CLERK_API_URL`."""
        port = self._server.server_address[1] if self._server else self._port
        return f"http://{HOST}:{port}"

    @property
    def endpoint_url(self) -> str:
        """Where webhooks go; may be changed at any time."""
        return self.webhooks.endpoint_url

    @endpoint_url.setter
    def endpoint_url(self, url: str) -> None:
        self.webhooks.endpoint_url = url

    @property
    def webhook_secret(self) -> str:
        """The current `whsec_…`."""
        return self._kept.webhook_secret

    def webhook_secrets(self) -> list[str]:
        """Those that sign now: the current one, and during a rotation the one before."""
        secrets = (self._kept.webhook_secret, self._kept.previous_webhook_secret)
        return [secret for secret in secrets if secret]

    def rotate_webhook_secret(self) -> str:
        """Make a new secret; the old one signs along until `end_rotation` (at Clerk: 24 hours)."""
        self._kept.previous_webhook_secret = self._kept.webhook_secret
        self._kept.webhook_secret = new_webhook_secret()
        self.people.save()
        return self._kept.webhook_secret

    def end_rotation(self) -> None:
        self._kept.previous_webhook_secret = None
        self.people.save()

    @property
    def notes(self) -> dict[str, Any]:
        """What was remembered beside the people, with `people.note`."""
        return self._kept.notes

    def environment(self) -> dict[str, str]:
        """The settings that connect the product to this stand-in."""
        return {
            "CLERK_API_URL": self.url,
            "CLERK_SECRET_KEY": self.secret_key,
            "CLERK_WEBHOOK_SECRET": " ".join(self.webhook_secrets()),
            "CLERK_INSTANCE_ID": self.instance_id,
        }

    def answer(self, request: Request) -> Response:
        """The one place where a request finds its part."""
        if not is_local(request):
            return Response(421, b"The sandbox answers to 127.0.0.1 and localhost only.\n", "text/plain")
        if request.path.startswith("/v1/"):
            return self.api.answer(request)
        if request.path.startswith("/control/"):
            if not is_same_origin(request):
                return json_response({"error": "This request comes from another site."}, 403)
            if request.method == "POST" and request.path == "/control/rotation":
                return self._rotation(request)
            return self._control.answer(request)
        return self._page.answer(request)

    def _rotation(self, request: Request) -> Response:
        if request.first("end"):
            self.end_rotation()
        else:
            self.rotate_webhook_secret()
        return json_response({"webhook_secrets": self.webhook_secrets()})


class _Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True

    def __init__(self, port: int, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__((HOST, port), _Handler)

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)  # without asking a name server who we are
        self.server_name, self.server_port = HOST, int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End the connections that clients keep open."""
        with self._open_lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Sandbox"
    sys_version = ""
    timeout = 60
    wbufsize = 64 * 1024  # head and body leave together
    disable_nagle_algorithm = True
    server: _Server

    _without_body: ClassVar[tuple[int, ...]] = (204, 303, 304)

    def _exchange(self) -> None:
        request = self._read()
        if request is None:
            return
        try:
            response = self.server.sandbox.answer(request)
        except Exception as error:
            response = json_response({"error": f"The sandbox failed: {type(error).__name__}: {error}"}, 500)
            self.close_connection = True
        if response.hold:
            self.server.stopping.wait(response.hold)
            self.close_connection = True
            return
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.status not in self._without_body:
            self.send_header("Content-Type", response.content_type)
        if response.status != 204:
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if request.method != "HEAD":
            self.wfile.write(response.body)

    do_GET = do_HEAD = do_POST = do_PATCH = do_PUT = do_DELETE = _exchange  # noqa: N815

    def _read(self) -> Request | None:
        """The request; where it cannot be read the answer is given here."""
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal():
            self.close_connection = True
            self.send_error(411, "Content-Length is needed")
            return None
        if int(length) > LARGEST_BODY:
            self.close_connection = True
            self.send_error(413)
            return None
        target = urlsplit(self.path)
        return Request(
            method=self.command,
            path=unquote(target.path),
            query=parse_qs(target.query, keep_blank_values=True),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(length)),
        )

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: the page shows what happens."""
