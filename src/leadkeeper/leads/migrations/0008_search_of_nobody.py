from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from leadkeeper.leads.lists import word_index


def make_index_anew(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    word_index.make(schema_editor.connection)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("leads", "0007_saved_views")]

    # What was there before finds the same in the new one.
    operations = [migrations.RunPython(make_index_anew, migrations.RunPython.noop)]
