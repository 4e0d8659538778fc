"""Whether the database has the schema that this version needs, and no newer one."""

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leadkeeper.project.findings import Finding, fine, problem, warning


def migrations() -> Finding:
    executor = MigrationExecutor(connection)
    loader = executor.loader
    due = executor.migration_plan(loader.graph.leaf_nodes())
    if due:
        return problem(
            ngettext("%d migration has not been applied.", "%d migrations have not been applied.", len(due)) % len(due),
            _("Run: leadkeeper migrate"),
        )
    newer = [(room, name) for room, name in loader.applied_migrations or () if room in settings.ROOMS]
    unknown = [f"{room} {name}" for room, name in newer if (room, name) not in (loader.disk_migrations or {})]
    if unknown:
        return warning(
            _("The database has been changed by a newer version: %s.") % ", ".join(unknown),
            _("Install that version again, or let it migrate back first."),
        )
    return fine(_("All migrations are applied."))
