"""What a server costs that nobody asks for anything.

    python -m bench.idle [--quick]

Processor time of the web worker, as a share of one core: with no page open, and with one that a browser keeps open and
that has nothing to be told.
"""

import os
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from bench.footprint import EMAIL, signed_in
from bench.live import base, cookie_of
from bench.memory import family
from bench.options import Options, parse_options
from bench.product import DATABASES, product
from bench.streams import Streams
from bench.table import Table, show
from tools.postgres import durable_postgres

SETTLES_S = 15.0
"""After the last page was closed, a worker goes on for ten seconds as if one were open."""
HEAD = ("", "no page open", "one page open")


def measure(options: Options) -> list[Table]:
    for_s = 5.0 if options.quick else 60.0
    table = Table("idle", f"Share of a core in {for_s:.0f} idle seconds", HEAD)
    with durable_postgres(options.folder) as server:
        for database in DATABASES:
            with product(database, options.folder, server) as made:
                made.run("admin", "create", EMAIL, "--name", "Bench")
                link = made.run("sign-in-link", EMAIL)
                with made.serve() as running, closing(signed_in(base(made), link)) as browser:
                    cookie = cookie_of(browser)
                    browser.close()
                    without_page = share_of_a_core(running.pid, for_s)
                    with Streams(running.port, [cookie], 1):
                        with_page = share_of_a_core(running.pid, for_s)
                table.rows.append((database, f"{without_page:.2%}", f"{with_page:.2%}"))
    return [table]


def share_of_a_core(pid: int, for_s: float) -> float:
    """Of this process and those it started, together."""
    time.sleep(SETTLES_S)
    before = sum(processor_seconds(pid))
    time.sleep(for_s)
    return (sum(processor_seconds(pid)) - before) / for_s


def processor_seconds(pid: int) -> Iterator[float]:
    """Of each process: user and system time, the 14th and 15th field of /proc/PID/stat in proc(5)."""
    for process in family(pid):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        yield (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    show(measure(parse_options("What an idle server costs.")))
