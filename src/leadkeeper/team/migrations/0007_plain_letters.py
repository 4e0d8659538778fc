"""Letters such as ł and ø are found and sorted as l and o, and characters that nobody sees are passed over."""

from django.db import migrations

from leadkeeper.team.migrations._batches import in_batches, store
from leadkeeper.team.migrations._folding import fold_before, fold_since, searchable

_LONGEST_SORTABLE = 100
_LONGEST_SEARCHABLE = 540


def _fold_again(fold):
    def change(memberships):
        changed = []
        for membership in memberships:
            user = membership.user
            folded_name = fold(user.name)[:_LONGEST_SORTABLE]
            words = searchable(user.name, user.email, limit=_LONGEST_SEARCHABLE, fold=fold)
            if (folded_name, words) != (membership.folded_name, membership.words):
                membership.folded_name, membership.words = folded_name, words
                changed.append(membership)
        store(changed, ["folded_name", "words"])

    def run(apps, schema_editor):
        memberships = apps.get_model("team", "Membership").objects.using(schema_editor.connection.alias)
        in_batches(memberships.select_related("user"), change, "people")

    return run


class Migration(migrations.Migration):
    # So that no row is locked for longer than its batch takes.
    atomic = False

    dependencies = [("team", "0006_unknown_role")]

    operations = [migrations.RunPython(_fold_again(fold_since), _fold_again(fold_before))]
