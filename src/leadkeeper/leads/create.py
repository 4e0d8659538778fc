"""Enter a new lead, with its responsible person from the start."""

import uuid
from dataclasses import dataclass

from leadkeeper.leads.assign import assignee, insert
from leadkeeper.leads.counts import moved, place
from leadkeeper.leads.duplicates import DuplicateLead, the_only_one
from leadkeeper.leads.fields import fill
from leadkeeper.leads.models import Lead, Stage
from leadkeeper.live.announce import announce
from leadkeeper.team.models import Membership, Organization, User
from leadkeeper.team.roles import May
from leadkeeper.team.unset import UNSET, Unset
from leadkeeper.team.viewer import Viewer

__all__ = ["DuplicateLead", "NewLead", "create"]


@dataclass(frozen=True, kw_only=True)
class NewLead:
    """A lead as somebody typed or sent it. `assigned_to` not given: what the organization's default says."""

    name: str
    phone: str = ""
    email: str = ""
    source: str = ""
    stage: str = Stage.NEW
    temperature: str = ""
    message: str = ""
    assigned_to: uuid.UUID | Unset | None = UNSET


def create(data: NewLead, *, by: Viewer) -> Lead:
    """Store a new lead. Raises NotAllowed, Invalid, and DuplicateLead when phone or e-mail belong to another."""
    by.require(May.EDIT_LEADS)
    lead = Lead(organization=by.organization)
    lead.updated_at = lead.created_at
    fill(
        lead,
        {
            "name": data.name,
            "phone": data.phone,
            "email": data.email,
            "source": data.source,
            "stage": data.stage,
            "temperature": data.temperature,
            "message": data.message,
        },
        country=by.organization.phone_country,
    )
    to = _first_responsible(data.assigned_to, by)
    with the_only_one(lead):
        insert(lead, to, by=by)
    announce(lead.organization_id, ["leads", f"lead:{lead.pk}"])
    moved(lead.organization_id, entered=[place(lead)])
    return lead


def _first_responsible(chosen: uuid.UUID | Unset | None, by: Viewer) -> User | None:
    if isinstance(chosen, Unset):
        return _default_responsible(by)
    return assignee(by.organization_id, chosen) if chosen else None


def _default_responsible(by: Viewer) -> User | None:
    """Whoever enters the lead, where the organization wants that and they may be responsible; else nobody."""
    if by.person_id is None or by.organization.new_lead_default != Organization.NewLeadDefault.ME:
        return None
    mine = Membership.objects.visible_to(by).assignable().filter(user_id=by.person_id)
    membership = mine.select_related("user").first()
    return membership.user if membership else None
