"""A local person turns out to be somebody of the directory. An administrator says so; no e-mail ever does."""

import uuid
from typing import Final

from django.db.models import Case, Q, QuerySet, Value, When
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from leadkeeper.storage.errors import Conflict, Invalid
from leadkeeper.team.local_people import may_leave, tell_of_departure, turn
from leadkeeper.team.manage import lock_membership
from leadkeeper.team.models import Membership
from leadkeeper.team.roles import May
from leadkeeper.team.signals import WhyInactive, people_linked
from leadkeeper.team.viewer import Viewer

MOST_OFFERED: Final = 200


def offered(local: Membership, *, by: Viewer) -> QuerySet[Membership]:
    """Active people of the directory, those of the same e-mail or name first: offered, never taken for granted."""
    alike = Q(folded_name=local.folded_name)
    if local.user.email:
        alike |= Q(folded_email=local.user.email.lower())
    people = Membership.objects.visible_to(by).active().filter(user__clerk_id__isnull=False)
    return (
        people.select_related("user")
        .alias(folded_email=Lower("user__email"))
        .order_by(Case(When(alike, then=Value(0)), default=Value(1)), "folded_name")[:MOST_OFFERED]
    )


def link(local_id: uuid.UUID, mirrored_id: uuid.UUID, *, by: Viewer) -> Membership:
    """The mirrored person stays: leads and keys of the local one become theirs, and the local one is turned off.

    Raises NotFound, NotAllowed, Invalid on `link_to`, and Conflict where nobody would be left to run the
    organization.
    """
    by.require(May.MANAGE)
    # Turned off first, under its lock: what would leave nobody in charge is refused before anything moves.
    local = may_leave(local_id, by=by)
    was_active = turn(local, on=False)
    mirrored = lock_membership(mirrored_id, by, in_turn=False)
    if mirrored.user.clerk_id is None:
        raise Conflict(_("%s is not from the directory.") % mirrored.user)
    if not mirrored.active:
        raise Invalid("link_to", _("%s is no longer active.") % mirrored.user)
    people_linked.send(Membership, local_id=local.user_id, mirrored_id=mirrored.user_id, by=by)
    if was_active:
        tell_of_departure(local, WhyInactive.LINKED, by=by)
    return mirrored
