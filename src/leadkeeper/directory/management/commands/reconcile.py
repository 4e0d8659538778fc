"""`leadkeeper reconcile`: the same walk as a backfill, under the name of the later ones."""

from leadkeeper.directory.management.commands import backfill
from leadkeeper.directory.models import Sweep


class Command(backfill.Command):
    kind = Sweep.Kind.RECONCILE
