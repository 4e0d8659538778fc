"""One lead, for a viewer."""

import uuid

from django.utils.translation import gettext as _

from leadkeeper.leads.models import Lead, LeadQuerySet
from leadkeeper.storage.errors import NotFound
from leadkeeper.team.roles import May
from leadkeeper.team.viewer import Viewer


def find_lead(lead_id: uuid.UUID, viewer: Viewer) -> Lead:
    """The lead, with its responsible person. Raises NotFound when there is none for this viewer."""
    viewer.require(May.SEE_LEADS)
    return _one(Lead.objects.visible_to(viewer).select_related("assigned_to"), lead_id)


def lock_lead(lead_id: uuid.UUID, viewer: Viewer) -> Lead:
    """The lead as it is now, which nobody else changes until the transaction ends. Raises NotFound."""
    return _one(Lead.objects.visible_to(viewer).select_for_update(), lead_id)


def _one(leads: LeadQuerySet, lead_id: uuid.UUID) -> Lead:
    try:
        return leads.get(pk=lead_id)
    except Lead.DoesNotExist:
        raise NotFound(_("This lead does not exist, or you may not see it.")) from None
