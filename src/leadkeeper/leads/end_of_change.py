"""The end of every change of leads, in the change's own transaction: they are counted, and open pages are told.

Every verb that enters, changes or deletes a lead calls one of these, once and last. The counters are the rows that
everybody writes, so they are locked late and briefly.
"""

import uuid
from collections.abc import Sequence

from leadkeeper.leads.announce import announce_lead, announce_leads
from leadkeeper.leads.load import Place, count_moves, place
from leadkeeper.leads.models import Lead


def lead_entered(lead: Lead) -> None:
    """The lead is new."""
    announce_lead(lead, before=lead.assigned_to_id)
    count_moves(lead.organization_id, entered=[place(lead)])


def lead_changed(lead: Lead, *, before: Place) -> None:
    """The lead has other fields, another stage or another responsible person; `before` is where it was counted."""
    announce_lead(lead, before=before[0])
    count_moves(lead.organization_id, left=[before], entered=[place(lead)])


def lead_deleted(lead: Lead) -> None:
    """The lead is in no list any more."""
    announce_lead(lead, before=lead.assigned_to_id)
    count_moves(lead.organization_id, left=[place(lead)])


def leads_changed(organization_id: uuid.UUID, *, left: Sequence[Place], entered: Sequence[Place]) -> None:
    """Many leads of one organization were counted where they `left`, and are where they `entered`."""
    announce_leads(organization_id, {person for person, _stage in (*left, *entered)})
    count_moves(organization_id, left=left, entered=entered)
