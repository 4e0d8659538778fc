"""One line and one mailbox are one lead, however they are written. Leads that turn out to be the same stay two.

The later one gets the earlier as its `duplicate_of`, and a person decides.
"""

from django.conf import settings
from django.db import migrations, transaction
from django.db.utils import IntegrityError

from leadkeeper.leads.migrations._identity import Before, Since
from leadkeeper.leads.migrations._word_index import renew_triggers
from leadkeeper.team.migrations._batches import in_batches, store

_IDENTIFYING = ["phone", "email", "folded_email", "words"]
_READ = ["organization_id", "name", "duplicate_of_id", "created_at", "deleted_at", *_IDENTIFYING]
_LONGEST_VIEW_NAME = 100


def _identify(rules):
    def run(apps, schema_editor):
        database = schema_editor.connection
        renew_triggers(database)
        leads = apps.get_model("leads", "Lead").objects.using(database.alias)
        organizations = apps.get_model("team", "Organization").objects.using(database.alias)
        countries = {each.pk: each.country or settings.LEADKEEPER_COUNTRY for each in organizations.all()}

        def change(batch):
            changed = []
            for lead in batch:
                before = [getattr(lead, column) for column in _IDENTIFYING]
                rules.identify(lead, countries[lead.organization_id])
                if [getattr(lead, column) for column in _IDENTIFYING] != before:
                    changed.append(lead)
            _set_aside(leads, changed)
            store(changed, _IDENTIFYING)

        in_batches(leads.only(*_READ), change, "leads")
        _fold_names_of_views(apps.get_model("leads", "SavedView").objects.using(database.alias), rules)

    return run


def _set_aside(leads, changed):
    """Take out of the unique constraints those of two leads that came in later, before both are the same."""
    changed_by_id = {lead.pk: lead for lead in changed}
    compared = [lead for lead in changed if lead.duplicate_of_id is None and lead.deleted_at is None]
    there = leads.filter(duplicate_of=None, deleted_at=None)
    holders = {}
    for column in ("phone", "folded_email"):
        values = {getattr(lead, column) for lead in compared} - {""}
        for lead in there.filter(**{f"{column}__in": values}).only(*_READ) if values else ():
            holders[lead.organization_id, column, getattr(lead, column)] = changed_by_id.get(lead.pk, lead)
    earlier = {}
    for lead in compared:
        keys = [(lead.organization_id, column, getattr(lead, column)) for column in ("phone", "folded_email")]
        keys = [key for key in keys if key[2]]
        rivals = [holders[key] for key in keys if holders.get(key, lead) is not lead]
        first = min([lead, *rivals], key=_came_in)
        for later in rivals if first is lead else [lead]:
            earlier[later] = min(first, earlier.get(later, first), key=_came_in)
        if first is lead:
            holders |= dict.fromkeys(keys, lead)
    for later, first in earlier.items():
        while first in earlier:
            first = earlier[first]
        later.duplicate_of_id = first.pk
        leads.filter(duplicate_of_id=later.pk).update(duplicate_of_id=first.pk)
    store(list(earlier), ["duplicate_of"])


def _came_in(lead):
    return lead.created_at, lead.pk


def _fold_names_of_views(views, rules):
    for view in views.order_by("pk").iterator():
        folded = rules.fold(view.name)[:_LONGEST_VIEW_NAME]
        if folded != view.folded_name:
            try:
                with transaction.atomic(using=views.db):
                    views.filter(pk=view.pk).update(folded_name=folded)
            except IntegrityError:
                # The same person has another view of this name now. Both stay; only their order is by the old name.
                pass


class Migration(migrations.Migration):
    # So that no lead is locked for longer than its batch takes.
    atomic = False

    dependencies = [("leads", "0011_phone_extension"), ("team", "0007_plain_letters")]

    operations = [migrations.RunPython(_identify(Since()), _identify(Before()))]
