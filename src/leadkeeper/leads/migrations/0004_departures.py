import django.db.models.deletion
import django.utils.timezone
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0003_search"),
        ("team", "0003_policies"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DepartureCase",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "why",
                    models.CharField(
                        choices=[
                            ("deleted", "deleted in the directory"),
                            ("suspended", "banned or deprovisioned in the directory"),
                            ("absent", "no longer in the directory"),
                            ("deactivated", "deactivated here"),
                            ("linked", "linked to somebody of the directory"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "policy",
                    models.CharField(
                        choices=[
                            ("badge", "Stay where they are"),
                            ("queue", "Go to nobody"),
                            ("successor", "Go to a named successor"),
                        ],
                        max_length=10,
                    ),
                ),
                ("successor_unfit", models.BooleanField(default=False)),
                ("to_move", models.BooleanField(default=False)),
                ("leads_by_stage", models.JSONField(default=dict)),
                ("opened_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("returned_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("moved", "No open leads are left"),
                            ("left", "Left as it is"),
                            ("returned", "Came back before anything moved"),
                            ("given_back", "Came back, and got the leads back"),
                        ],
                        max_length=20,
                    ),
                ),
                ("batches", models.ManyToManyField(related_name="departures", to="leads.batch")),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="team.organization",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "successor",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["organization", "-opened_at", "-id"], name="departure_newest"),
                    models.Index(fields=["person", "-opened_at"], name="departure_of_person"),
                    models.Index(condition=models.Q(("to_move", True)), fields=["opened_at"], name="departure_to_move"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at__isnull", True)),
                        fields=("organization", "person"),
                        name="departure_open_once",
                    ),
                ],
            },
        ),
    ]
