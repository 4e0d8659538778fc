"""Searching for who may be responsible, among 10,000 people.

    python -m bench.assignees [--quick]

`GET /api/assignees?q=` with an API key, from one client that asks one thing after the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

import httpx

from bench.load import measure as measure_load
from bench.load import percentile
from bench.options import Options, parse_options
from bench.product import DATABASES, product
from bench.stub_directory import stub_directory
from bench.table import Table, milliseconds, show
from tools.postgres import durable_postgres

QUERIES = {
    "nothing typed": "",
    "two letters": "jo",
    "first and last name": "joao sil",
    "a rare name": "quixada",
    "nobody": "zzzz",
}
HEAD = ("", "query", "p50 ms", "p95 ms", "p99 ms")


@dataclass(frozen=True)
class Searches:
    key: str
    times: int

    def requests(self, port: int) -> Sequence[bytes]:
        """Every query in turn, `times` times."""
        return [search(query, port, self.key) for _ in range(self.times) for query in QUERIES.values()]


def search(query: str, port: int, key: str) -> bytes:
    return (
        f"GET /api/assignees?q={quote(query)} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n"
        f"authorization: Bearer {key}\r\naccept: application/json\r\n\r\n"
    ).encode()


def measure(options: Options) -> list[Table]:
    people, times = (2_000, 40) if options.quick else (10_000, 400)
    table = Table("assignees", f"Searching {people:,} assignees", HEAD)
    with durable_postgres(options.folder) as server, stub_directory(people) as stub:
        for database in DATABASES:
            with product(database, options.folder, server, directory_url=stub.url) as made:
                made.run("backfill", "--json")
                key = made.api_key()
                with made.serve() as running:
                    table.notes.extend(wrong_answers(database, running.port, key))
                    warm_up, timed = Searches(key, 10), Searches(key, times)
                    for source in (warm_up, timed):
                        load = measure_load(running.port, source, connections=1, seconds=600, expected=200)
            if load.first_odd_answer:
                table.notes.append(f"**{database}: statuses {load.statuses}**")
            latencies = load.latencies_ms
            each = {f'"{query}"': latencies[at :: len(QUERIES)] for at, query in enumerate(QUERIES.values())}
            for name, values in {**each, "all": latencies}.items():
                figures = (milliseconds(percentile(values, percent)) for percent in (50, 95, 99))
                table.rows.append((database, name, *figures))
    return [table]


def wrong_answers(database: str, port: int, key: str) -> list[str]:
    """A fast wrong answer is worth nothing: each query finds somebody, but the last."""
    notes = []
    for name, query in QUERIES.items():
        answer = httpx.get(
            f"http://127.0.0.1:{port}/api/assignees",
            params={"q": query},
            headers={"Authorization": f"Bearer {key}"},
        )
        found = len(answer.raise_for_status().json()["items"])
        if (found == 0) != (name == "nobody"):
            notes.append(f'**{database}: "{query}" found {found}**')
    return notes


if __name__ == "__main__":
    show(measure(parse_options("Searching for who may be responsible.")))
