"""The leads that a batch has moved, one page of them at a time."""

import uuid
from dataclasses import dataclass
from typing import Final

from leadkeeper.leads.models import Lead, OwnershipChange
from leadkeeper.leads.transfers.models import Batch
from leadkeeper.team.viewer import Viewer

LEADS_A_PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class MovedLead:
    """A lead that changed hands; None where it has been deleted since. `giver` and `taker`: None is nobody."""

    change_id: int
    lead: Lead | None
    giver: uuid.UUID | None
    taker: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class MovedLeads:
    """Some of them, in the order in which they moved; `next`: the change after which the others follow."""

    rows: list[MovedLead]
    next: int | None


def moved_leads(batch: Batch, viewer: Viewer, *, after: int = 0) -> MovedLeads:
    """At most LEADS_A_PAGE leads, those that moved after the change of that id."""
    changes = OwnershipChange.objects.filter(batch=batch.pk, id__gt=after).order_by("id")
    found = list(changes.values_list("id", "lead_id", "from_user_id", "to_user_id")[: LEADS_A_PAGE + 1])
    shown = found[:LEADS_A_PAGE]
    leads = Lead.objects.visible_to(viewer).in_bulk([lead for _id, lead, _giver, _taker in shown])
    rows = [MovedLead(id_, leads.get(lead), giver, taker) for id_, lead, giver, taker in shown]
    return MovedLeads(rows, next=shown[-1][0] if len(found) > LEADS_A_PAGE else None)
