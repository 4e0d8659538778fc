"""The leads that passed through somebody's hands lately."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from leadkeeper.leads.models import Lead, OwnershipChange
from leadkeeper.team.roles import May
from leadkeeper.team.viewer import Kind, Viewer

MOST_RECENT: Final = 50
# How many of the newest changes are looked at, of each kind: a lead may be in several.
_LOOKED_AT: Final = 200


@dataclass(frozen=True, slots=True)
class Touched:
    """A lead, and when the viewer last had to do with it."""

    lead: Lead
    at: datetime


def recent(viewer: Viewer) -> list[Touched]:
    """The leads that the viewer was given, took, entered for somebody, or gave to others one by one; the latest first.

    Read from the ownership history, which is kept of every lead: what else somebody edits is not.
    """
    viewer.require(May.SEE_LEADS)
    if viewer.kind is not Kind.PERSON:
        return []
    changes = OwnershipChange.objects.order_by("-id").values_list("id", "organization_id", "lead_id", "at")
    given = changes.filter(organization=viewer.organization_id, to_user=viewer.person_id)[:_LOOKED_AT]
    done = changes.filter(by_kind=Kind.PERSON, by_id=viewer.person_id, batch=None)[:_LOOKED_AT]
    touched: dict[uuid.UUID, datetime] = {}
    for _id, organization, lead, at in sorted({*given, *done}, reverse=True):
        if organization == viewer.organization_id:
            touched.setdefault(lead, at)
    leads = Lead.objects.visible_to(viewer).in_bulk(list(touched))
    return [Touched(leads[lead], at) for lead, at in touched.items() if lead in leads][:MOST_RECENT]
