from django.db import migrations, models
from django.db.models import Q


class AddFieldInPlace(migrations.AddField):
    """On SQLite, too, where Django would copy the whole table, and its triggers would be lost."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor != "sqlite":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        field = model._meta.get_field(self.name)
        sql, parameters = schema_editor.column_sql(model, field)
        table, column = map(schema_editor.quote_name, (model._meta.db_table, field.column))
        schema_editor.execute(f"ALTER TABLE {table} ADD COLUMN {column} {sql}", parameters)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor != "sqlite":
            super().database_backwards(app_label, schema_editor, from_state, to_state)
            return
        model = from_state.apps.get_model(app_label, self.model_name)
        table = schema_editor.quote_name(model._meta.db_table)
        column = schema_editor.quote_name(model._meta.get_field(self.name).column)
        schema_editor.execute(f"ALTER TABLE {table} DROP COLUMN {column}")


class Migration(migrations.Migration):
    dependencies = [("leads", "0010_deleted_by")]

    operations = [
        AddFieldInPlace(
            model_name="lead",
            name="phone_extension",
            field=models.CharField(blank=True, db_default="", default="", max_length=20),
        ),
        migrations.AddField(
            model_name="lead", name="confirmed_distinct_at", field=models.DateTimeField(null=True)
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=Q(duplicate_of__isnull=False, confirmed_distinct_at__isnull=True, deleted_at__isnull=True),
                fields=["organization", "-created_at", "-id"],
                name="lead_possible_duplicates",
            ),
        ),
    ]
