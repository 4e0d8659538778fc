"""A stand-in for Clerk's Backend API that is never the bottleneck: everybody is JSON before it listens.

    python -m bench.stub_directory --people 100000 --port 9000

Answers `GET /v1/users` (limit, offset, starting_after, order_by, user_id), `/v1/users/count` and
`/v1/users/{id}`. The sandbox is the one to develop against; this one serves an unchanging list, quickly.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from bench.people import clerk_user, person
from bench.server_process import stop

GROUP = "stub"
NOT_FOUND = b'{"errors":[{"message":"not found","long_message":"No such user.","code":"resource_not_found"}]}'


class Directory:
    """Everybody as one long piece of JSON, oldest first, and where in it each person begins."""

    def __init__(self, people: int) -> None:
        self.size = people
        self.position: dict[str, int] = {}
        self.starts = [0]
        written = bytearray()
        for number in range(people):
            who = person(number, group=GROUP)
            self.position[who.id] = number
            written += clerk_user(who) + b","
            self.starts.append(len(written))
        self.json = bytes(written)

    def page(self, first: int, end: int) -> bytes:
        """The people from `first` up to `end` as a JSON array, oldest first."""
        end = min(end, self.size)
        if first >= end:
            return b"[]"
        return b"[%b]" % self.json[self.starts[first] : self.starts[end] - 1]

    def one(self, number: int) -> bytes:
        return self.json[self.starts[number] : self.starts[number + 1] - 1]

    def some(self, numbers: list[int]) -> bytes:
        return b"[%b]" % b",".join(map(self.one, numbers))

    def listed(self, query: dict[str, list[str]]) -> tuple[int, bytes]:
        """The answer to `GET /v1/users`."""
        limit = min(int(query.get("limit", ["10"])[0]), 500)
        offset = int(query.get("offset", ["0"])[0])
        newest_first = query.get("order_by", ["-created_at"])[0].startswith("-")
        if "user_id" in query:
            found = sorted(self.position[id_] for id_ in query["user_id"] if id_ in self.position)
            return 200, self.some(found[offset : offset + limit])
        if "starting_after" in query:
            last = self.position.get(query["starting_after"][0])
            if last is None:
                return 404, NOT_FOUND
            offset = self.size - last if newest_first else last + 1
        if newest_first:
            return 200, self.some(list(range(self.size - 1, -1, -1)[offset : offset + limit]))
        return 200, self.page(offset, offset + limit)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    directory: Directory

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        status, body = self.found(unquote(address.path), parse_qs(address.query))
        head = f"HTTP/1.1 {status} -\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        self.wfile.write(head.encode() + body)  # in one piece: two would wait for each other

    def found(self, path: str, query: dict[str, list[str]]) -> tuple[int, bytes]:
        if not self.headers.get("authorization", "").startswith("Bearer "):
            return 401, b'{"errors":[{"message":"unauthenticated","code":"authentication_invalid"}]}'
        if path == "/v1/users":
            return self.directory.listed(query)
        if path == "/v1/users/count":
            return 200, json.dumps({"object": "total_count", "total_count": self.directory.size}).encode()
        number = self.directory.position.get(path.removeprefix("/v1/users/"))
        return (404, NOT_FOUND) if number is None else (200, self.directory.one(number))

    def log_message(self, *_: Any) -> None:
        """Silence."""


@dataclass(frozen=True)
class RunningStub:
    url: str
    people: int


@contextmanager
def stub_directory(people: int) -> Iterator[RunningStub]:
    """The stand-in in a process of its own, once it listens."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.stub_directory", "--people", str(people)],
        cwd=Path(__file__).parent.parent,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline().decode()
        if not said.startswith("http://"):
            raise RuntimeError("the stand-in for the directory did not start")
        yield RunningStub(said.strip(), people)
    finally:
        stop(process)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--port", type=int, default=0, help="default: any that is free")
    arguments = parser.parse_args()
    Handler.directory = Directory(arguments.people)
    with ThreadingHTTPServer(("127.0.0.1", arguments.port), Handler) as listening:
        print(f"http://127.0.0.1:{listening.server_port}", flush=True)
        listening.serve_forever()


if __name__ == "__main__":
    main()
