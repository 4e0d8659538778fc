"""Who was responsible for a lead, and how that came to be."""

import uuid

from django.db.models import QuerySet

from leadkeeper.leads.find import find_lead
from leadkeeper.leads.models import OwnershipChange
from leadkeeper.team.viewer import Viewer


def ownership_history(lead_id: uuid.UUID, viewer: Viewer) -> QuerySet[OwnershipChange]:
    """Every change of who is responsible, oldest first. Raises NotFound."""
    return find_lead(lead_id, viewer).ownership.order_by("id")
