"""The people who may be responsible for leads, as JSON."""

import uuid
from typing import Annotated, Final

from django.utils.translation import gettext as _
from ninja import Router
from pydantic import AfterValidator, BaseModel, Field

from leadkeeper.leads.assignees import Assignee, exactly, find_assignees
from leadkeeper.storage.errors import Invalid
from leadkeeper.team.request import ViewerRequest
from leadkeeper.web.field_errors import checked
from leadkeeper.web.paging import USUAL_LIMIT, CursorOf, Limit
from leadkeeper.web.parameters import UUID_PATTERN, Search

MOST_IDS: Final = 200
_LENGTH_OF_ID: Final = 37
router = Router(tags=["assignees"])


class AssigneesOut(BaseModel):
    items: list[Assignee]
    next: str | None


def _ids(text: str) -> set[uuid.UUID]:
    try:
        ids = {uuid.UUID(part.strip()) for part in text.split(",")}
    except ValueError:
        raise Invalid("ids", _("Give the ids of people, with commas between them.")) from None
    if len(ids) > MOST_IDS:
        raise Invalid("ids", _("At most %d ids.") % MOST_IDS)
    return ids


def _with_ids(text: str) -> str:
    if text:
        _ids(text)
    return text


Ids = Annotated[
    str,
    AfterValidator(checked(_with_ids)),
    Field(
        max_length=MOST_IDS * _LENGTH_OF_ID,
        json_schema_extra={"pattern": f"^({UUID_PATTERN}(,{UUID_PATTERN}){{0,{MOST_IDS - 1}}})?$"},
        description=f"The ids of people, at most {MOST_IDS}, with commas between them. Exactly these are answered,"
        " whatever else is asked.",
    ),
]


@router.get("", response=AssigneesOut, summary="People who may be responsible")
def list_assignees(
    request: ViewerRequest,
    q: Search = "",
    limit: Limit = USUAL_LIMIT,
    ids: Ids = "",
    cursor: Annotated[str, CursorOf(None)] = "",
) -> AssigneesOut:
    """The viewer first; with `q` then those whose name begins with it; then the others; each by name.

    Every word of `q` begins a word of name or e-mail.

    `ids=a,b` answers exactly these people, also those no longer assignable.
    """
    if ids:
        return AssigneesOut(items=exactly(request.viewer, _ids(ids)), next=None)
    items, next_cursor = find_assignees(request.viewer, query=q, limit=limit, cursor=cursor or None)
    return AssigneesOut(items=items, next=next_cursor)
