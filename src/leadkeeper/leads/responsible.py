"""The people responsible for leads, as pages show them: those who have left are still named, and said to have left."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from leadkeeper.team.models import Membership, Organization, User, shown_picture
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
    people = User.objects.filter(id__in=ids).values_list("id", "name", "username", "avatar_url")
    return {
        id_: Responsible(id_, name or username, shown_picture(avatar_url), id_ in still_here)
        for id_, name, username, avatar_url in people
    }


def colleague(person_id: uuid.UUID | None, viewer: Viewer) -> Responsible | None:
    """Somebody who is or was of the viewer's organization, as an address names them: others have no name here."""
    if person_id is None:
        return None
    found = Membership.objects.visible_to(viewer).select_related("user").filter(user_id=person_id).first()
    return Responsible(person_id, str(found.user), found.user.picture_url, found.active) if found else None


def me(viewer: Viewer) -> Responsible | None:
    """The viewer, where they may be responsible for leads."""
    if viewer.person_id is None:
        return None
    mine = Membership.objects.visible_to(viewer).assignable().filter(user_id=viewer.person_id)
    return Responsible(viewer.person_id, viewer.name, viewer.avatar_url, active=True) if mine.exists() else None


def usual(viewer: Viewer) -> Membership | None:
    """Who is responsible for a lead that this viewer enters without choosing: as the organization decided, where that
    person may be responsible; else nobody."""
    organization = viewer.organization
    person_id = {
        Organization.NewLeadDefault.ME.value: viewer.person_id,
        Organization.NewLeadDefault.PERSON.value: organization.new_lead_person_id,
    }.get(organization.new_lead_default)
    if person_id is None:
        return None
    people = Membership.objects.visible_to(viewer).assignable().select_related("user")
    return people.filter(user_id=person_id).first()
