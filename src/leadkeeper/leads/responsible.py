"""The people responsible for leads, as pages show them: those who have left are still named, and said to have left."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from leadkeeper.team.models import Membership, Organization, User
from leadkeeper.team.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Responsible:
    """A person to show; `active`: they still work here."""

    id: uuid.UUID
    name: str
    avatar_url: str
    active: bool


def people_called(ids: Collection[uuid.UUID], viewer: Viewer) -> dict[uuid.UUID, Responsible]:
    """These people by their id. Somebody who is no longer of the organization counts as having left."""
    if not ids:
        return {}
    active = Membership.objects.visible_to(viewer).active().filter(user_id__in=ids)
    still_here = set(active.values_list("user_id", flat=True))
    return {
        user.id: Responsible(user.id, str(user), user.avatar_url, user.id in still_here)
        for user in User.objects.filter(id__in=ids)
    }


def me(viewer: Viewer) -> Responsible | None:
    """The viewer, where they may be responsible for leads."""
    if viewer.person_id is None:
        return None
    mine = Membership.objects.visible_to(viewer).assignable().filter(user_id=viewer.person_id)
    return Responsible(viewer.person_id, viewer.name, viewer.avatar_url, active=True) if mine.exists() else None


def usual(viewer: Viewer) -> Responsible | None:
    """Who is responsible for a lead that this viewer enters, unless they choose: see `create`."""
    wants_me = viewer.organization.new_lead_default == Organization.NewLeadDefault.ME
    return me(viewer) if wants_me else None
