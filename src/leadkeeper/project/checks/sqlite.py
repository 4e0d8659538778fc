"""An SQLite database: its file, its promises, and the room it has to grow."""

import os
import shutil
import sqlite3
from pathlib import Path
from typing import Final

from django.db import Error, connection
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from leadkeeper.project.findings import Finding, fine, one_line, problem, warning

_MEGABYTE: Final = 1024 * 1024
_LITTLE_ROOM: Final = 1024 * _MEGABYTE
_NO_ROOM: Final = 100 * _MEGABYTE
# As PRAGMA synchronous tells them.
_FULL: Final = 2


def file() -> Finding:
    """Looked at before anybody connects: connecting would make an empty database."""
    path = _path()
    if not path.is_file():
        return problem(
            _("There is no database at %s.") % path,
            _("Start the product once: leadkeeper serve. Or correct DATABASE_URL."),
        )
    for needed in (path, path.parent):
        # SQLite also writes beside the file. The effective user is the one who will.
        if not os.access(needed, os.R_OK | os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            return problem(
                _("%s cannot be written.") % needed,
                _("Give this user the right to read and write it, or run as the user who owns it."),
            )
    return fine(_("%s can be written.") % path)


def database() -> Finding:
    try:
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM sqlite_master")
    except (Error, sqlite3.Error) as error:
        return problem(
            _("SQLite cannot use the file: %s.") % one_line(error),
            _("Restore a backup, or correct DATABASE_URL."),
        )
    return fine(_("SQLite %s.") % sqlite3.sqlite_version)


def durability() -> Finding:
    """Whether what is acknowledged survives a power cut."""
    with connection.cursor() as cursor:
        journal = str(cursor.execute("PRAGMA journal_mode").fetchone()[0])
        synchronous = int(cursor.execute("PRAGMA synchronous").fetchone()[0])
    return judge_durability(journal, synchronous)


def judge_durability(journal: str, synchronous: int) -> Finding:
    """What these settings promise, as the pragmas of those names tell them."""
    if journal != "wal":
        return problem(
            _("The journal is '%s', not 'wal': readers and writers block each other.") % journal,
            _("Put the database on a local disk; network drives cannot do this."),
        )
    if synchronous < _FULL:
        return problem(
            _("'synchronous' is below FULL: a power cut could lose what was acknowledged."),
            _("Leave the connection's settings as they are shipped."),
        )
    return fine(_("Write-ahead log, on disk before anything is acknowledged."))


def disk_space() -> Finding:
    return judge_room(shutil.disk_usage(_path().parent).free)


def judge_room(free: int) -> Finding:
    """What it means to have so many bytes left on the disk."""
    detail = _("%s left on the disk of the database.") % filesizeformat(free).replace("\xa0", " ")
    if free >= _LITTLE_ROOM:
        return fine(detail)
    remedy = _("Make room, or move the database: on a full disk nothing can be saved.")
    return (problem if free < _NO_ROOM else warning)(detail, remedy)


def _path() -> Path:
    return Path(str(connection.settings_dict["NAME"]))
