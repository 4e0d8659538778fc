from django.db import migrations, models
from django.db.models import Q

OPEN_STAGES = ("novo", "primeiro_contato", "qualificado", "proposta", "negociacao")


def show_every_stage(apps, schema_editor: object) -> None:
    apps.get_model("leads", "SavedView").objects.filter(stage="").update(stage="any")


def show_open_leads(apps, schema_editor: object) -> None:
    apps.get_model("leads", "SavedView").objects.filter(stage="any").update(stage="")


class Migration(migrations.Migration):
    """Lists show open leads unless they say otherwise: indexes have those in order, and views that were saved before
    say that they are of every stage."""

    dependencies = [("leads", "0016_batch_givers")]

    operations = [
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                fields=["organization", "-created_at", "-id"],
                condition=Q(deleted_at__isnull=True, stage__in=OPEN_STAGES),
                name="lead_open",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                fields=["organization", "assigned_to", "-created_at", "-id"],
                condition=Q(assigned_to__isnull=False, deleted_at__isnull=True, stage__in=OPEN_STAGES),
                name="lead_open_by_responsible",
            ),
        ),
        migrations.AlterField(model_name="savedview", name="stage", field=models.CharField(blank=True, max_length=30)),
        migrations.RunPython(show_every_stage, show_open_leads),
    ]
