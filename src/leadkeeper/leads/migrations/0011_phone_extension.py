from django.db import migrations, models
from django.db.models import Q

from leadkeeper.leads.migrations._add_field import AddFieldInPlace


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
