"""The reference's own SQL, one commit for each delivery, from Python and without HTTP.

    python -m bench.plain_sql

What the databases can take when nothing else is in the way: SQLite from one thread with `synchronous=FULL`,
PostgreSQL from 16 threads with a connection each. The statements are the files in bench/node_reference/sql/.
"""

import contextlib
import json
import sqlite3
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from bench.events import event, event_body, message_id, unique_group
from bench.load import percentile
from bench.options import Options, parse_options
from bench.own_process import in_own_process
from bench.people import Person
from bench.reference import FOLDER
from bench.table import Table, milliseconds, number, show
from tools.postgres import Database, durable_postgres

ORGANIZATION = "00000000-0000-4000-8000-000000000001"
THREADS = 16


@dataclass(frozen=True, slots=True)
class Delivery:
    message: str
    type: str
    payload: str
    at: str
    who: Person


@dataclass(frozen=True)
class Commits:
    rate: float
    p50_ms: float
    p99_ms: float


def statement(name: str) -> str:
    return (FOLDER / "sql" / f"{name}.sql").read_text().strip()


KEEP_DELIVERY, FIND_USER, UPSERT_USER, UPSERT_MEMBERSHIP, ADD_NOTICE = (
    statement(name) for name in ("keep_delivery", "find_user", "upsert_user", "upsert_membership", "add_notice")
)


def deliveries(count: int) -> list[Delivery]:
    group = unique_group()
    now = datetime.now(UTC).isoformat()
    return [delivery(group, index, now) for index in range(count)]


def delivery(group: str, index: int, now: str) -> Delivery:
    type_, who = event(group, index)
    kept = json.loads(event_body(type_, who))
    del kept["data"]["private_metadata"], kept["data"]["unsafe_metadata"]
    payload = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    return Delivery(message_id(group, index), type_, payload, now, who)


Execute = Callable[[str, Sequence[Any]], Any]


def write(execute: Execute, given: Delivery) -> None:
    """The five statements. The transaction is the caller's."""
    who = given.who
    kept = execute(KEEP_DELIVERY, (given.message, given.type, given.payload, given.at))
    if kept.rowcount == 0:
        return
    found = execute(FIND_USER, (who.id,)).fetchone()
    if found and found[1] >= who.updated_at:
        return
    user_id = found[0] if found else uuid.uuid4()
    name = f"{who.first_name} {who.last_name}"
    image = "https://img.clerk.com/eyJ0eXBlIjoicHJveHkifQ"
    execute(UPSERT_USER, (str(user_id), who.id, name, who.email, image, who.updated_at, given.at))
    execute(UPSERT_MEMBERSHIP, (str(uuid.uuid4()), ORGANIZATION, str(user_id), who.role, True))
    execute(ADD_NOTICE, ("team", given.at))


def on_sqlite(path: Path, *, seconds: float, prepare: int) -> Commits:
    """Into a new file at `path`."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    with contextlib.closing(connection):
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.executescript(statement("schema_sqlite"))

        def execute(query: str, parameters: Sequence[Any]) -> sqlite3.Cursor:
            # The shared files number parameters $1, $2; SQLite says ?1, ?2.
            return connection.execute(query.replace("$", "?"), parameters)

        def commit(given: Delivery) -> None:
            connection.execute("BEGIN IMMEDIATE")
            write(execute, given)
            connection.execute("COMMIT")

        return timed([commit], deliveries(prepare), seconds)


def on_postgres(database: Database, *, seconds: float, prepare: int) -> Commits:
    """Into an empty database, from 16 connections."""
    with contextlib.ExitStack() as stack:
        connections = [
            stack.enter_context(psycopg.connect(database.url, autocommit=True, cursor_factory=psycopg.RawCursor))
            for _ in range(THREADS)
        ]
        connections[0].execute(statement("schema_postgres").encode())
        return timed([committer(connection) for connection in connections], deliveries(prepare), seconds)


def committer(connection: "psycopg.Connection[Any]") -> Callable[[Delivery], None]:
    cursor = connection.cursor()

    def execute(query: str, parameters: Sequence[Any]) -> Any:
        return cursor.execute(query.encode(), parameters)

    def commit(given: Delivery) -> None:
        with connection.transaction():
            write(execute, given)

    return commit


def timed(committers: Sequence[Callable[[Delivery], None]], given: Sequence[Delivery], seconds: float) -> Commits:
    """Every committer in a thread of its own, taking deliveries in order until the time is over."""
    waiting = iter(given)
    latencies: list[float] = []
    failures: list[Exception] = []
    deadline = time.perf_counter() + seconds
    started = time.perf_counter()

    def work(commit: Callable[[Delivery], None]) -> None:
        try:
            for one in waiting:
                before = time.perf_counter()
                commit(one)
                now = time.perf_counter()
                latencies.append((now - before) * 1000)
                if now > deadline:
                    return
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=[commit]) for commit in committers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    elapsed = time.perf_counter() - started
    return Commits(len(latencies) / elapsed, percentile(latencies, 50), percentile(latencies, 99))


def measure_sqlite(path: Path, seconds: float) -> Commits:
    return in_own_process(on_sqlite, path, seconds=seconds, prepare=prepared(seconds))


def measure_postgres(database: Database, seconds: float) -> Commits:
    return in_own_process(on_postgres, database, seconds=seconds, prepare=prepared(seconds))


def prepared(seconds: float) -> int:
    """More than any database has taken so far."""
    return int(15_000 * seconds)


def measure(options: Options) -> list[Table]:
    seconds = 1.0 if options.quick else 4.0
    table = Table("plain-sql", "The same SQL without HTTP", ("", "commits/s", "p50 ms", "p99 ms"))
    with tempfile.TemporaryDirectory(dir=options.folder) as folder, durable_postgres(options.folder) as server:
        for label, found in (
            ("SQLite FULL, 1 thread", measure_sqlite(Path(folder) / "plain.db", seconds)),
            (f"PostgreSQL, {THREADS} threads", measure_postgres(server.fresh_database("plain"), seconds)),
        ):
            row = (label, number(found.rate), milliseconds(found.p50_ms), milliseconds(found.p99_ms))
            table.rows.append(row)
    return [table]


if __name__ == "__main__":
    show(measure(parse_options("The same SQL, one commit each, without HTTP.")))
