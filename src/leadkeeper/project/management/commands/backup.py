"""`leadkeeper backup FILE`: a copy of the database, taken while everything runs."""

import json as json_text
import shutil
import sqlite3
import subprocess
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils.translation import gettext as _
from rich.console import Console
from rich.filesize import decimal
from rich.progress import Progress, ProgressColumn, SpinnerColumn, Task, TextColumn, TimeElapsedColumn
from rich.text import Text


class Command(BaseCommand):
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help=_("where to; it must not exist yet"))
        parser.add_argument("--json", action="store_true", help=_("print one JSON object on stdout"))

    def handle(self, *args: Any, file: Path, json: bool, **options: Any) -> None:
        if file.exists():
            raise CommandError(_("%s exists already; a backup overwrites nothing.") % file)
        if not file.absolute().parent.is_dir():
            raise CommandError(_("There is no folder %s.") % file.absolute().parent)
        # Whole, or not there at all.
        draft = file.with_name(f".{file.name}.part")
        try:
            with _progress(draft):
                (_copy_sqlite if settings.ENVIRONMENT.is_sqlite else _dump_postgresql)(draft)
            draft.rename(file)
        except OSError as error:
            raise CommandError(
                _("%(path)s cannot be written: %(problem)s.") % {"path": file, "problem": error.strerror}
            ) from None
        finally:
            draft.unlink(missing_ok=True)
        size = file.stat().st_size
        told = {"file": str(file.absolute()), "bytes": size}
        self.stdout.write(
            json_text.dumps(told) if json else _("%(file)s: %(size)s bytes") % {"file": file, "size": f"{size:,}"}
        )


def _copy_sqlite(draft: Path) -> None:
    """A consistent copy by SQLite's own backup, for its owner alone."""
    draft.touch(mode=0o600)
    with (
        closing(sqlite3.connect(str(settings.ENVIRONMENT.database["NAME"]))) as source,
        closing(sqlite3.connect(draft)) as target,
    ):
        source.backup(target)


def _dump_postgresql(draft: Path) -> None:
    """What `pg_restore` reads, for its owner alone. The password travels in the environment, out of others' sight."""
    if shutil.which("pg_dump") is None:
        raise CommandError(
            _("pg_dump is not installed: install PostgreSQL's client programs, of the server's version.")
        )
    draft.touch(mode=0o600)
    arguments, environment = connection.client.settings_to_cmd_args_env(connection.settings_dict, [])
    command = ["pg_dump", "--format=custom", f"--file={draft}", *arguments[1:]]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CommandError(_("pg_dump failed: %s") % done.stderr.strip())


class _SizeColumn(ProgressColumn):
    """How large the file has become."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file

    def render(self, task: Task) -> Text:
        return Text(decimal(self._file.stat().st_size) if self._file.exists() else "")


@contextmanager
def _progress(file: Path) -> Iterator[None]:
    """On stderr, where there is a terminal to show it."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), _SizeColumn(file), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        progress.add_task(_("Copying the database"), total=None)
        yield
