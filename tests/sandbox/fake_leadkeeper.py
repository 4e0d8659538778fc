"""As much of the `leadkeeper` command as `make run` needs, to test that without the product.

It keeps what it was told beside its SQLite file: `commands` (one line each), `leads.json`, `webhooks`.
"""

from __future__ import annotations

import http.server
import json
import os
import signal
import sys
import urllib.request
from pathlib import Path

FOLDER = Path(os.environ["DATABASE_URL"].removeprefix("sqlite:///")).parent


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/health/ready":
            self._answer(200, {})
        elif self.path.startswith("/api/assignees"):
            people = json.loads((FOLDER / "people.json").read_text())
            self._answer(200, {"items": [{"id": person["id"]} for person in people]})
        elif self.path.startswith("/api/leads"):
            self._answer(200, {"items": leads()[:1], "next": None})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/clerk/users":
            with (FOLDER / "webhooks").open("a") as file:
                file.write(body["type"] + "\n")
            self._answer(204, None)
        elif self.headers["Authorization"] != "Bearer lk_key":
            self._answer(401, {"title": "no key", "detail": "The key is not known."})
        elif os.environ.get("FAKE_LEADS_BREAK") and len(leads()) == 30:
            self._answer(422, {"errors": [{"field": "stage", "message": "is odd"}]})
        elif any(lead["phone"] == body["phone"] for lead in leads()):
            self._answer(409, {"title": "duplicate"})
        else:
            lead = {**body, "key": self.headers["Idempotency-Key"]}
            (FOLDER / "leads.json").write_text(json.dumps([*leads(), lead]))
            self._answer(201, lead)

    def _answer(self, status: int, value: object) -> None:
        body = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def leads() -> list[dict]:
    file = FOLDER / "leads.json"
    return json.loads(file.read_text()) if file.exists() else []


def say(text: str) -> None:
    sys.stdout.write(text + "\n")


def serve(port: int) -> int:
    if code := os.environ.get("FAKE_SERVE_FAILS"):
        return int(code)
    (FOLDER / "leadkeeper.db").touch()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    (FOLDER / "serve.pid").write_text(str(os.getpid()))
    http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
    return 0


def backfill() -> int:
    request = urllib.request.Request(f"{os.environ['CLERK_API_URL']}/v1/users?limit=500")
    request.add_header("Authorization", f"Bearer {os.environ['CLERK_SECRET_KEY']}")
    with urllib.request.urlopen(request) as answer:
        (FOLDER / "people.json").write_bytes(answer.read())
    say("noise")
    return 0


def main() -> int:
    words = sys.argv[1:]
    with (FOLDER / "commands").open("a") as file:
        file.write(" ".join(words) + "\n")
    match words:
        case ["serve", *_]:
            return serve(int(words[-1]))
        case ["backfill"]:
            return backfill()
        case ["api-key", "create", *_]:
            say("Keep this key:\nlk_key")
        case ["sign-in-link", email]:
            say(f"Works once:\n{os.environ['LEADKEEPER_URL']}/sign-in/{email.partition('@')[0]}-token")
    return 0


sys.exit(main())
