"""The `leadkeeper` command: our commands, and Django's behind them."""

import os
import signal
import sqlite3
import sys
from typing import Final, NoReturn

COMMANDS: Final = {
    "serve": "start the product",
    "worker": "do background work (with PostgreSQL)",
    "backfill": "fetch everybody from the directory",
    "reconcile": "compare everybody with the directory again",
    "directory": "show how the mirror stands, and replay what failed",
    "api-key": "create an API key",
    "admin": "create a local administrator",
    "sign-in-link": "print a one-time sign-in link",
    "doctor": "check the installation, and say what to do",
    "backup": "copy the database into a file",
    "migrate": "change the database schema, forward or back",
}
_WITHOUT_SCHEMA: Final = (
    "serve",
    "doctor",
    "migrate",
    "makemigrations",
    "check",
    "showmigrations",
    "sqlmigrate",
    "help",
)


# What a shell says of a command that the signal has ended.
_NOBODY_READS: Final = 128 + signal.SIGPIPE


def main() -> None:
    """Run one command. Where what it prints is read no further, as by `head`, it ends quietly."""
    try:
        try:
            _run_or_refuse()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
    except BrokenPipeError:
        # Python flushes once more at its own end: that goes nowhere.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.dup2(nowhere, sys.stderr.fileno())
        sys.exit(_NOBODY_READS)


def _run_or_refuse() -> None:
    """Run the command. Refusals are one clear sentence on stderr and exit code 1."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadkeeper.project.settings")
    arguments = sys.argv[1:]
    if not arguments or (arguments[0] in ("help", "-h", "--help") and len(arguments) == 1):
        sys.stdout.write(_overview())
        return
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management.base import CommandError
    from django.db.utils import Error as DatabaseError

    try:
        _run(arguments)
    except (ImproperlyConfigured, CommandError) as error:
        _refuse(str(error), getattr(error, "returncode", 1))
    except (DatabaseError, sqlite3.Error) as error:
        _refuse(f"The database cannot be used: {str(error).strip()}")
    except KeyboardInterrupt:
        sys.exit(130)


def _run(arguments: list[str]) -> None:
    import django
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import ManagementUtility

    from leadkeeper.project import memory

    try:
        django.setup()
    except ImproperlyConfigured as error:
        if arguments[0] == "doctor":
            _diagnose_settings(error, as_json="--json" in arguments)
        raise
    name = arguments[0].replace("-", "_")
    if name not in _WITHOUT_SCHEMA and not {"-h", "--help"} & set(arguments):
        from leadkeeper.project import schema

        schema.ensure()
    command = ManagementUtility(["leadkeeper", name]).fetch_command(name)
    options = vars(command.create_parser("leadkeeper", arguments[0]).parse_args(arguments[1:]))
    memory.keep_what_is_loaded()
    command.execute(*options.pop("args", ()), **options)


def _diagnose_settings(error: Exception, *, as_json: bool) -> NoReturn:
    """The doctor's answer where nothing else can be looked at. Without settings there are no translations either."""
    from leadkeeper.project.findings import problem, tell

    tell([("settings", problem(str(error), "Correct it, and look again."))], sys.stdout, as_json=as_json)
    sys.exit(1)


def _overview() -> str:
    lines = "\n".join(f"  {name:<14}{purpose}" for name, purpose in COMMANDS.items())
    return f"leadkeeper COMMAND [options]\n\n{lines}\n\nOptions of a command: leadkeeper COMMAND --help\n"


def _refuse(sentence: str, code: int = 1) -> None:
    sys.stderr.write(f"leadkeeper: {sentence}\n")
    sys.exit(code)
