"""Change a lead: its fields, and who is responsible for it, in one step."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, fields

from django.utils import timezone
from django.utils.translation import gettext as _

from leadkeeper.leads.assign import assignee, hand_over, require_may_assign
from leadkeeper.leads.choices import Reason
from leadkeeper.leads.duplicates import IDENTIFYING, the_only_one
from leadkeeper.leads.end_of_change import lead_changed
from leadkeeper.leads.fields import fill
from leadkeeper.leads.find import lock_lead
from leadkeeper.leads.load import place
from leadkeeper.leads.models import Lead
from leadkeeper.leads.possible_duplicates import compare_again
from leadkeeper.storage.errors import Conflict, FieldError, Refusals
from leadkeeper.storage.unset import UNSET, Unset
from leadkeeper.team.models import User
from leadkeeper.team.roles import May
from leadkeeper.team.viewer import Viewer


@dataclass(frozen=True, kw_only=True)
class LeadChanges:
    """What to change; what is not given stays. An empty text or None clears."""

    name: str | Unset = UNSET
    phone: str | Unset = UNSET
    phone_extension: str | Unset = UNSET
    email: str | Unset = UNSET
    source: str | Unset = UNSET
    campaign: str | Unset = UNSET
    stage: str | Unset = UNSET
    temperature: str | Unset = UNSET
    message: str | Unset = UNSET
    consent: str | Unset = UNSET
    assigned_to: uuid.UUID | Unset | None = UNSET

    def given_fields(self) -> dict[str, str]:
        """The plain fields that were given: all but who is responsible."""
        given = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "assigned_to"}
        return {name: value for name, value in given.items() if value is not UNSET}


def edit(
    lead_id: uuid.UUID,
    changes: LeadChanges,
    *,
    by: Viewer,
    version: int | None = None,
    refused: Iterable[FieldError] = (),
) -> Lead:
    """Change a lead; answers it as it is now. `version`: only if it is still the one that the asker has seen.
    `refused`: what was wrong already when the changes were read.

    A responsible person who has left stays until somebody changes that, also when the same id is sent again.
    Raises NotAllowed, NotFound, Invalid with all that is wrong, DuplicateLead, and Conflict for an old version.
    """
    by.require(May.EDIT_LEADS)
    lead = lock_lead(lead_id, by)
    if version is not None and version != lead.version:
        raise Conflict(_("Somebody else has changed this lead in the meantime. Look at it again before you save."))
    before = place(lead)
    refusals = Refusals(refused)
    changed = fill(lead, changes.given_fields(), country=by.organization.phone_country, refusals=refusals)
    with refusals:
        to = _next_responsible(lead, changes.assigned_to, by)
    refusals.raise_any()
    handed_over = not isinstance(to, Unset)
    if not isinstance(to, Unset):
        hand_over(lead, to, by=by, reason=Reason.MANUAL)
    if changed:
        _save(lead, changed, by, new_version=not handed_over)
    if changed or handed_over:
        lead_changed(lead, before=before)
    return lead


def _next_responsible(lead: Lead, chosen: uuid.UUID | Unset | None, by: Viewer) -> User | Unset | None:
    """Whoever is to be responsible from now on; UNSET where that stays as it is. Raises Invalid and NotAllowed."""
    if isinstance(chosen, Unset) or chosen == lead.assigned_to_id:
        return UNSET
    to = assignee(lead.organization_id, chosen) if chosen else None
    require_may_assign(chosen, by)
    return to


def _save(lead: Lead, changed: list[str], by: Viewer, *, new_version: bool) -> None:
    if new_version:
        lead.version += 1
        lead.updated_at = timezone.now()
        changed = [*changed, "version", "updated_at"]
    identifying = IDENTIFYING.intersection(changed)
    if identifying:
        with the_only_one(lead, by, compared=identifying):
            lead.save(update_fields=changed)
        compare_again(lead)
    else:
        lead.save(update_fields=changed)
