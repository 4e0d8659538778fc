"""Reading the inbox, newest first, and trying a failed delivery again."""

import uuid
from typing import Final

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from leadkeeper.directory import provider
from leadkeeper.directory.inbox import receive
from leadkeeper.directory.models import Delivery
from leadkeeper.team.errors import Invalid, NotFound
from leadkeeper.team.paging import Order, Page, moment, page
from leadkeeper.team.roles import May
from leadkeeper.team.viewer import Viewer

_NEWEST_FIRST: Final = Order("received_at", "id", read=moment, descending=True)


def visible_to(viewer: Viewer) -> QuerySet[Delivery]:
    """The deliveries of the viewer's organization. Raises NotAllowed."""
    viewer.require(May.MANAGE)
    return Delivery.objects.filter(organization_id=viewer.organization_id)


def newest(viewer: Viewer, *, outcome: str, limit: int, cursor: str | None) -> Page[Delivery]:
    """The deliveries behind a cursor, newest first, without their payloads; of one outcome, or of every one.

    Raises Invalid and NotAllowed.
    """
    rows = visible_to(viewer).defer("payload")
    if outcome:
        if outcome not in Delivery.Outcome.values:
            raise Invalid("outcome", _("Known outcomes are: %s.") % ", ".join(Delivery.Outcome.values))
        rows = rows.filter(outcome=outcome)
    return page(rows, _NEWEST_FIRST, limit=limit, cursor=cursor)


def replay(delivery_id: uuid.UUID, *, by: Viewer) -> Delivery:
    """Read a kept delivery again, as if it had just arrived; where it had failed, it is tried again.

    Raises NotFound and NotAllowed.
    """
    found = visible_to(by).filter(id=delivery_id)
    delivery = found.first()
    if delivery is None:
        raise NotFound(_("There is no such delivery."))
    with transaction.atomic():
        receive([provider.current().read_again(delivery)])
        # The inbox counted it as a repeat, but the sender sent nothing.
        found.update(repeats=F("repeats") - 1)
    return found.get()
