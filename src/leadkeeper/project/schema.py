"""Is the database at the version that this code needs?"""

import contextlib
import fcntl
import sys
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError, OutputWrapper
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _


def is_current() -> bool:
    """Whether every migration has been applied."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def ensure(*, migrate: bool = False) -> None:
    """Make the schema current where that is safe to do unasked; raises CommandError with the way where not.

    SQLite has one server on one machine: it migrates by itself. On PostgreSQL others may be at work.
    """
    if is_current():
        return
    if not settings.ENVIRONMENT.is_sqlite and not migrate:
        raise CommandError(_("The database schema is not current. Run: leadkeeper migrate (or serve --migrate)"))
    with _alone():
        # A million leads take a minute: a terminal is shown each step, on stderr, since stdout is the command's.
        verbosity = 1 if sys.stderr.isatty() else 0
        call_command("migrate", interactive=False, verbosity=verbosity, stdout=OutputWrapper(sys.stderr))


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Only one process of this machine migrates an SQLite file at a time."""
    if not settings.ENVIRONMENT.is_sqlite:
        yield
        return
    with Path(f"{settings.ENVIRONMENT.database['NAME']}.migrate.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
