"""The webhook door beside the Node reference and beside the same SQL without HTTP.

    python -m bench.door [--quick]

One worker, 16 and 64 connections, signed events of about 1.7 kB. All are measured in turns, several rounds in
one run, so that whatever else the machine does meets each of them; the median round is printed.
"""

import contextlib
import sqlite3
import statistics
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg

from bench import plain_sql, reference
from bench.events import SignedEvents, unique_group
from bench.load import Load
from bench.load import measure as measure_load
from bench.options import Options, parse_options
from bench.product import POSTGRESQL, SQLITE, product
from bench.table import Table, milliseconds, number, show
from tools.postgres import Database, Postgres, durable_postgres

CONNECTIONS = (16, 64)
WARM_UP_S = 5.0
"""Node compiles what is hot: its first seconds are slower than the rest."""
MOST_PER_SECOND = 8_000
"""So many requests are prepared for each second: more than any door has taken so far."""
HEAD = ("", "connections", "req/s", "of the Node reference", "p50 ms", "p99 ms")


@dataclass
class Door:
    """Something that takes deliveries, and what it has taken so far."""

    name: str
    port: int
    kept: Callable[[], int]
    """How many deliveries it says it has kept."""
    group: str = field(default_factory=unique_group)
    sent: int = 0
    accepted: int = 0
    odd: str = ""

    def take(self, connections: int, seconds: float) -> Load:
        source = SignedEvents(count=int(MOST_PER_SECOND * seconds), start=self.sent, group=self.group)
        load = measure_load(self.port, source, connections=connections, seconds=seconds, expected=204)
        self.sent += load.answers
        self.accepted += load.statuses.get(204, 0)
        self.odd = self.odd or load.first_odd_answer
        return load

    def doubts(self) -> Iterator[str]:
        if self.odd:
            first_line = self.odd.splitlines()[0]
            yield f"**{self.name}: {self.sent - self.accepted} answers other than 204, first {first_line}**"
        try:
            kept = self.kept()
        except (httpx.HTTPError, KeyError) as error:
            yield f"**{self.name} could not be asked what it kept: {error!r}**"
            return
        if kept < self.accepted:
            yield f"**{self.name} answered 204 to {self.accepted} deliveries and kept {kept}.**"


def measure(options: Options) -> list[Table]:
    with durable_postgres(options.folder) as server:
        return [measure_on(database, options, server) for database in (SQLITE, POSTGRESQL)]


def measure_on(database: str, options: Options, server: Postgres) -> Table:
    seconds, rounds = (1.0, 1) if options.quick else (4.0, 3)
    loads: dict[tuple[str, int], list[Load]] = {}
    commits: list[plain_sql.Commits] = []
    table = Table(f"door-{database.split()[0].lower()}", f"The door on {database}", HEAD)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-", dir=options.folder)))
        doors = [stack.enter_context(leadkeeper(database, options.folder, server))]
        try:
            doors.append(stack.enter_context(node(database, folder, server)))
        except reference.UnavailableError as reason:
            table.notes.append(f"**No Node reference: {reason}.**")
        for door in doors:
            door.take(CONNECTIONS[0], 1.0 if options.quick else WARM_UP_S)
        for turn in range(rounds):
            for connections in CONNECTIONS:
                for door in doors:
                    loads.setdefault((door.name, connections), []).append(door.take(connections, seconds))
            commits.append(plain(database, folder / f"plain-{turn}.db", server, seconds))
        for door in doors:
            table.notes.extend(door.doubts())

    for connections in CONNECTIONS:
        reached = {door.name: statistics.median(load.rate for load in loads[door.name, connections]) for door in doors}
        for door in doors:
            mine = loads[door.name, connections]
            ratio = reached[door.name] / reached[NODE] if NODE in reached else None
            table.rows.append(
                (
                    door.name,
                    str(connections),
                    number(reached[door.name]),
                    f"{ratio:.2f}" if ratio else "–",
                    milliseconds(statistics.median(load.percentile(50) for load in mine)),
                    milliseconds(statistics.median(load.percentile(99) for load in mine)),
                )
            )
    table.rows.append(
        (
            "Same SQL, one commit each, no HTTP",
            "1 thread" if database == SQLITE else f"{plain_sql.THREADS} threads",
            number(statistics.median(one.rate for one in commits)),
            "–",
            milliseconds(statistics.median(one.p50_ms for one in commits)),
            milliseconds(statistics.median(one.p99_ms for one in commits)),
        )
    )
    every_load = [load for several in loads.values() for load in several]
    table.notes.append(f"The client used at most {max(load.client_cpu for load in every_load):.0%} of a processor.")
    if any(load.exhausted for load in every_load):
        table.notes.append("**A round ended early: its prepared requests were used up.**")
    return table


NODE = "Node reference"


@contextlib.contextmanager
def leadkeeper(database: str, folder: Path, server: Postgres) -> Iterator[Door]:
    with product(database, folder, server) as made:
        authorization = {"Authorization": f"Bearer {made.api_key()}"}
        with made.serve() as running:

            def kept() -> int:
                answer = httpx.get(f"http://127.0.0.1:{running.port}/api/directory", headers=authorization)
                return int(answer.raise_for_status().json()["deliveries"]["applied"])

            yield Door("Leadkeeper, one worker", running.port, kept)


@contextlib.contextmanager
def node(database: str, folder: Path, server: Postgres) -> Iterator[Door]:
    where = folder / "node.db" if database == SQLITE else server.fresh_database("node_reference")
    with reference.reference_server(where, folder / "node.log") as running:
        yield Door(NODE, running.port, lambda: rows(where))


def rows(where: Path | Database) -> int:
    query = "SELECT count(*) FROM inbox"
    if isinstance(where, Database):
        with psycopg.connect(where.url) as postgres_connection:
            found = postgres_connection.execute(query).fetchone()
    else:
        with contextlib.closing(sqlite3.connect(where)) as sqlite_connection:
            found = sqlite_connection.execute(query).fetchone()
    assert found is not None
    return int(found[0])


def plain(database: str, path: Path, server: Postgres, seconds: float) -> plain_sql.Commits:
    if database == SQLITE:
        return plain_sql.measure_sqlite(path, seconds)
    return plain_sql.measure_postgres(server.fresh_database("plain"), seconds)


if __name__ == "__main__":
    show(measure(parse_options("The webhook door beside the Node reference.")))
