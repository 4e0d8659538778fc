"""Try again what a batch could not do."""

import uuid

from django.utils import timezone
from django.utils.translation import gettext as _

from leadkeeper.leads.transfers.batches import UNDO_WITHIN, find_batch
from leadkeeper.leads.transfers.models import Batch, BatchStep
from leadkeeper.live.announce import announce
from leadkeeper.storage.errors import Conflict
from leadkeeper.team.viewer import Viewer


def try_batch_again(batch_id: uuid.UUID, *, by: Viewer) -> Batch:
    """Have the steps that failed tried again, in the background; answers the batch.

    Raises NotAllowed, NotFound, and Conflict when it has not failed, has been undone, or is too old.
    """
    batch = find_batch(batch_id, by, lock=True)
    if reason := why_not_again(batch):
        raise Conflict(reason)
    BatchStep.objects.filter(batch=batch, done_at__isnull=True).update(tries=0, try_at=None)
    batch.ended_at, batch.failure, batch.moved_at = None, "", timezone.now()
    batch.save(update_fields=["ended_at", "failure", "moved_at"])
    announce(batch.organization_id, [f"batch:{batch.pk}", "transfers"])
    return batch


def why_not_again(batch: Batch) -> str:
    """Why a batch cannot be tried again (any more); empty where it can."""
    if not batch.has_failed:
        return _("Nothing here has failed.")
    if Batch.objects.filter(undoes=batch).exists():
        return _("This has been undone already.")
    if batch.ended_at and batch.ended_at < timezone.now() - UNDO_WITHIN:
        return _("This was more than %d days ago and can no longer be tried again.") % UNDO_WITHIN.days
    return ""
