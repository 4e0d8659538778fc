"""Telling open pages about leads: only the pages of those who may see them."""

import uuid
from collections.abc import Collection

from leadkeeper.leads.models import Lead
from leadkeeper.live.announce import announce


def announce_lead(lead: Lead, *, before: uuid.UUID | None) -> None:
    """The lead has changed; `before` is who was responsible, to whom it may be lost now."""
    topics = ["leads", f"lead:{lead.pk}"]
    announce(lead.organization_id, topics, seen_by=_concerned({before, lead.assigned_to_id}))


def announce_leads(organization_id: uuid.UUID, people: Collection[uuid.UUID | None]) -> None:
    """Leads have changed for which these are responsible, or were: None stands for nobody."""
    announce(organization_id, ["leads"], seen_by=_concerned(people))


def _concerned(people: Collection[uuid.UUID | None]) -> set[uuid.UUID] | None:
    """Leads for which nobody is responsible are everybody's business."""
    concerned = {person for person in people if person is not None}
    return concerned if len(concerned) == len(set(people)) else None
