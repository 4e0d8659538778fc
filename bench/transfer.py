"""Moving 50,000 leads in one batch, and what everybody else feels of it.

    python -m bench.transfer [--quick]

`POST /api/leads/transfer` from one person to two others, closed leads too, until the batch says that it is done.
Meanwhile, and for ten calm seconds before, others ask steadily: a list, a person, a new lead, in turn.
"""

import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import httpx

from bench.load import percentile
from bench.many_leads import fill_database
from bench.options import Options, parse_options
from bench.own_process import in_own_process
from bench.product import COMMAND, DATABASES, POSTGRESQL, Product, product
from bench.server_process import stop
from bench.steady import Answer, send_steadily
from bench.table import Table, milliseconds, number, show
from tools.postgres import durable_postgres

T = TypeVar("T")
LEADS = 50_000
# One in ten has nobody responsible.
MADE_FOR_ONE_THAT_MOVES = 1.12
REQUESTS_A_SECOND = 30
MOST_REQUESTS = 6_000
CALM_S = 10.0
PATIENCE_S = 120.0
KINDS = ("GET /api/leads", "GET /api/assignees", "POST /api/leads")
HEAD = ("", "leads moved", "answered after s", "done after s", "others: calm p95 ms", "meanwhile p95 ms", "times")


@dataclass(frozen=True)
class Others:
    """What others ask meanwhile, until the file is there."""

    port: int
    key: str
    first: int
    until: Path

    def ask(self) -> list[Answer]:
        requests = [self._request(count) for count in range(MOST_REQUESTS)]
        return send_steadily(self.port, requests, rate=REQUESTS_A_SECOND, until=self.until.exists)

    def _request(self, count: int) -> bytes:
        method, path = KINDS[count % len(KINDS)].split()
        body = b""
        if method == "POST":
            lead = {"name": "Somebody New", "email": f"new{self.first + count}@example.com", "assigned_to": None}
            body = json.dumps(lead).encode()
        head = (
            f"{method} {path}?limit=50 HTTP/1.1\r\nhost: 127.0.0.1:{self.port}\r\nauthorization: Bearer {self.key}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


@dataclass(frozen=True)
class Moved:
    leads: int
    answered_s: float
    done_s: float


def measure(options: Options) -> list[Table]:
    leads = 5_000 if options.quick else LEADS
    table = Table("transfer", f"Moving {leads:,} leads in one batch", HEAD)
    with durable_postgres(options.folder) as server:
        for database in DATABASES:
            with product(database, options.folder, server) as made:
                fill_database(made.environment, leads=int(leads * MADE_FOR_ONE_THAT_MOVES), people=1)
                receivers = [made.run("admin", "create", f"{name}@example.com").split()[-1] for name in ("ana", "bia")]
                key = made.api_key()
                background = worker(made) if database == POSTGRESQL else nullcontext()
                with made.serve() as running, background:
                    measure_one(table, database, running.port, key, receivers, made.folder)
    return [table]


def measure_one(table: Table, database: str, port: int, key: str, receivers: list[str], folder: Path) -> None:
    others = Others(port, key, 0, folder / "calm is over")
    calm, _ = while_others_ask(others, lambda: time.sleep(CALM_S))
    meanwhile_asked = replace(others, first=MOST_REQUESTS, until=folder / "batch is over")
    meanwhile, moved = while_others_ask(meanwhile_asked, lambda: move(port, key, receivers))
    before, during = (percentile([one.latency_ms for one in answers], 95) for answers in (calm, meanwhile))
    figures = (milliseconds(before), milliseconds(during), f"{during / before:.1f}")
    table.rows.append((database, number(moved.leads), f"{moved.answered_s:.1f}", f"{moved.done_s:.1f}", *figures))
    for at, kind in enumerate(KINDS):
        each = (percentile([one.latency_ms for one in answers[at :: len(KINDS)]], 95) for answers in (calm, meanwhile))
        table.rows.append((f"{database}: {kind}", "", "", "", *map(milliseconds, each), ""))
    if odd := [one.status for one in (*calm, *meanwhile) if one.status not in (200, 201)]:
        table.notes.append(f"**{database}: {len(odd)} answers of others were not as expected: {sorted(set(odd))}**")


def while_others_ask(others: Others, work: Callable[[], T]) -> tuple[list[Answer], T]:
    answers: list[Answer] = []
    asking = threading.Thread(target=lambda: answers.extend(in_own_process(others.ask)))
    asking.start()
    time.sleep(1)
    try:
        done = work()
    finally:
        others.until.touch()
        asking.join()
    return answers, done


def move(port: int, key: str, receivers: list[str]) -> Moved:
    """From asking to the last lead; raises when that takes too long."""
    with httpx.Client(
        base_url=f"http://127.0.0.1:{port}/api", headers={"Authorization": f"Bearer {key}"}, timeout=60
    ) as client:
        people = client.get("/assignees", params={"limit": 10}).raise_for_status().json()["items"]
        giver = next(one["id"] for one in people if one["id"] not in receivers)
        started = time.perf_counter()
        body = {"from": giver, "to": receivers, "closed": True, "note": "Measured"}
        batch = client.post("/leads/transfer", json=body).raise_for_status().json()
        answered = time.perf_counter() - started
        while batch["status"] != "done":
            if time.perf_counter() - started > PATIENCE_S:
                raise TimeoutError(f"{batch['moved']} of {batch['total']} leads have moved")
            time.sleep(0.2)
            batch = client.get(f"/leads/transfer/{batch['batch']}").raise_for_status().json()
        return Moved(batch["moved"], answered, time.perf_counter() - started)


@contextmanager
def worker(made: Product) -> Iterator[None]:
    """The background work of a PostgreSQL installation."""
    with (made.folder / "worker.log").open("ab") as log:
        command, environment = [str(COMMAND), "worker"], dict(made.environment)
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        yield
    finally:
        stop(process)


if __name__ == "__main__":
    show(measure(parse_options("Moving 50,000 leads in one batch.")))
