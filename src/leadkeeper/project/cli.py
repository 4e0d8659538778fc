"""The `leadkeeper` command: our commands, and Django's behind them."""

import os
import signal
import sqlite3
import sys
from importlib import metadata
from typing import TYPE_CHECKING, Final, NoReturn

from leadkeeper.project import terminal
from leadkeeper.project.terminal import gettext as _

if TYPE_CHECKING:
    from django.core.management.base import BaseCommand

# These look at no data, or prepare its folder by themselves.
_WITHOUT_DATA: Final = ("serve", "doctor", "makemigrations", "check", "sqlmigrate")
_WITHOUT_SCHEMA: Final = (*_WITHOUT_DATA, "migrate", "showmigrations")
# What Django offers with every command, and nobody needs with ours.
_OF_DJANGO: Final = frozenset(
    {
        *("--version", "--verbosity", "--settings", "--pythonpath", "--traceback"),
        *("--no-color", "--force-color", "--skip-checks"),
    }
)


# What a shell says of a command that the signal has ended.
_NOBODY_READS: Final = 128 + signal.SIGPIPE


def purposes() -> dict[str, str]:
    """Our commands, each with what it does, in the terminal's language."""
    return {
        "serve": _("start the product"),
        "worker": _("do background work (with PostgreSQL)"),
        "backfill": _("fetch everybody from the directory"),
        "reconcile": _("compare everybody with the directory again"),
        "directory": _("show how the mirror stands, and replay what failed"),
        "api-key": _("make, list and revoke the keys that programs use"),
        "admin": _("make a local administrator, or give somebody that role"),
        "sign-in-link": _("print a link that signs a person in, once, within 15 minutes"),
        "doctor": _("check the installation, and say what to do"),
        "backup": _("copy the database into a file, while everything runs"),
        "migrate": _("change the database schema, forward or back"),
    }


def main() -> None:
    """Run one command. Refusals are one clear sentence on stderr and exit code 1.

    Where what it prints is read no further, as by `head`, it ends quietly.
    """
    # What commands write, databases and backups above all, is nobody else's to read.
    os.umask(0o077)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadkeeper.project.settings")
    terminal.speak_one_language()
    try:
        try:
            _answer(sys.argv[1:])
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
    except BrokenPipeError:
        # Python flushes once more at its own end: that goes nowhere.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.dup2(nowhere, sys.stderr.fileno())
        sys.exit(_NOBODY_READS)
    except KeyboardInterrupt:
        sys.exit(130)


def _answer(arguments: list[str]) -> None:
    """Run the command."""
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management.base import CommandError
    from django.db.utils import Error as DatabaseError

    try:
        match arguments:
            case [] | ["help" | "-h" | "--help"]:
                sys.stdout.write(_overview())
            case ["--version" | "version"]:
                sys.stdout.write(f"leadkeeper {metadata.version('leadkeeper')}\n")
            case ["help", name, *_more]:
                _run(name, ["--help"])
            case [name, *options]:
                _run(name, options)
    except CommandError as error:
        _refuse(str(error).removeprefix("Error: "), error.returncode)
    except ImproperlyConfigured as error:
        _refuse(str(error))
    except (DatabaseError, sqlite3.Error) as error:
        _refuse(_("The database cannot be used: %s") % " ".join(str(error).split()))


def _run(name: str, arguments: list[str]) -> None:
    import django
    from django.core.exceptions import ImproperlyConfigured
    from django.utils import translation

    try:
        django.setup()
    except ImproperlyConfigured as error:
        if name == "doctor":
            _diagnose_settings(error, as_json="--json" in arguments)
        raise
    translation.activate(terminal.language())
    command = _command(name)
    options = vars(command.create_parser("leadkeeper", name).parse_args(arguments))

    from leadkeeper.project import data_folder, memory, schema

    if name not in _WITHOUT_DATA:
        data_folder.prepare(may_make=name == "migrate")
    if name not in _WITHOUT_SCHEMA:
        schema.ensure()
    memory.keep_what_is_loaded()
    command.execute(*options.pop("args", ()), **options)


def _command(name: str) -> "BaseCommand":
    from django.core.management import get_commands, load_command_class

    module = name.replace("-", "_")
    if module not in get_commands():
        _refuse(_("There is no command '%s'; 'leadkeeper help' lists them.") % name)
    command = load_command_class(get_commands()[module], module)
    purpose = purposes().get(name)
    if purpose and name != "migrate":
        command.help = purpose[0].upper() + purpose[1:]
        command.suppressed_base_arguments = set(_OF_DJANGO)
    return command


def _diagnose_settings(error: Exception, *, as_json: bool) -> NoReturn:
    """The doctor's answer where nothing else can be looked at."""
    from leadkeeper.project.findings import problem, tell

    tell([("settings", problem(str(error), _("Correct it, and look again.")))], sys.stdout, as_json=as_json)
    sys.exit(1)


def _overview() -> str:
    lines = "\n".join(f"  {name:<14}{purpose}" for name, purpose in purposes().items())
    usage, more = _("COMMAND [options]"), _("Options of a command: leadkeeper COMMAND --help")
    return f"leadkeeper {usage}\n\n{lines}\n\n{more}\n"


def _refuse(sentence: str, code: int = 1) -> NoReturn:
    sys.stderr.write(f"leadkeeper: {sentence}\n")
    sys.exit(code)
