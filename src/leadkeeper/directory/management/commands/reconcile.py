"""`leadkeeper reconcile`: the same walk as a backfill, under the name of the later ones."""

from leadkeeper.directory.management.commands import backfill
from leadkeeper.directory.models import Sweep


class Command(backfill.Command):
    help = "Compare everybody with the directory again"
    kind = Sweep.Kind.RECONCILE
