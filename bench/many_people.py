"""A very large team: its backfill in flat memory, and the pages that show it.

    python -m bench.many_people [--quick]

200,000 people on SQLite. Pages are asked for one after the other over one connection, as an administrator.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from bench.backfill import ONE_PAGE, backfill, wrong
from bench.footprint import EMAIL, signed_in
from bench.live import base, cookie_of
from bench.load import measure as measure_load
from bench.options import Options, parse_options
from bench.product import SQLITE, Product, product
from bench.stub_directory import stub_directory
from bench.table import Table, milliseconds, number, show
from tools.postgres import Postgres, durable_postgres

PEOPLE = 200_000
PAGES = ("/directory", "/team")
WARM_UP, TIMES = 5, 30
BACKFILL_HEAD = ("", "people", "people/s", "peak MB", "growth MB")
PAGES_HEAD = ("", "p50 ms", "p95 ms")


@dataclass(frozen=True)
class PageViews:
    path: str
    cookie: str
    times: int

    def requests(self, port: int) -> Sequence[bytes]:
        request = (
            f"GET {self.path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\naccept: text/html\r\ncookie: {self.cookie}\r\n\r\n"
        )
        return [request.encode()] * self.times


def measure(options: Options) -> list[Table]:
    people = 5_000 if options.quick else PEOPLE
    walked = Table("many-people-backfill", f"Backfill of {people:,} people", BACKFILL_HEAD)
    pages = Table("many-people-pages", f"Pages beside {people:,} people", PAGES_HEAD)
    with durable_postgres(options.folder) as server:
        baseline_mb = peak_of_one_page(options, server)
        with stub_directory(people) as stub, product(SQLITE, options.folder, server, directory_url=stub.url) as made:
            run = backfill(made)
            figures = (run.report["seen"], run.rate, run.peak_mb, run.peak_mb - baseline_mb)
            walked.rows.append((SQLITE, *map(number, figures)))
            if expected := wrong(run, people, new=True):
                walked.notes.append(f"**expected {expected}, got {run.report}**")
            measure_pages(pages, made)
    return [walked, pages]


def peak_of_one_page(options: Options, server: Postgres) -> float:
    with stub_directory(ONE_PAGE) as stub, product(SQLITE, options.folder, server, directory_url=stub.url) as made:
        return backfill(made).peak_mb


def measure_pages(table: Table, made: Product) -> None:
    made.run("admin", "create", EMAIL, "--name", "Bench")
    link = made.run("sign-in-link", EMAIL)
    with made.serve() as running, contextlib.closing(signed_in(base(made), link)) as browser:
        for path in PAGES:
            for times in (WARM_UP, TIMES):
                views = PageViews(path, cookie_of(browser), times)
                load = measure_load(running.port, views, connections=1, seconds=600, expected=200)
            table.rows.append((path, milliseconds(load.percentile(50)), milliseconds(load.percentile(95))))
            if load.first_odd_answer:
                table.notes.append(f"**{path}: statuses {load.statuses}**")


if __name__ == "__main__":
    show(measure(parse_options("Many people, and the pages that show them.")))
