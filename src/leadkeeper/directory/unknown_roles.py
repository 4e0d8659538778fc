"""Roles that the directory states and Leadkeeper does not know: whoever has one counts as if they had none."""

import uuid
from dataclasses import dataclass
from typing import Final, NamedTuple

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber

from leadkeeper.team.models import Membership, MembershipQuerySet
from leadkeeper.team.roles import May
from leadkeeper.team.viewer import Viewer

ROLES_SHOWN: Final = 10
PEOPLE_NAMED: Final = 3


class Named(NamedTuple):
    """A person by name; the id is the user's."""

    id: uuid.UUID
    name: str


@dataclass(frozen=True, slots=True)
class UnknownRole:
    """One role as the directory states it; the first of its active people by name, and how many they are."""

    stated: str
    people: int
    named: list[Named]


def unknown_roles(viewer: Viewer) -> list[UnknownRole]:
    """Those of most people first; at most one more than are shown. Raises NotAllowed.

    Whose role was set here is not concerned: what the directory states has no effect.
    """
    viewer.require(May.MANAGE)
    with_the_same = F("unknown_role")
    counted = _concerned(viewer).annotate(
        people=Window(Count("pk"), partition_by=with_the_same),
        place=Window(RowNumber(), partition_by=with_the_same, order_by=("folded_name", "user_id")),
    )
    named = counted.filter(place__lte=PEOPLE_NAMED).order_by("-people", "unknown_role", "place")
    rows = named.values_list("unknown_role", "people", "user_id", "user__name")[: (ROLES_SHOWN + 1) * PEOPLE_NAMED]
    found: dict[str, UnknownRole] = {}
    for stated, people, user_id, name in rows:
        if stated is not None:
            found.setdefault(stated, UnknownRole(stated, people, [])).named.append(Named(user_id, name))
    return list(found.values())[: ROLES_SHOWN + 1]


def _concerned(viewer: Viewer) -> MembershipQuerySet:
    return Membership.objects.visible_to(viewer).active().filter(unknown_role__isnull=False, role_set_here__isnull=True)
