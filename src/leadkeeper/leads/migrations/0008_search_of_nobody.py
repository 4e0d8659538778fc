from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from leadkeeper.leads.migrations import _word_index as word_index


def make_index_anew(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    word_index.make(schema_editor.connection)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("leads", "0007_saved_views")]

    operations = [
        # What was there before finds the same in the new one.
        migrations.RunPython(make_index_anew, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("assigned_to__isnull", True), ("deleted_at__isnull", True)),
                fields=["organization", "-created_at", "-id"],
                name="lead_of_nobody",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("assigned_to__isnull", True), ("deleted_at__isnull", True)),
                fields=["organization", "stage", "-created_at", "-id"],
                name="lead_of_nobody_by_stage",
            ),
        ),
    ]
