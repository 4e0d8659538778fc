from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from leadkeeper.leads.migrations import _word_index as word_index


def make_index_anew_on_sqlite(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "sqlite":
        word_index.make(schema_editor.connection)


class Migration(migrations.Migration):
    """Leads of nobody leave the index of leads by their responsible person, for they have two of their own; and the
    search on SQLite has longer beginnings of words ready."""

    dependencies = [("leads", "0008_search_of_nobody")]

    operations = [
        migrations.RemoveIndex(model_name="lead", name="lead_by_responsible"),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("assigned_to__isnull", False)),
                fields=["organization", "assigned_to", "-created_at", "-id"],
                name="lead_by_responsible",
            ),
        ),
        # What was there before finds the same in the new one.
        migrations.RunPython(make_index_anew_on_sqlite, migrations.RunPython.noop),
    ]
