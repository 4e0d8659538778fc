"""A check-up of the installation: each check by itself, so that one that fails hides no other."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from leadkeeper.project.checks import configuration, directory, leads, migrations, postgresql, sqlite, team
from leadkeeper.project.checks.clerk import Visit
from leadkeeper.project.findings import Finding, Named, Status, one_line, problem, warning


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at. Where something it needs is a problem, it is not looked at."""

    name: str
    look: Callable[[], Finding]
    needs: str = ""


_SQLITE: Final = (
    Check("database_file", sqlite.file),
    Check("database", sqlite.database, needs="database_file"),
    Check("durability", sqlite.durability, needs="database"),
    Check("disk_space", sqlite.disk_space, needs="database_file"),
)
_POSTGRESQL: Final = (
    Check("database", postgresql.database),
    Check("connections", postgresql.connections, needs="database"),
)
_CONTENTS: Final = (
    Check("migrations", migrations.migrations, needs="database"),
    Check("worker", directory.worker, needs="migrations"),
    Check("endpoint", directory.endpoint, needs="migrations"),
    Check("failed_deliveries", directory.failed_deliveries, needs="migrations"),
    Check("last_sweep", directory.last_sweep, needs="migrations"),
    Check("administrators", team.administrators, needs="migrations"),
    Check("counters", leads.counters, needs="migrations"),
    Check("possible_duplicates", leads.possible_duplicates, needs="migrations"),
)


def examine() -> Iterator[Named]:
    """Look at everything, in the order in which one thing rests on another. Changes nothing."""
    return in_turn((*_outside(), *(_SQLITE if connection.vendor == "sqlite" else _POSTGRESQL), *_CONTENTS))


def _outside() -> tuple[Check, ...]:
    """What can be told without the database."""
    clerk = Visit()
    return (
        Check("settings", configuration.secret_key),
        Check("address", configuration.address),
        Check("webhook_secret", configuration.webhook_secret),
        Check("clerk_key", clerk.key),
        Check("clerk_instance", clerk.instance, needs="clerk_key"),
        Check("clock", clerk.clock),
    )


def in_turn(checks: tuple[Check, ...]) -> Iterator[Named]:
    """What each check finds. One that raises is a problem by itself, and those that need it are passed over."""
    missing: dict[str, str] = {}
    for check in checks:
        if check.needs in missing:
            missing[check.name] = missing[check.needs]
            yield check.name, _passed_over(missing[check.needs])
            continue
        finding = _isolated(check)
        if finding.status is Status.PROBLEM:
            missing[check.name] = check.name
        yield check.name, finding


def _isolated(check: Check) -> Finding:
    try:
        return check.look()
    except Exception as error:
        connection.close_if_unusable_or_obsolete()
        cause = one_line(error, secrets=_known_secrets())
        return problem(
            _("The check itself failed: %(kind)s: %(cause)s") % {"kind": type(error).__name__, "cause": cause},
            _("Put right what the error names, and look again."),
        )


def _passed_over(needed: str) -> Finding:
    return warning(_("Not looked at, because of the problem with '%s'.") % needed, _("Put that right, and look again."))


def _known_secrets() -> tuple[str, ...]:
    password = str(settings.DATABASES["default"].get("PASSWORD") or "")
    return (settings.SECRET_KEY, settings.CLERK_SECRET_KEY, *settings.CLERK_WEBHOOK_SECRETS, password)
