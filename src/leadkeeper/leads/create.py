"""Enter a new lead, with its responsible person from the start."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from leadkeeper.leads.assign import assignee, enter, require_may_assign
from leadkeeper.leads.choices import Stage
from leadkeeper.leads.duplicates import DuplicateLead, refuse_duplicate
from leadkeeper.leads.end_of_change import lead_entered
from leadkeeper.leads.fields import fill
from leadkeeper.leads.models import Lead
from leadkeeper.leads.responsible import usual
from leadkeeper.storage.errors import Conflict, FieldError, Refusals
from leadkeeper.storage.insert import fewer_trips
from leadkeeper.storage.unset import UNSET, Unset
from leadkeeper.team.models import User
from leadkeeper.team.roles import May
from leadkeeper.team.viewer import Viewer

__all__ = ["DuplicateLead", "NewLead", "create"]


@dataclass(frozen=True, kw_only=True)
class NewLead:
    """A lead as somebody typed or sent it. `assigned_to` not given: what the organization's default says."""

    name: str
    phone: str = ""
    # Digits; or written in the text of the phone.
    phone_extension: str = ""
    email: str = ""
    source: str = ""
    campaign: str = ""
    stage: str = Stage.NEW
    temperature: str = ""
    message: str = ""
    # "yes", "no", or "" where nobody has asked: never taken for granted.
    consent: str = ""
    assigned_to: uuid.UUID | Unset | None = UNSET


def create(data: NewLead, *, by: Viewer, refused: Iterable[FieldError] = ()) -> Lead:
    """Store a new lead, in the caller's transaction. `refused`: what was wrong already when it was read.

    Raises NotAllowed, Invalid with all that is wrong, and DuplicateLead when phone or e-mail belong to another.
    """
    by.require(May.EDIT_LEADS)
    refusals = Refusals(refused)
    lead = Lead(organization=by.organization)
    lead.updated_at = lead.created_at
    fill(
        lead,
        {
            "name": data.name,
            "phone": data.phone,
            "phone_extension": data.phone_extension,
            "email": data.email,
            "source": data.source,
            "campaign": data.campaign,
            "stage": data.stage,
            "temperature": data.temperature,
            "message": data.message,
            "consent": data.consent,
        },
        country=by.organization.phone_country,
        refusals=refusals,
    )
    with fewer_trips():
        with refusals:
            to = _first_responsible(data.assigned_to, by)
        refusals.raise_any()
        if enter(lead, to, by=by):
            lead_entered(lead)
            return lead
    refuse_duplicate(lead, by)
    # The lead that kept this one out is gone already.
    raise Conflict(_("Somebody else has just entered the same lead. Try again."))


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
    to = assignee(by.organization_id, chosen)
    require_may_assign(chosen, by)
    return to
