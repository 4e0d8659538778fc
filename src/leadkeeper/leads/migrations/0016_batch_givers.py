from itertools import groupby

from django.db import migrations, models
from django.db.models import Count

MOST_GIVERS = 100


def read_givers_from_the_history(apps, schema_editor: object) -> None:
    changes = apps.get_model("leads", "OwnershipChange").objects.filter(batch__isnull=False).order_by("batch")
    gave = changes.values_list("batch", "from_user").annotate(leads=Count("id")).order_by("batch", "-leads")
    batches = apps.get_model("leads", "Batch").objects
    for batch, rows in groupby(gave.iterator(), key=lambda row: row[0]):
        givers = [(giver.hex if giver else None, leads) for _batch, giver, leads in rows][:MOST_GIVERS]
        batches.filter(pk=batch).update(givers=givers)


class Migration(migrations.Migration):
    """A batch keeps who gave how many leads, as it keeps who received them."""

    dependencies = [("leads", "0015_duplicate_checks")]

    operations = [
        migrations.AddField(model_name="batch", name="givers", field=models.JSONField(default=list)),
        migrations.RunPython(read_givers_from_the_history, migrations.RunPython.noop),
    ]
