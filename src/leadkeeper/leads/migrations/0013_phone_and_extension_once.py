"""The extension is part of what tells two leads apart, and Argentina's 9 after the country code is not."""

from django.db import migrations, models
from django.db.models import Count, F, Func, Q

_COMPARED = Q(deleted_at__isnull=True, duplicate_of__isnull=True) & ~Q(phone="")
_LINE = Func(F("phone"), function="REPLACE", template="%(function)s(%(expressions)s, '+549', '+54')")


def _set_aside_argentinian_duplicates(apps, schema_editor):
    leads = apps.get_model("leads", "Lead").objects.using(schema_editor.connection.alias)
    argentinian = leads.filter(_COMPARED, phone__startswith="+54").annotate(line=_LINE)
    _set_aside(argentinian, ["line", "phone_extension"], schema_editor)


def _set_aside_other_extensions(apps, schema_editor):
    """One number had one lead before: of the colleagues at one number only the first remains what new ones meet."""
    leads = apps.get_model("leads", "Lead").objects.using(schema_editor.connection.alias)
    with_extension = leads.filter(_COMPARED).exclude(phone_extension="")
    _set_aside(leads.filter(_COMPARED, phone__in=with_extension.values("phone")), ["phone"], schema_editor)


def _set_aside(compared, identity, schema_editor):
    """Of several leads of one identity the first stays, and the others become its duplicates."""
    several = compared.values("organization_id", *identity).annotate(leads=Count("pk")).filter(leads__gt=1)
    for group in list(several.order_by()):
        group.pop("leads")
        first, *later = compared.filter(**group).order_by("created_at", "pk").values_list("pk", flat=True)
        compared.model.objects.using(compared.db).filter(pk__in=later).update(duplicate_of_id=first)
    if schema_editor.connection.vendor == "postgresql":
        # It changes no table of which it has foreign keys left to check.
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):
    dependencies = [("leads", "0012_one_line_one_mailbox")]

    operations = [
        migrations.RunPython(_set_aside_argentinian_duplicates, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="lead",
            constraint=models.UniqueConstraint(
                F("organization"), _LINE, F("phone_extension"), condition=_COMPARED, name="lead_phone_and_extension_once"
            ),
        ),
        migrations.RemoveConstraint(model_name="lead", name="lead_phone_once"),
        migrations.RunPython(migrations.RunPython.noop, _set_aside_other_extensions),
    ]
