"""What an open owner picker offers: those whom one most likely wants, then everybody, and whoever is away last.

Among those who are here and those who are away alike, names that begin with what was typed come first.
"""

import uuid
from dataclasses import dataclass
from typing import Final

from leadkeeper.leads.assignees import Assignee, as_assignees, as_people, by_beginning
from leadkeeper.leads.models import OwnershipChange
from leadkeeper.storage.words import typed_words
from leadkeeper.team.models import Membership, is_away
from leadkeeper.team.people import BY_NAME
from leadkeeper.team.roles import May
from leadkeeper.team.viewer import Kind, Viewer
from leadkeeper.web.paging import page_in_parts

# How many of the viewer's newest choices are looked at, and how many people of these are offered.
_LOOKED_AT: Final = 50
_RECENT: Final = 5


@dataclass(frozen=True, slots=True)
class Offer:
    """`first` are the viewer and whoever is responsible now, `next` is the cursor of the others that follow."""

    first: list[Assignee]
    recent: list[Assignee]
    others: list[Assignee]
    next: str | None


def offer(
    viewer: Viewer, *, query: str = "", current: uuid.UUID | None = None, limit: int, cursor: str | None = None
) -> Offer:
    """Those who may be made responsible and match; without a query also whom the viewer has chosen lately.

    With a cursor only `others`, those after it. Raises NotAllowed, and Invalid for a cursor that is none.
    """
    viewer.require(May.EDIT_LEADS)
    # In this order: SQLite asks the same way round, and the words rule out nearly everybody.
    matching = Membership.objects.visible_to(viewer).matching(query).assignable()
    searched = bool(typed_words(query))
    wanted = [viewer.person_id, *([] if searched else [current, *_chosen_lately(viewer)])]
    asked_for = as_people(matching.filter(user_id__in={id_ for id_ in wanted if id_}))
    named = {person.user_id: person for person in asked_for}
    found = [id_ for id_ in dict.fromkeys(wanted) if id_ in named]
    first = [id_ for id_ in found if id_ in (viewer.person_id, current)]
    recent = [id_ for id_ in found if id_ not in first][:_RECENT]
    rest = matching.exclude(user_id__in=[*first, *recent])
    # Several questions, because each follows the index from where it begins and no further than needed.
    parts = [*by_beginning(rest.exclude(is_away()), query), *by_beginning(rest.filter(is_away()), query)]
    others = page_in_parts([as_people(part) for part in parts], BY_NAME, limit=limit, cursor=cursor)
    if cursor:
        first, recent = [], []
    shown = as_assignees([*(named[id_] for id_ in (*first, *recent)), *others.rows], viewer)
    return Offer(
        first=shown[: len(first)],
        recent=shown[len(first) : len(first) + len(recent)],
        others=shown[len(first) + len(recent) :],
        next=others.next,
    )


def _chosen_lately(viewer: Viewer) -> list[uuid.UUID]:
    """Whom the viewer has made responsible one by one, the latest first."""
    if viewer.kind is not Kind.PERSON:
        return []
    mine = OwnershipChange.objects.filter(by_kind=Kind.PERSON, by_id=viewer.person_id, batch=None)
    newest = mine.order_by("-id").values_list("organization_id", "to_user_id")[:_LOOKED_AT]
    chosen = (person for organization, person in newest if organization == viewer.organization_id and person)
    return list(dict.fromkeys(chosen))
