"""When a local person is linked to somebody of the directory, their leads follow."""

import uuid
from typing import Any, Final

from leadkeeper.leads.assign import assignee, hand_over
from leadkeeper.leads.choices import Reason
from leadkeeper.leads.end_of_change import leads_changed
from leadkeeper.leads.load import Place, place
from leadkeeper.leads.models import Lead
from leadkeeper.storage.errors import Invalid
from leadkeeper.team.viewer import Viewer

_AT_ONCE: Final = 500


def move_leads(sender: object, *, local_id: uuid.UUID, mirrored_id: uuid.UUID, by: Viewer, **signal: Any) -> None:
    """Hand every lead of the one over to the other, as one batch. Raises Invalid on `link_to`."""
    mine = Lead.objects.visible_to(by).filter(assigned_to=local_id).order_by("id")
    if not mine.exists():
        return
    try:
        to = assignee(by.organization_id, mirrored_id)
    except Invalid as invalid:
        raise Invalid("link_to", str(invalid)) from None
    batch = uuid.uuid4()
    left: list[Place] = []
    entered: list[Place] = []
    while leads := list(mine.select_for_update()[:_AT_ONCE]):
        for lead in leads:
            left.append(place(lead))
            hand_over(lead, to, by=by, reason=Reason.TRANSFER, batch=batch)
            entered.append(place(lead))
    leads_changed(by.organization_id, left=left, entered=entered)
