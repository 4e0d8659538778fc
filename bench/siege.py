"""Honest people and deliveries while a server is besieged.

    python -m bench.siege [--quick]

Silent connections, halves of heads, bodies that stall, streams and pages that nobody reads, malformed chunks, bodies of
20 MB, text that is slow to compare, cursors and headers written by hand: all at once. Meanwhile 10 pages and 50 signed
deliveries a second are asked for at a steady rate.
"""

import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

import httpx

from bench.attackers import ATTACKERS, CLOSED, Statuses, Target, attack
from bench.events import SignedEvents
from bench.footprint import EMAIL, signed_in
from bench.live import base
from bench.load import percentile
from bench.memory import resident_mb
from bench.options import Options, parse_options
from bench.own_process import in_own_process
from bench.product import DATABASES, CommandFailedError, Product, product
from bench.server_process import Server
from bench.steady import Answer, send_steadily
from bench.stub_directory import stub_directory
from bench.table import Table, milliseconds, number, show
from tools.postgres import durable_postgres

PEOPLE = 300
PAGES = ("/team", "/leads", "/directory")
PAGES_A_SECOND = 10
DELIVERIES_A_SECOND = 50
ALONE_S, SIEGE_S = 5.0, 60.0
SETTLES_S = 10.0
"""Until all attackers are there."""
HEAD = ("", "pages p95 ms", "without siege", "door p99 ms", "without siege", "hostile answers", "MB before", "MB more")


@dataclass(frozen=True)
class Honest:
    """The answers to those who mean well."""

    pages: list[Answer]
    deliveries: list[Answer]

    def pages_p95_ms(self) -> float:
        return percentile([answer.latency_ms for answer in self.pages], 95)

    def door_p99_ms(self) -> float:
        return percentile([answer.latency_ms for answer in self.deliveries], 99)


class HighWater:
    """The most memory that was resident while the context lasted."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.mb = resident_mb(pid)

    def __enter__(self) -> "HighWater":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stopping.wait(0.2):
            self.mb = max(self.mb, resident_mb(self._pid))


def measure(options: Options) -> list[Table]:
    alone_s, siege_s = (2.0, 8.0) if options.quick else (ALONE_S, SIEGE_S)
    table = Table("siege", f"Besieged for {siege_s:.0f} seconds", HEAD)
    with durable_postgres(options.folder) as server, stub_directory(PEOPLE) as stub:
        for database in DATABASES:
            with product(database, options.folder, server, directory_url=stub.url) as made:
                made.run("backfill", "--json")
                made.run("admin", "create", EMAIL, "--name", "Bench")
                key, link = made.api_key(), made.run("sign-in-link", EMAIL)
                with made.serve() as running, closing(signed_in(base(made), link)) as browser:
                    csrf = csrf_of(browser)
                    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
                    target = Target(running.port, cookies, csrf, key)
                    measure_one(table, made, running, target, alone_s, siege_s)
    return [table]


def csrf_of(browser: httpx.Client) -> str:
    found = re.search(r'name="csrf-token" content="([^"]+)"', browser.get("/team").raise_for_status().text)
    if not found:
        raise CommandFailedError("the Team page has no CSRF token")
    return found[1]


def measure_one(table: Table, made: Product, running: Server, target: Target, alone_s: float, siege_s: float) -> None:
    serve_honestly(target, alone_s)  # warms up
    alone = serve_honestly(target, alone_s)
    before_mb = resident_mb(running.pid)
    with ThreadPoolExecutor(1) as beside, HighWater(running.pid) as most:
        attacking = beside.submit(in_own_process, attack, target, siege_s + SETTLES_S + 5)
        time.sleep(SETTLES_S)
        besieged = serve_honestly(target, siege_s)
        statuses = attacking.result()
    table.rows.append(
        (
            made.database,
            milliseconds(besieged.pages_p95_ms()),
            milliseconds(alone.pages_p95_ms()),
            milliseconds(besieged.door_p99_ms()),
            milliseconds(alone.door_p99_ms()),
            number(sum(sum(of_one.values()) for of_one in statuses.values())),
            number(before_mb),
            number(most.mb - before_mb),
        )
    )
    table.notes.extend(doubts(made, statuses, besieged))


def serve_honestly(target: Target, seconds: float) -> Honest:
    """Pages and deliveries from a process each."""
    with ThreadPoolExecutor(2) as beside:
        pages = beside.submit(in_own_process, ask_for_pages, target, seconds)
        deliveries = beside.submit(in_own_process, deliver, target.port, seconds)
        return Honest(pages.result(), deliveries.result())


def ask_for_pages(target: Target, seconds: float) -> list[Answer]:
    asked = [target.signed_in("GET", PAGES[place % len(PAGES)]) for place in range(int(PAGES_A_SECOND * seconds))]
    return send_steadily(target.port, asked, rate=PAGES_A_SECOND, until=never)


def deliver(port: int, seconds: float) -> list[Answer]:
    requests = SignedEvents(count=int(DELIVERIES_A_SECOND * seconds)).requests(port)
    return send_steadily(port, requests, rate=DELIVERIES_A_SECOND, until=never)


def never() -> bool:
    return False


def doubts(made: Product, statuses: Statuses, honest: Honest) -> Iterator[str]:
    answered = "; ".join(f"{attacker.name} {told(statuses[attacker.name])}" for attacker in ATTACKERS)
    yield f"{made.database}: attackers were answered: {answered}."
    for name, of_one in statuses.items():
        if failing := sum(count for status, count in of_one.items() if status >= 500):
            yield f"**{made.database}: {failing} answers to {name} were 500 or more.**"
    for name, answers, expected in (("pages", honest.pages, 200), ("deliveries", honest.deliveries, 204)):
        if odd := Counter(answer.status for answer in answers if answer.status != expected):
            yield f"**{made.database}: not all honest {name} were answered {expected}: {told(odd)}.**"


def told(statuses: dict[int, int]) -> str:
    counts = sorted(statuses.items())
    return ", ".join(f"{'closed' if status == CLOSED else status} × {count:,}" for status, count in counts) or "nothing"


if __name__ == "__main__":
    show(measure(parse_options("Honest people and deliveries while a server is besieged.")))
