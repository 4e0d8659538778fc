"""The key that signs sessions: given, or made once beside the SQLite database."""

import contextlib
import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from leadkeeper.project.environment import Environment
from leadkeeper.project.terminal import gettext as _


def secret_key(environment: Environment) -> str:
    """The key that was given, or the one beside the database.

    Where there is no database yet, nothing is written: such a process signs nothing that outlives it. Raises
    ImproperlyConfigured.
    """
    if environment.secret_key:
        return environment.secret_key
    if not environment.is_sqlite:
        raise ImproperlyConfigured(_("SECRET_KEY: must be set where the database is PostgreSQL."))
    database = Path(str(environment.database["NAME"]))
    path = database.with_name("secret_key")
    try:
        if path.exists():
            return path.read_text() or _make(path)
        return _make(path) if database.exists() else secrets.token_urlsafe(50)
    except OSError as error:
        raise ImproperlyConfigured(
            _("The secret key %(path)s cannot be read: %(problem)s.") % {"path": path, "problem": error.strerror}
        ) from error


def _make(path: Path) -> str:
    """Write a new key in one step, so that two processes starting together end up with the same one."""
    draft = path.with_name(f".secret_key.{os.getpid()}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
        return path.read_text()
    except OSError as error:
        raise ImproperlyConfigured(
            _("The data folder %(path)s cannot be written: %(problem)s.")
            % {"path": path.parent, "problem": error.strerror}
        ) from error
