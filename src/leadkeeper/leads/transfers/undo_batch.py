"""Undo a batch: give back what nobody has touched since, and say which leads somebody has."""

import uuid

from django.utils import timezone
from django.utils.translation import gettext as _

from leadkeeper.leads.choices import Reason
from leadkeeper.leads.transfers.batches import UNDO_WITHIN, find_batch, moves_back, open_batch
from leadkeeper.leads.transfers.models import Batch
from leadkeeper.storage.errors import Conflict
from leadkeeper.team.viewer import Viewer


def undo_batch(batch_id: uuid.UUID, *, by: Viewer) -> Batch:
    """Undo it, as a batch of its own; answers that one.

    Raises NotAllowed, NotFound, and Conflict while it is still moving, when it has been undone before, is itself an
    undo, or is too old.
    """
    batch = find_batch(batch_id, by, lock=True)
    if reason := why_not(batch):
        raise Conflict(reason)
    return open_batch(list(moves_back(batch)), by=by, reason=Reason.UNDO, with_closed=True, undoes=batch)


def why_not(batch: Batch) -> str:
    """Why a batch cannot be undone (any more); empty where it can."""
    if batch.reason == Reason.UNDO:
        return _("This was an undo. Transfer the leads again instead.")
    if Batch.objects.filter(undoes=batch).exists():
        return _("This has been undone already.")
    if batch.ended_at is None:
        return _("This transfer is still running. It can be undone once it is done.")
    if batch.ended_at < timezone.now() - UNDO_WITHIN:
        return _("This was more than %d days ago and can no longer be undone.") % UNDO_WITHIN.days
    return ""
