"""Sessions are stored under a hash of their cookie. Those that are open stay so; the way back ends them all."""

import hashlib

from django.db import migrations

AT_ONCE = 500


def hash_keys(apps, schema_editor):
    Session = apps.get_model("sessions", "Session")
    keys = list(Session.objects.values_list("session_key", flat=True))
    for start in range(0, len(keys), AT_ONCE):
        some = Session.objects.filter(session_key__in=keys[start : start + AT_ONCE])
        hashed = [
            Session(
                session_key=hashlib.blake2b(session.session_key.encode(), digest_size=20).hexdigest(),
                session_data=session.session_data,
                expire_date=session.expire_date,
            )
            for session in some
        ]
        some.delete()
        Session.objects.bulk_create(hashed)


def delete_all(apps, schema_editor):
    apps.get_model("sessions", "Session").objects.all().delete()


class Migration(migrations.Migration):

    dependencies = [
        ("access", "0001_initial"),
        ("sessions", "0001_initial"),
    ]

    operations = [migrations.RunPython(hash_keys, delete_all)]
