"""A lead's source is one of a fixed list, and what there is to say beyond that is its campaign."""

import re
import unicodedata

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import F
from django.db.models.functions import Substr

from leadkeeper.leads.migrations._add_field import AddFieldInPlace

SOURCES = [
    ("whatsapp", "WhatsApp"),
    ("instagram", "Instagram"),
    ("landing_page", "Landing page"),
    ("indicacao", "Referral"),
    ("evento", "Event"),
    ("organico", "Organic"),
    ("trafego_pago", "Paid traffic"),
    ("outro", "Other"),
]
# How people write these sources, folded: their keys, and their names in English and Portuguese.
SPELLINGS = {key: key for key, _name in SOURCES} | {
    "pagina_de_destino": "landing_page",
    "landing": "landing_page",
    "referral": "indicacao",
    "event": "evento",
    "organic": "organico",
    "paid_traffic": "trafego_pago",
    "other": "outro",
}
LONGEST_SOURCE = 60


def folded(text: str) -> str:
    """`Indicação` is `indicacao`, and `Landing-Page` is `landing_page`."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return re.sub(r"[\W_]+", "_", plain.casefold()).strip("_")


def sort_out_sources(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Another spelling of a source becomes that source. Any other text becomes the campaign of the source `outro`."""
    database = schema_editor.connection.alias
    leads = apps.get_model("leads", "Lead").objects.using(database)
    views = apps.get_model("leads", "SavedView").objects.using(database)
    known = ["", *(key for key, _name in SOURCES)]
    for rows in (leads, views):
        for text in rows.exclude(source__in=known).values_list("source", flat=True).distinct():
            if folded(text) in SPELLINGS:
                rows.filter(source=text).update(source=SPELLINGS[folded(text)])
    leads.exclude(source__in=known).update(campaign=F("source"), source="outro")
    # The nearest there is: all leads whose source the view named are among those of `outro`.
    views.exclude(source__in=known).update(source="outro")


def put_texts_back(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The campaign of the source `outro` is the text that the source was."""
    leads = apps.get_model("leads", "Lead").objects.using(schema_editor.connection.alias)
    leads.filter(source="outro").exclude(campaign="").update(source=Substr("campaign", 1, LONGEST_SOURCE))


class Migration(migrations.Migration):
    dependencies = [("leads", "0013_phone_and_extension_once")]

    operations = [
        AddFieldInPlace("lead", "campaign", models.CharField(blank=True, db_default="", default="", max_length=200)),
        migrations.AlterField("lead", "source", models.CharField(blank=True, choices=SOURCES, max_length=60)),
        migrations.AlterField("savedview", "source", models.CharField(blank=True, choices=SOURCES, max_length=60)),
        migrations.RunPython(sort_out_sources, put_texts_back),
    ]
