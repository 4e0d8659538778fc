from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("live", "0002_audience"),
    ]

    operations = [
        migrations.AddField(
            model_name="notice",
            name="private",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
