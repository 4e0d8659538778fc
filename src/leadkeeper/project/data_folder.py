"""The folder of an SQLite database: which one is made, and that its files are nobody else's to read."""

import logging
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.management.base import CommandError
from django.utils.translation import gettext as _

# What a group and others may do with a file.
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
logger = logging.getLogger(__name__)


def prepare(*, may_make: bool) -> None:
    """Before an SQLite database is opened: make the file where there is none.

    Commands that `may_make` one say which. Any other makes only a file that is named in full: in another folder than
    the product's, one named from the working directory on would be another database. Raises CommandError.
    """
    if not settings.ENVIRONMENT.is_sqlite:
        return
    path = Path(str(settings.ENVIRONMENT.database["NAME"]))
    try:
        if path.exists():
            return
        if settings.ENVIRONMENT.is_here and not may_make:
            raise CommandError(_missing(path))
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        raise CommandError(
            _("The data folder %(path)s cannot be used: %(problem)s.")
            % {"path": path.parent, "problem": error.strerror}
        ) from None
    if may_make:
        sys.stderr.write("leadkeeper: " + _("New database: %s") % path + "\n")


def close_to_others() -> None:
    """Take the rights of group and others from an SQLite database, what lies beside it, and its folder.

    Each is logged, with the rights there were.
    """
    if not settings.ENVIRONMENT.is_sqlite:
        return
    for path in _ours(Path(str(settings.ENVIRONMENT.database["NAME"]))):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & _OTHERS:
            told = {"path": str(path), "mode": f"{mode:04o}"}
            try:
                path.chmod(mode & ~_OTHERS)
            except PermissionError:
                logger.warning(
                    "others may read what only the product should, and this user cannot change it", extra=told
                )
            else:
                logger.warning("others could read what only the product should: corrected", extra=told)


def _ours(database: Path) -> Iterator[Path]:
    folder = database.parent
    alone = _is_for_data_alone(folder)
    if alone:
        yield folder
    for path in folder.iterdir():
        # Beside the database lie its log, its locks, the secret key, and perhaps backups of it.
        named_so = path.name.startswith(database.name) or path.name == "secret_key"
        if path.is_file() and not path.is_symlink() and (alone or named_so):
            yield path


def _is_for_data_alone(folder: Path) -> bool:
    """Whether nobody keeps or does anything else there, as in a home, a working directory, or /tmp."""
    elsewhere = {Path(os.path.expanduser("~")), Path.cwd(), *Path.cwd().parents}
    return folder.resolve() not in elsewhere and not folder.stat().st_mode & stat.S_ISVTX


def _missing(path: Path) -> str:
    beside = Path(sys.prefix).parent / "data" / "leadkeeper.db"
    known = _(" There is one at %s.") % beside if beside.exists() else ""
    return (
        _(
            "There is no database at %s. Change to the folder in which the product runs, or set DATABASE_URL to the "
            "whole path of its database; 'leadkeeper serve' makes a new one here."
        )
        % path
        + known
    )
