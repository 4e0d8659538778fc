"""From a webhook to open pages, and what a thousand open pages cost.

    python -m bench.live [--quick]

200 open streams and 20 deliveries a second: the time from the moment a delivery was due to its notice on each
stream, and to a Team page that was fetched again and shows the person. Then 1,000 streams in one process: its
memory, and the door without and with them. All streams are of administrators, a hundred each, and hear of every change.
"""

import contextlib
import math
import sqlite3
import time
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import psycopg

from bench.events import SignedEvents, event, unique_group
from bench.footprint import signed_in
from bench.load import PATIENCE_S, Load, percentile
from bench.load import measure as measure_load
from bench.memory import resident_mb
from bench.options import Options, parse_options
from bench.own_process import in_own_process
from bench.people import Person
from bench.product import DATABASES, SQLITE, Product, product
from bench.server_process import Server
from bench.steady import Answer, send_steadily
from bench.streams import Stream, Streams, wait_until_all_heard
from bench.table import Table, milliseconds, number, show
from tools.postgres import durable_postgres

PAGES = 200
A_SECOND = 20
IDLE = 1_000
STREAMS_OF_ONE_PERSON = 100
"""More of them are not allowed."""
DOOR_CONNECTIONS = 16
MOST_PER_SECOND = 8_000
SEEN_ON_A_PAGE = 10
"""One delivery in so many is also looked for on a page."""
VISIBLE_HEAD = ("", "heard by", "deliveries", "p50 ms", "p95 ms", "most ms")
IDLE_HEAD = ("", "streams", "MB without", "MB with", "door's p99 ms without", "door's p99 ms with")


@dataclass(frozen=True)
class Delivered:
    """A delivery that was due, and the notice by which it had been told of."""

    due: float
    notice: int


def measure(options: Options) -> list[Table]:
    pages, seconds, idle, door_s = (20, 2.0, 100, 1.0) if options.quick else (PAGES, 10.0, IDLE, 4.0)
    visible = Table("live-visible", f"From webhook to {pages} open pages", VISIBLE_HEAD)
    alone = Table("live-idle", f"{idle:,} idle streams in one process", IDLE_HEAD)
    with durable_postgres(options.folder) as server:
        for database in DATABASES:
            with product(database, options.folder, server) as made:
                links = list(administrators(made, math.ceil(max(pages, idle) / STREAMS_OF_ONE_PERSON)))
                with made.serve() as running, contextlib.ExitStack() as stack:
                    browsers = [stack.enter_context(contextlib.closing(signed_in(base(made), link))) for link in links]
                    cookies = [cookie_of(browser) for browser in browsers]
                    measure_visible(visible, made, browsers[0], cookies, pages, seconds)
                    measure_idle(alone, made, running, cookies, idle, door_s)
    return [visible, alone]


def administrators(made: Product, count: int) -> Iterator[str]:
    """New ones: what `sign-in-link` prints for each."""
    for place in range(count):
        address = f"bench{place}@example.com"
        made.run("admin", "create", address, "--name", f"Bench {place}")
        yield made.run("sign-in-link", address)


def base(made: Product) -> str:
    return f"http://127.0.0.1:{made.port}"


def cookie_of(browser: httpx.Client) -> str:
    return f"leadkeeper_session={browser.cookies['leadkeeper_session']}"


def measure_visible(
    table: Table, made: Product, browser: httpx.Client, cookies: list[str], pages: int, seconds: float
) -> None:
    group, count = unique_group(), int(A_SECOND * seconds)
    with Streams(made.port, cookies, pages) as streams, ThreadPoolExecutor(1) as beside:
        looked_for = beside.submit(look_for, browser, streams.streams[0], group, count)
        answers = in_own_process(send_events, made.port, group, count)
        seen = looked_for.result()
        delivered = matched(made, answers)
        all_heard = wait_until_all_heard(streams, delivered[-1].notice)
    on_streams = [late for stream in streams.streams for late in latencies(stream, delivered)]
    on_pages = [(at - answers[index].due) * 1000 for index, at in seen.items()]
    for name, times, of in (
        (f"{pages} streams", on_streams, len(delivered)),
        ("a page fetched again", on_pages, len(on_pages)),
    ):
        figures = (milliseconds(value) for value in (percentile(times, 50), percentile(times, 95), max(times)))
        table.rows.append((made.database, name, number(of), *figures))
    if not all_heard or streams.ended:
        table.notes.append(f"**{made.database}: not every stream heard of everything; {streams.ended} were closed.**")
    if odd := {answer.status for answer in answers} - {204}:
        table.notes.append(f"**{made.database}: deliveries were answered {odd}.**")


