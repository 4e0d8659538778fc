import django.db.models.deletion
import django.utils.timezone
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models

KINDS = [
    ("given", "Somebody makes me responsible"),
    ("taken", "Somebody takes a lead from me"),
    ("asked", "Somebody asks me for a lead"),
    ("departure", "Somebody leaves who has open leads"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0004_departures"),
    ]

    operations = [
        migrations.CreateModel(
            name="Notification",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(choices=KINDS, max_length=10)),
                ("reason", models.CharField(blank=True, max_length=10)),
                ("by_id", models.UUIDField(null=True)),
                ("by_name", models.CharField(max_length=255)),
                ("other_name", models.CharField(blank=True, max_length=255)),
                ("lead", models.UUIDField(null=True)),
                ("lead_name", models.CharField(blank=True, max_length=200)),
                ("leads", models.PositiveIntegerField(default=0)),
                ("leads_lost", models.PositiveIntegerField(default=0)),
                ("people", models.PositiveIntegerField(default=0)),
                ("batch", models.UUIDField(null=True)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("read_at", models.DateTimeField(null=True)),
                ("mail_at", models.DateTimeField(null=True)),
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
                    "recipient",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["recipient", "organization", "-at", "-id"], name="notification_newest"),
                    models.Index(
                        condition=models.Q(("read_at__isnull", True)), fields=["recipient"], name="notification_unread"
                    ),
                    models.Index(
                        condition=models.Q(("mail_at__isnull", False)), fields=["mail_at"], name="notification_to_mail"
                    ),
                    models.Index(
                        condition=models.Q(("kind", "asked")), fields=["lead", "by_id"], name="notification_asked"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("batch__isnull", False)),
                        fields=("recipient", "batch"),
                        name="notified_once_of_batch",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NotificationSwitch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=KINDS, max_length=10)),
                ("in_app", models.BooleanField(default=True)),
                ("by_mail", models.BooleanField(default=True)),
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("person", "organization", "kind"), name="switched_once")
                ],
            },
        ),
    ]
