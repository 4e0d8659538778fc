"""`leadkeeper backup FILE`: a copy of the database, taken while everything runs."""

import shutil
import sqlite3
import subprocess
from argparse import ArgumentParser
from contextlib import closing
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection


class Command(BaseCommand):
    help = "Copy the database into a file, while everything runs"
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="where to; it must not exist yet")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        if file.exists():
            raise CommandError(f"{file} exists already; a backup overwrites nothing.")
        if not file.absolute().parent.is_dir():
            raise CommandError(f"There is no folder {file.absolute().parent}.")
        if settings.ENVIRONMENT.is_sqlite:
            _copy_sqlite(file)
        else:
            _dump_postgresql(file)
        self.stdout.write(f"{file}: {file.stat().st_size:,} bytes")


def _copy_sqlite(file: Path) -> None:
    """A consistent copy by SQLite's own backup; not whole, it is not left behind."""
    draft = file.with_name(f".{file.name}.part")
    try:
        with (
            closing(sqlite3.connect(str(settings.ENVIRONMENT.database["NAME"]))) as source,
            closing(sqlite3.connect(draft)) as target,
        ):
            source.backup(target)
        draft.rename(file)
    finally:
        draft.unlink(missing_ok=True)


def _dump_postgresql(file: Path) -> None:
    """What `pg_restore` reads. The password travels in the environment, where others cannot see it."""
    if shutil.which("pg_dump") is None:
        raise CommandError("pg_dump is not installed: install PostgreSQL's client programs, of the server's version.")
    arguments, environment = connection.client.settings_to_cmd_args_env(connection.settings_dict, [])
    command = ["pg_dump", "--format=custom", f"--file={file}", *arguments[1:]]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        file.unlink(missing_ok=True)
        raise CommandError(f"pg_dump failed: {done.stderr.strip()}")
