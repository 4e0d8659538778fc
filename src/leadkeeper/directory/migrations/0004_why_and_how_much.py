import django.db.models.deletion
from django.db import migrations, models

# Of sweeps that were refused before, how many people would have gone.
COUNT_MISSING = """
UPDATE directory_sweep SET missing = (
    SELECT COUNT(*) FROM team_user
    WHERE clerk_id IS NOT NULL AND is_active
      AND (seen_in_sweep IS NULL OR seen_in_sweep <> directory_sweep.id)
      AND EXISTS (
          SELECT 1 FROM team_membership
          WHERE team_membership.user_id = team_user.id
            AND team_membership.organization_id = directory_sweep.organization_id))
WHERE status = 'refused'"""


class Migration(migrations.Migration):
    dependencies = [
        ("directory", "0003_catch_up"),
        ("team", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="sweep",
            name="missing",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="sweep",
            name="reason_parts",
            field=models.JSONField(null=True),
        ),
        migrations.CreateModel(
            name="Inventory",
            fields=[
                (
                    "organization",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="team.organization",
                    ),
                ),
                ("taken_at", models.DateTimeField()),
                ("deliveries", models.PositiveBigIntegerField()),
                ("payloads", models.PositiveBigIntegerField()),
            ],
        ),
        migrations.RunSQL(COUNT_MISSING, migrations.RunSQL.noop),
    ]
