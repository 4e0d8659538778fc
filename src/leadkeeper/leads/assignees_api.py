"""The people who may be responsible for leads, as JSON."""

import uuid
from typing import Final

from django.utils.translation import gettext as _
from ninja import Router
from pydantic import BaseModel

from leadkeeper.leads.assignees import Assignee, exactly, find_assignees
from leadkeeper.team.errors import Invalid
from leadkeeper.team.paging import USUAL_LIMIT, Limit
from leadkeeper.team.request import ViewerRequest

MOST_IDS: Final = 200
router = Router(tags=["assignees"])


class AssigneesOut(BaseModel):
    items: list[Assignee]
    next: str | None


@router.get("", response=AssigneesOut, summary="People who may be responsible")
def list_assignees(
    request: ViewerRequest, q: str = "", limit: Limit = USUAL_LIMIT, ids: str = "", cursor: str | None = None
) -> AssigneesOut:
    """The viewer first; with `q` then those whose name begins with it; then the others; each by name.

    `ids=a,b` answers exactly these people, also those no longer assignable."""
    if ids:
        return AssigneesOut(items=exactly(request.viewer, _ids(ids)), next=None)
    items, next_cursor = find_assignees(request.viewer, query=q, limit=limit, cursor=cursor)
    return AssigneesOut(items=items, next=next_cursor)


def _ids(text: str) -> set[uuid.UUID]:
    try:
        ids = {uuid.UUID(part.strip()) for part in text.split(",")}
    except ValueError:
        raise Invalid("ids", _("Give the ids of people, with commas between them.")) from None
    if len(ids) > MOST_IDS:
        raise Invalid("ids", _("At most %d ids.") % MOST_IDS)
    return ids
