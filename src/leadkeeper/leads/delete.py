"""Delete a lead: nobody sees it any more, and its phone and e-mail are free again. Its history is kept."""

import uuid

from django.utils import timezone

from leadkeeper.leads.counts import moved, place
from leadkeeper.leads.find import lock_lead
from leadkeeper.leads.tell import tell_of
from leadkeeper.team.roles import May
from leadkeeper.team.viewer import Viewer


def delete(lead_id: uuid.UUID, *, by: Viewer) -> None:
    """Raises NotAllowed, and NotFound also when it has been deleted already."""
    by.require(May.EDIT_LEADS)
    lead = lock_lead(lead_id, by)
    lead.deleted_at = lead.updated_at = timezone.now()
    lead.version += 1
    lead.save(update_fields=["deleted_at", "updated_at", "version"])
    tell_of(lead, before=lead.assigned_to_id)
    moved(lead.organization_id, left=[place(lead)])
