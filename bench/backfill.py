"""Backfill of a large directory from a local stub, into an empty database and again when nothing has changed.

    python -m bench.backfill [--quick] [--people 100000]

People a second are what the command itself reports (`seen` by `duration_s`). Memory growth is the peak of
the process above the peak of the same command on a directory of one page.
"""

import argparse
import json
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.memory import peak_mb
from bench.options import Options, add_options
from bench.product import COMMAND, DATABASES, CommandFailedError, Product, product
from bench.stub_directory import stub_directory
from bench.table import Table, number, show
from tools.postgres import Postgres, durable_postgres

ONE_PAGE = 500
PEOPLE = 100_000
HEAD = ("", "people", "seconds", "people/s", "peak MB", "growth MB")


@dataclass(frozen=True)
class Run:
    report: dict[str, Any]
    peak_mb: float

    @property
    def rate(self) -> float:
        return float(self.report["seen"]) / float(self.report["duration_s"])


def measure(options: Options, people: int | None = None) -> list[Table]:
    people = people or (5_000 if options.quick else PEOPLE)
    table = Table("backfill", "Backfill", HEAD)
    with durable_postgres(options.folder) as server:
        for database in DATABASES:
            baseline = runs(database, ONE_PAGE, options.folder, server)[0].peak_mb
            for name, run in zip(
                ("everybody new", "nothing changed"),
                runs(database, people, options.folder, server),
                strict=True,
            ):
                table.rows.append(
                    (
                        f"{database}, {name}",
                        number(run.report["seen"]),
                        f"{run.report['duration_s']:.1f}",
                        number(run.rate),
                        number(run.peak_mb),
                        number(run.peak_mb - baseline),
                    )
                )
                if expected := wrong(run, people, new=name == "everybody new"):
                    table.notes.append(f"**{database}, {name}: expected {expected}, got {run.report}**")
    return [table]


def runs(database: str, people: int, folder: Path, server: Postgres) -> list[Run]:
    """The first backfill of an empty database, and a second one."""
    with stub_directory(people) as stub, product(database, folder, server, directory_url=stub.url) as made:
        return [backfill(made), backfill(made)]


def backfill(made: Product) -> Run:
    with tempfile.TemporaryFile() as wrote, tempfile.TemporaryFile() as complained:
        process = subprocess.Popen(
            [str(COMMAND), "backfill", "--json"],
            env=dict(made.environment),
            cwd=made.folder,
            stdin=subprocess.DEVNULL,
            stdout=wrote,
            stderr=complained,
        )
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, peak_mb(process.pid))
            time.sleep(0.02)
        wrote.seek(0)
        complained.seek(0)
        if process.returncode != 0:
            raise CommandFailedError(f"backfill: {wrote.read().decode()}{complained.read().decode()[-2000:]}")
        return Run(json.loads(wrote.read()), peak)


def wrong(run: Run, people: int, *, new: bool) -> dict[str, Any]:
    """What should have been reported, where it was not."""
    expected = {"status": "complete", "seen": people, "created" if new else "unchanged": people}
    return {name: value for name, value in expected.items() if run.report.get(name) != value}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser)
    parser.add_argument("--people", type=int, help=f"default: {PEOPLE:,}, or 5,000 with --quick")
    arguments = parser.parse_args()
    show(measure(Options(arguments.quick, arguments.folder), arguments.people))


if __name__ == "__main__":
    main()