def send_events(port: int, group: str, count: int) -> list[Answer]:
    requests = SignedEvents(count=count, group=group).requests(port)
    return send_steadily(port, requests, rate=A_SECOND, until=lambda: False)


def matched(made: Product, answers: list[Answer]) -> list[Delivered]:
    """Each delivery with the last notice about the team that was written before its answer: never an earlier one."""
    offset = time.time() - time.perf_counter()
    notices = list(team_notices(made))
    written = [at - offset for _, at in notices]
    return [Delivered(answer.due, notices[bisect_right(written, answer.ended) - 1][0]) for answer in answers]


def team_notices(made: Product) -> Iterator[tuple[int, float]]:
    """Id and time of each, in order."""
    url = made.environment["DATABASE_URL"]
    query = "SELECT id, at FROM live_notice WHERE topic = 'team' ORDER BY id"
    if made.database == SQLITE:
        with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            for id_, text in connection.execute(query):
                yield id_, datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
    else:
        with psycopg.connect(url) as postgres_connection:
            for id_, at in postgres_connection.execute(query):
                yield id_, at.timestamp()


def latencies(stream: Stream, delivered: list[Delivered]) -> Iterator[float]:
    """From due to heard, in ms. A later notice about the same topic stands for those before it."""
    ids = [id_ for id_, _ in stream.heard]
    for delivery in delivered:
        at = bisect_left(ids, delivery.notice)
        if at < len(ids):
            yield (stream.heard[at][1] - delivery.due) * 1000


def look_for(browser: httpx.Client, stream: Stream, group: str, count: int) -> dict[int, float]:
    """Fetch the Team page again at each notice, as an open one does; when some people were first on it."""
    seen = {}
    for index in range(SEEN_ON_A_PAGE // 2, count, SEEN_ON_A_PAGE):
        _, who = event(group, index)
        heard = len(stream.heard)
        while not shows(browser, who):
            heard = wait_for_news(stream, heard)
        seen[index] = time.perf_counter()
    return seen


def shows(browser: httpx.Client, who: Person) -> bool:
    answer = browser.get("/team", params={"q": who.email}, headers={"HX-Request": "true", "X-Live": "team"})
    return who.email in answer.raise_for_status().text


def wait_for_news(stream: Stream, heard: int) -> int:
    """How many notices the stream has heard, once they are more than `heard`."""
    deadline = time.monotonic() + PATIENCE_S
    while len(stream.heard) <= heard:
        if time.monotonic() > deadline:
            raise TimeoutError(f"no notice within {PATIENCE_S:.0f} s")
        time.sleep(0.001)
    return len(stream.heard)


def measure_idle(table: Table, made: Product, running: Server, cookies: list[str], idle: int, seconds: float) -> None:
    take_deliveries(running.port, 1.0)  # warms up
    without = take_deliveries(running.port, seconds)
    before_mb = resident_mb(running.pid)
    with Streams(running.port, cookies, idle) as streams:
        with_mb = resident_mb(running.pid)
        beside = take_deliveries(running.port, seconds)
        ended = streams.ended
    p99s = (milliseconds(load.percentile(99)) for load in (without, beside))
    table.rows.append((made.database, number(idle), number(before_mb), number(with_mb), *p99s))
    if ended:
        table.notes.append(f"**{made.database}: {ended} streams were closed.**")
    if any(load.first_odd_answer for load in (without, beside)):
        table.notes.append(f"**{made.database}: the door answered {without.statuses} and {beside.statuses}.**")


def take_deliveries(port: int, seconds: float) -> Load:
    source = SignedEvents(count=int(MOST_PER_SECOND * seconds))
    return measure_load(port, source, connections=DOOR_CONNECTIONS, seconds=seconds, expected=204)


if __name__ == "__main__":
    show(measure(parse_options("From a webhook to open pages.")))
