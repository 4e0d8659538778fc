"""Choose by hand who is responsible for a lead, and say why."""

import uuid

from django.utils.translation import gettext as _

from leadkeeper.leads.announce import announce_lead
from leadkeeper.leads.assign import assign, assignee
from leadkeeper.leads.choices import Reason
from leadkeeper.leads.find import lock_lead
from leadkeeper.leads.models import Lead, OwnershipChange
from leadkeeper.leads.transfers.transfer import LONGEST_NOTE
from leadkeeper.storage.errors import Conflict, Invalid, NotAllowed
from leadkeeper.storage.unset import UNSET, Unset
from leadkeeper.storage.visible_text import storable
from leadkeeper.team.models import User
from leadkeeper.team.roles import May
from leadkeeper.team.viewer import Viewer


class ChangedMeanwhile(Conflict):
    """Somebody else has made another person responsible than the one whom the chooser saw."""


def choose(
    lead_id: uuid.UUID, chosen: uuid.UUID | None, *, by: Viewer, seen: uuid.UUID | Unset | None = UNSET
) -> tuple[Lead, OwnershipChange | None]:
    """Make that person responsible, or nobody; answers the lead, and the change unless it is so already.

    `seen` is whom the chooser believes to be responsible now, where they say so.
    Raises NotFound, NotAllowed, Invalid, and ChangedMeanwhile when it is somebody else and not the chosen one.
    """
    by.require(May.EDIT_LEADS)
    lead = lock_lead(lead_id, by)
    if not isinstance(seen, Unset) and lead.assigned_to_id not in (seen, chosen):
        raise ChangedMeanwhile(_changed_to(lead.assigned_to))
    to = assignee(lead.organization_id, chosen) if chosen else None
    return lead, assign(lead, to, by=by, reason=Reason.MANUAL)


def explain(lead_id: uuid.UUID, change_id: int, note: str, *, by: Viewer) -> Lead:
    """Write why one made the newest change of who is responsible; nobody else writes it. An empty note takes it back.

    Raises NotFound, NotAllowed, Invalid, and Conflict when another change came after that one.
    """
    by.require(May.EDIT_LEADS)
    lead = lock_lead(lead_id, by)
    newest = lead.ownership.order_by("id").last()
    if newest is None or newest.pk != change_id:
        raise Conflict(_("Somebody has changed who is responsible since then. The note was not saved."))
    if newest.by_id is None or newest.by_id != by.id:
        raise NotAllowed(_("Only the person who made a change can add a note to it."))
    newest.note = _note(note)
    newest.save(update_fields=["note"])
    announce_lead(lead, before=lead.assigned_to_id)
    return lead


def _changed_to(responsible: User | None) -> str:
    if responsible is None:
        return _("Somebody removed the responsible person in the meantime. Your choice was not saved.")
    return _("Somebody changed this to %(name)s in the meantime. Your choice was not saved.") % {"name": responsible}


def _note(text: str) -> str:
    note = storable(text).strip()
    if len(note) > LONGEST_NOTE:
        raise Invalid("note", _("At most %d characters.") % LONGEST_NOTE)
    return note
