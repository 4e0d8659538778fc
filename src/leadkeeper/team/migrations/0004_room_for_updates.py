"""Every sweep marks every person as seen. Where a page of the table has room for the new version of a row, PostgreSQL
need not write its indexes again."""

from django.db import migrations

_ROOM = "ALTER TABLE team_user SET (fillfactor = 70)"
_NO_ROOM = "ALTER TABLE team_user RESET (fillfactor)"


def _on_postgresql(statement):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(statement)

    return run


class Migration(migrations.Migration):
    dependencies = [("team", "0003_policies")]

    operations = [migrations.RunPython(_on_postgresql(_ROOM), _on_postgresql(_NO_ROOM))]
