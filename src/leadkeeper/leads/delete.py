"""Delete a lead: nobody sees it any more, and its phone and e-mail are free again. Its history is kept."""

import logging
import uuid
from functools import partial

from django.db import transaction
from django.utils import timezone

from leadkeeper.leads.end_of_change import lead_deleted
from leadkeeper.leads.find import lock_lead
from leadkeeper.leads.possible_duplicates import compare_again
from leadkeeper.team.roles import May
from leadkeeper.team.viewer import Viewer

logger = logging.getLogger(__name__)


def delete(lead_id: uuid.UUID, *, by: Viewer) -> None:
    """The row says who did it, as does a line in the log once it is committed.

    Raises NotAllowed, and NotFound also when it has been deleted already."""
    by.require(May.EDIT_LEADS)
    lead = lock_lead(lead_id, by)
    lead.deleted_at = lead.updated_at = timezone.now()
    lead.deleted_by_kind, lead.deleted_by_id, lead.deleted_by_name = by.kind, by.id, by.name
    lead.version += 1
    deletion = ["deleted_at", "deleted_by_kind", "deleted_by_id", "deleted_by_name"]
    lead.save(update_fields=[*deletion, "updated_at", "version"])
    compare_again(lead)
    lead_deleted(lead)
    told = {"lead": lead.pk, "organization": lead.organization_id, "by_kind": by.kind, "by": by.id}
    transaction.on_commit(partial(logger.info, "lead deleted", extra=told))
