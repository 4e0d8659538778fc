"""Creating leads over the API, each with a responsible person.

    python -m bench.leads [--quick]

`POST /api/leads` with name, phone, e-mail, source and `assigned_to`, from 1 and from 8 connections; on PostgreSQL to
one web process and to two.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from bench.load import Load
from bench.load import measure as measure_load
from bench.options import Options, parse_options
from bench.people import person
from bench.product import DATABASES, POSTGRESQL, SQLITE, product
from bench.stub_directory import stub_directory
from bench.table import Table, milliseconds, number, show
from tools.postgres import durable_postgres

PEOPLE = 200
CONNECTIONS = (1, 8)
WORKERS = {SQLITE: (1,), POSTGRESQL: (1, 2)}
MOST_PER_SECOND = 3_000
LEADS_A_ROUND = 1_000_000
HEAD = ("", "workers", "connections", "leads/s", "p50 ms", "p99 ms")


@dataclass(frozen=True)
class NewLeads:
    key: str
    owners: tuple[str, ...]
    start: int
    count: int

    def requests(self, port: int) -> Sequence[bytes]:
        return [self._request(number, port) for number in range(self.start, self.start + self.count)]

    def _request(self, number: int, port: int) -> bytes:
        who = person(number, group="lead")
        lead = {
            "name": f"{who.first_name} {who.last_name}",
            "phone": f"(11) 9{60_000_000 + number}",
            "email": f"lead{number}@example.com",
            "source": "landing_page",
            "assigned_to": self.owners[number % len(self.owners)],
        }
        body = json.dumps(lead).encode()
        head = (
            f"POST /api/leads HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nauthorization: Bearer {self.key}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


def measure(options: Options) -> list[Table]:
    seconds = 1.0 if options.quick else 6.0
    table = Table("leads", "Creating leads over the API", HEAD)
    with durable_postgres(options.folder) as server, stub_directory(PEOPLE) as stub:
        for database in DATABASES:
            with product(database, options.folder, server, directory_url=stub.url) as made:
                made.run("backfill", "--json")
                key = made.api_key()
                for workers in WORKERS[database]:
                    with made.serve(workers=workers) as running:
                        measure_one(table, database, workers, Creator(running.port, key, workers), seconds)
    return [table]


def measure_one(table: Table, database: str, workers: int, creator: "Creator", seconds: float) -> None:
    creator.create(1, 1.0)  # warms up
    for connections in CONNECTIONS:
        load = creator.create(connections, seconds)
        p50, p99 = milliseconds(load.percentile(50)), milliseconds(load.percentile(99))
        table.rows.append((database, str(workers), str(connections), number(load.rate), p50, p99))
        if load.first_odd_answer:
            table.notes.append(f"**{database}, {connections} connections: statuses {load.statuses}**")


class Creator:
    """Makes leads on one server, never the same lead twice."""

    def __init__(self, port: int, key: str, round_: int) -> None:
        self.port = port
        self.key = key
        self.owners = assignable(port, key)
        self.made = round_ * LEADS_A_ROUND

    def create(self, connections: int, seconds: float) -> Load:
        leads = NewLeads(self.key, self.owners, self.made, int(MOST_PER_SECOND * seconds))
        load = measure_load(self.port, leads, connections=connections, seconds=seconds, expected=201)
        self.made += load.answers
        return load


def assignable(port: int, key: str) -> tuple[str, ...]:
    answer = httpx.get(
        f"http://127.0.0.1:{port}/api/assignees",
        params={"limit": "50"},
        headers={"Authorization": f"Bearer {key}"},
    )
    return tuple(item["id"] for item in answer.raise_for_status().json()["items"])


if __name__ == "__main__":
    show(measure(parse_options("Creating leads over the API.")))
