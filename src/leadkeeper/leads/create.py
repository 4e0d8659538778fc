"""Enter a new lead, with its responsible person from the start."""

import uuid
from dataclasses import dataclass

from leadkeeper.leads.assign import assignee, insert, require_may_assign
from leadkeeper.leads.counts import moved, place
from leadkeeper.leads.duplicates import DuplicateLead, the_only_one
from leadkeeper.leads.fields import fill
from leadkeeper.leads.models import Lead, Stage
from leadkeeper.leads.responsible import usual
from leadkeeper.leads.tell import tell_of
from leadkeeper.team.models import User
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
    # "yes", "no", or "" where nobody has asked: never taken for granted.
    consent: str = ""
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
            "consent": data.consent,
        },
        country=by.organization.phone_country,
    )
    to = _first_responsible(data.assigned_to, by)
    with the_only_one(lead, by):
        insert(lead, to, by=by)
    tell_of(lead, before=lead.assigned_to_id)
    moved(lead.organization_id, entered=[place(lead)])
    return lead


def _first_responsible(chosen: uuid.UUID | Unset | None, by: Viewer) -> User | None:
    """Whom the organization's default names may be chosen by everybody, and so may nobody."""
    if chosen is None:
        return None
    if isinstance(chosen, Unset) or not by.assigns_anybody:
        default = usual(by)
        if default is not None and chosen in (UNSET, default.user_id):
            return default.user
    if isinstance(chosen, Unset):
        return None
    require_may_assign(chosen, by)
    return assignee(by.organization_id, chosen)
