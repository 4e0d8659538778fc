from django.db import migrations, models


class Migration(migrations.Migration):
    """Leads of nobody leave the index of leads by their responsible person: they have two of their own."""

    dependencies = [("leads", "0008_search_of_nobody")]

    operations = [
        migrations.RemoveIndex(model_name="lead", name="lead_by_responsible"),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("assigned_to__isnull", False)),
                fields=["organization", "assigned_to", "-created_at", "-id"],
                name="lead_by_responsible",
            ),
        ),
    ]
