"""The unassigned queue: open leads for which nobody is responsible, the one that has waited longest first."""

import uuid

from django.utils.translation import gettext as _

from leadkeeper.leads.assign import assign, assignee
from leadkeeper.leads.choices import Reason
from leadkeeper.leads.find import find_lead, lock_lead
from leadkeeper.leads.models import Lead, LeadQuerySet, OwnershipChange
from leadkeeper.storage.errors import Conflict, Invalid
from leadkeeper.team.roles import May
from leadkeeper.team.viewer import Viewer
from leadkeeper.web.paging import Order, moment

OLDEST_FIRST = Order("created_at", "id", read=moment)


def queue(viewer: Viewer) -> LeadQuerySet:
    """The leads that wait, in no order yet. Raises NotAllowed."""
    viewer.require(May.SEE_LEADS)
    return Lead.objects.visible_to(viewer).waiting()


def take_next(by: Viewer) -> OwnershipChange | None:
    """Make whoever asks responsible for the lead that has waited longest; None when nothing waits.

    Two who ask at once get two leads: what the other one is just taking is passed over. Raises NotAllowed, and
    Invalid when they may not be responsible.
    """
    by.require(May.EDIT_LEADS)
    # On SQLite the transaction itself has the turn alone.
    waiting = queue(by).select_for_update(skip_locked=True)
    lead = waiting.order_by("created_at", "id").first()
    return assign(lead, assignee(by.organization_id, _self(by)), by=by, reason=Reason.CLAIM) if lead else None


def claim(lead_id: uuid.UUID, *, by: Viewer) -> OwnershipChange:
    """Take this lead from the queue. Raises NotAllowed, NotFound, Invalid, and Conflict when somebody was quicker."""
    by.require(May.EDIT_LEADS)
    me = assignee(by.organization_id, _self(by))
    lead = lock_lead(lead_id, by)
    change = None if lead.assigned_to_id else assign(lead, me, by=by, reason=Reason.CLAIM)
    if change is None:
        name = find_lead(lead_id, by).assigned_to
        raise Conflict(_("%(name)s is already responsible for this lead.") % {"name": name})
    return change


def _self(by: Viewer) -> uuid.UUID:
    if by.person_id is None:
        raise Invalid("assigned_to", _("Only people can take leads, not API keys."))
    return by.person_id
