"""Finding people of an organization."""

import uuid

from django.utils.translation import gettext as _

from leadkeeper.storage.errors import Invalid, NotFound, not_one_of
from leadkeeper.storage.words import require_short
from leadkeeper.team import roles
from leadkeeper.team.models import Membership, MembershipQuerySet
from leadkeeper.team.roles import May, Role
from leadkeeper.team.viewer import Viewer
from leadkeeper.web.paging import Order

BY_NAME = Order("folded_name", "user_id")


def find_people(viewer: Viewer, *, query: str = "", active: bool | None = None, role: str = "") -> MembershipQuerySet:
    """Everybody whom the viewer may see, active or not; narrowed by what is given."""
    viewer.require(May.SEE_LEADS)
    require_short(query)
    people = Membership.objects.visible_to(viewer).select_related("user").matching(query)
    if active is not None:
        people = people.filter(active=active)
    if role:
        wanted = roles.known(role)
        if wanted is None:
            raise Invalid("role", not_one_of(Role))
        people = people.in_role(wanted)
    return people


def find_person(user_id: uuid.UUID, viewer: Viewer) -> Membership:
    """What this person is here. Raises NotFound and NotAllowed."""
    found = find_people(viewer).select_related("user", "role_set_by").filter(user_id=user_id).first()
    if found is None:
        raise NotFound(_("There is no such person here."))
    return found
