"""Who is responsible for a lead: the only code that writes `Lead.assigned_to`, and with it the history."""

import uuid

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from leadkeeper.leads.counts import moved, place
from leadkeeper.leads.models import Lead, OwnershipChange, Reason
from leadkeeper.live.announce import announce
from leadkeeper.team.errors import Conflict, Invalid
from leadkeeper.team.models import Membership, User
from leadkeeper.team.viewer import Viewer


def assign(
    lead: Lead, to: User | None, *, by: Viewer, reason: Reason, note: str = "", batch: uuid.UUID | None = None
) -> OwnershipChange | None:
    """Make `to` responsible for the lead, or nobody. Returns None when that is so already.

    The caller holds the lead's row lock. Raises Invalid when `to` has left, is not of this organization, or may
    not own leads.
    """
    before = place(lead)
    if (to.pk if to else None) == lead.assigned_to_id:
        return None
    if to is not None:
        assignee(lead.organization_id, to.pk)
    change = hand_over(lead, to, by=by, reason=reason, note=note, batch=batch)
    announce(lead.organization_id, ["leads", f"lead:{lead.pk}"])
    moved(lead.organization_id, left=[before], entered=[place(lead)])
    return change


def assignee(organization_id: uuid.UUID, person_id: uuid.UUID) -> User:
    """The person of that id, who may be made responsible for leads here and now. Raises Invalid."""
    people = Membership.objects.filter(organization_id=organization_id, user_id=person_id)
    membership = people.select_related("user").first()
    if membership is None:
        raise Invalid("assigned_to", _("There is no such person here."))
    if not membership.active:
        raise Invalid("assigned_to", _("%s is no longer active.") % membership.user.name)
    if not membership.may_be_responsible:
        raise Invalid("assigned_to", _("%s may not be responsible for leads.") % membership.user.name)
    return membership.user


def insert(lead: Lead, to: User | None, *, by: Viewer, reason: Reason = Reason.CREATED) -> None:
    """Store a new lead with its first responsible person, whom `assignee` has approved, or with nobody.

    Counting and announcing it is left to the caller.
    """
    if to is not None:
        lead.assigned_to, lead.assigned_at = to, lead.created_at
    lead.save(force_insert=True)
    if to is not None:
        _record(lead, None, by=by, reason=reason)


def hand_over(
    lead: Lead, to: User | None, *, by: Viewer, reason: Reason, note: str = "", batch: uuid.UUID | None = None
) -> OwnershipChange:
    """Write that `to`, whom `assignee` has approved, or nobody follows the responsible person of today.

    For verbs that have more to count than this and announce it themselves; all others call `assign`.
    """
    before, now = lead.assigned_to_id, timezone.now()
    at = now if to else None
    # Conditional, so that the history stays a chain even where a caller forgot the lock.
    unchanged = Lead.objects.filter(pk=lead.pk, assigned_to=before)
    if not unchanged.update(assigned_to=to, assigned_at=at, version=F("version") + 1, updated_at=now):
        raise Conflict(_("Somebody else has just changed who is responsible."))
    lead.assigned_to, lead.assigned_at, lead.updated_at = to, at, now
    lead.version += 1
    return _record(lead, before, by=by, reason=reason, note=note, batch=batch)


def _record(
    lead: Lead,
    before: uuid.UUID | None,
    *,
    by: Viewer,
    reason: Reason,
    note: str = "",
    batch: uuid.UUID | None = None,
) -> OwnershipChange:
    return OwnershipChange.objects.create(
        organization_id=lead.organization_id,
        lead=lead,
        from_user_id=before,
        to_user_id=lead.assigned_to_id,
        by_kind=by.kind,
        by_id=by.id,
        by_name=by.name,
        reason=reason,
        note=note,
        batch=batch,
        at=lead.updated_at,
    )
