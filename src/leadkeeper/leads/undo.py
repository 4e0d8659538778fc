"""Undo: give a lead back to whoever was responsible before."""

import uuid

from django.utils.translation import gettext as _

from leadkeeper.leads.assign import assign, why_not_others
from leadkeeper.leads.choices import Reason
from leadkeeper.leads.find import lock_lead
from leadkeeper.leads.models import Lead
from leadkeeper.storage.errors import Conflict, NotAllowed
from leadkeeper.team.roles import May
from leadkeeper.team.viewer import Viewer


def undo_change(lead_id: uuid.UUID, change_id: int, *, by: Viewer) -> Lead:
    """Undo the latest change of who is responsible; answers the lead as it is now.

    Where managers assign, others take back only what they did themselves.
    Raises NotAllowed, NotFound, Conflict when another change came after that one, and Invalid when the person
    before may not be responsible any more.
    """
    by.require(May.EDIT_LEADS)
    lead = lock_lead(lead_id, by)
    latest = lead.ownership.select_related("from_user").order_by("id").last()
    if latest is None or latest.pk != change_id:
        raise Conflict(_("Somebody has changed who is responsible since then. Nothing was undone."))
    if not by.assigns_anybody and latest.by_id != by.id:
        raise NotAllowed(why_not_others(), field="assigned_to")
    assign(lead, latest.from_user, by=by, reason=Reason.UNDO)
    return lead
