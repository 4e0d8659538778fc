from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from leadkeeper.leads.migrations import _word_index as word_index


def make_index(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    word_index.make(schema_editor.connection)


def drop_index(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    word_index.drop(schema_editor.connection)


def count_anew(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Where SQLite knows how selective the other indices are, it must know it of the new one, too."""
    connection = schema_editor.connection
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'")
            if cursor.fetchone():
                cursor.execute("ANALYZE leads_lead")


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("leads", "0002_transfer"),
    ]

    operations = [
        migrations.RunPython(make_index, drop_index),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(fields=["organization", "source", "-created_at", "-id"], name="lead_by_source"),
        ),
        # Made last, it is the one that SQLite takes where it has counted nothing.
        migrations.RemoveIndex(model_name="lead", name="lead_by_responsible"),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                fields=["organization", "assigned_to", "-created_at", "-id"], name="lead_by_responsible"
            ),
        ),
        migrations.RunPython(count_anew, migrations.RunPython.noop),
    ]
