"""A PostgreSQL server: whether it answers, is new enough, and has connections to spare."""

from typing import Final

from django.db import Error, connection
from django.utils.translation import gettext as _

from leadkeeper.project.findings import Finding, fine, one_line, problem, warning

_OLDEST: Final = 15


def database() -> Finding:
    try:
        version = _ask("SHOW server_version_num")
    except Error as error:
        password = str(connection.settings_dict.get("PASSWORD") or "")
        return problem(
            _("PostgreSQL cannot be used: %s") % one_line(error, secrets=[password]),
            _("Start the server, or correct DATABASE_URL."),
        )
    return judge_version(version)


def judge_version(version: int) -> Finding:
    """What it means to be of that version, written as PostgreSQL does: 150004 for 15.4."""
    name = f"{version // 10_000}.{version % 10_000}"
    if version // 10_000 < _OLDEST:
        return problem(_("PostgreSQL %s is too old.") % name, _("Move to version 15 or newer."))
    return fine(_("PostgreSQL %s.") % name)


def connections() -> Finding:
    # Of the statistics by database, since who is connected is not told to everybody.
    return judge_connections(
        used=_ask("SELECT sum(numbackends) FROM pg_stat_database"), allowed=_ask("SHOW max_connections")
    )


def judge_connections(*, used: int, allowed: int) -> Finding:
    """What it means that so many of the server's connections are taken."""
    detail = _("%(used)d of %(allowed)d connections are in use.") % {"used": used, "allowed": allowed}
    if used < 0.8 * allowed:
        return fine(detail)
    remedy = _("Raise max_connections, start fewer processes, or put a pool in front.")
    return (problem if used >= 0.95 * allowed else warning)(detail, remedy)


def _ask(question: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return int(cursor.fetchone()[0])
