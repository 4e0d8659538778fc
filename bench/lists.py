"""How often a second a list page and a search are answered among 50,000 leads, and the pickers' first people.

    python -m bench.lists [--quick]

From one connection and from eight at once, to two workers on PostgreSQL and to one on SQLite.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from bench.footprint import EMAIL, signed_in
from bench.live import base, cookie_of
from bench.load import Load
from bench.load import measure as measure_load
from bench.many_leads import fill_database
from bench.options import Options, parse_options
from bench.product import DATABASES, POSTGRESQL, product
from bench.table import Table, milliseconds, number, show
from tools.postgres import durable_postgres

ASKED = {
    "a list page of 50": "/leads",
    "API, 50 leads that have a frequent name": "/api/leads?q=jo&limit=50",
    "API, 100 leads that have a frequent name": "/api/leads?q=jo",
    "API, the first 100 people": "/api/assignees",
}
CONNECTIONS = (1, 8)
HEAD = ("", "of 1 connection, a second", "p95 ms", "of 8 connections, a second", "p95 ms")


@dataclass(frozen=True)
class Again:
    """The same request, so many times."""

    path: str
    credentials: str
    """As a header."""
    times: int

    def requests(self, port: int) -> Sequence[bytes]:
        head = f"GET {self.path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\naccept: */*\r\n{self.credentials}\r\n\r\n"
        return [head.encode()] * self.times


def measure(options: Options) -> list[Table]:
    leads, people, for_s = (2_000, 100, 1.0) if options.quick else (50_000, 1_000, 8.0)
    table = Table("lists", f"Lists and searches among {leads:,} leads, {people:,} people", HEAD)
    with durable_postgres(options.folder) as server:
        for database in DATABASES:
            with product(database, options.folder, server) as made:
                fill_database(made.environment, leads=leads, people=people)
                made.run("admin", "create", EMAIL, "--name", "Bench")
                key, link = made.api_key(), made.run("sign-in-link", EMAIL)
                workers = 2 if database == POSTGRESQL else 1
                with made.serve(workers=workers) as running, closing(signed_in(base(made), link)) as browser:
                    by_key, by_cookie = f"authorization: Bearer {key}", f"cookie: {cookie_of(browser)}"
                    for name, path in ASKED.items():
                        credentials = by_key if path.startswith("/api/") else by_cookie
                        add_row(table, f"{database}, {name}", running.port, path, credentials, for_s)
    return [table]


def add_row(table: Table, name: str, port: int, path: str, credentials: str, for_s: float) -> None:
    figures: list[str] = []
    for connections in CONNECTIONS:
        load = ask(port, path, credentials, connections, for_s)
        figures += [number(load.rate), milliseconds(load.percentile(95))]
        if load.first_odd_answer:
            table.notes.append(f"**{name}: statuses {load.statuses}**")
    table.rows.append((name, *figures))


def ask(port: int, path: str, credentials: str, connections: int, for_s: float) -> Load:
    for seconds in (for_s / 4, for_s):  # the first one warms up
        load = measure_load(
            port, Again(path, credentials, 20_000), connections=connections, seconds=seconds, expected=200
        )
    return load


if __name__ == "__main__":
    show(measure(parse_options("Lists and searches among 50,000 leads.")))
