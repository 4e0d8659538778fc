"""Reading the inbox, newest first, and trying a failed delivery again."""

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from leadkeeper.directory import provider
from leadkeeper.directory.deliveries.receive import receive
from leadkeeper.directory.models import Delivery
from leadkeeper.storage.errors import Conflict, Invalid, NotFound, not_one_of
from leadkeeper.team.roles import May
from leadkeeper.team.viewer import Viewer
from leadkeeper.web.paging import Order, Page, page

# Their ids are ordered by the time they arrived.
NEWEST_FIRST: Final = Order("id", "id", read=uuid.UUID, descending=True)
# No index helps to find a type or a person, so that the door need not keep one: that many are looked through.
LOOKED_THROUGH: Final = 20_000


def visible_to(viewer: Viewer) -> QuerySet[Delivery]:
    """The deliveries of the viewer's organization. Raises NotAllowed."""
    viewer.require(May.MANAGE)
    return Delivery.objects.filter(organization_id=viewer.organization_id)


def newest(
    viewer: Viewer,
    *,
    outcome: str = "",
    type_: str = "",
    clerk_ids: Collection[str] | None = None,
    limit: int,
    cursor: str | None,
) -> Page[Delivery]:
    """The deliveries behind a cursor, newest first, without their payloads; of one outcome, or of every one.

    Those of a type or about some people are looked for among the newest LOOKED_THROUGH only.
    Raises Invalid and NotAllowed.
    """
    rows = visible_to(viewer).defer("payload")
    if type_ or clerk_ids is not None:
        rows = _lately(rows)
    if outcome:
        if outcome not in Delivery.Outcome.values:
            raise Invalid("outcome", not_one_of(Delivery.Outcome.values))
        rows = rows.filter(outcome=outcome)
    if type_:
        rows = rows.filter(type=type_)
    if clerk_ids is not None:
        rows = rows.filter(clerk_id__in=clerk_ids)
    return page(rows, NEWEST_FIRST, limit=limit, cursor=cursor)


def _lately(rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
    last = rows.order_by("-id").values_list("id", flat=True)[LOOKED_THROUGH - 1 : LOOKED_THROUGH].first()
    return rows.filter(id__gte=last) if last else rows


def since(moment: datetime) -> uuid.UUID:
    """The lowest id of a delivery that arrived at this moment or later."""
    return uuid.UUID(int=int(moment.timestamp() * 1000) << 80)


def find(delivery_id: uuid.UUID, viewer: Viewer) -> Delivery:
    """One delivery, with its payload. Raises NotFound and NotAllowed."""
    delivery = visible_to(viewer).filter(id=delivery_id).first()
    if delivery is None:
        raise NotFound(_("There is no such delivery."))
    return delivery


def replay(delivery_id: uuid.UUID, *, by: Viewer) -> Delivery:
    """Read a kept delivery again, as if it had just arrived; where it had failed, it is tried again.

    Raises NotFound, NotAllowed, and Conflict when what it said is not kept.
    """
    delivery = find(delivery_id, by)
    if not delivery.payload:
        raise Conflict(_("The payload of this delivery is not stored, so it cannot be replayed."))
    kept = visible_to(by).filter(id=delivery_id)
    with transaction.atomic():
        receive([provider.current().read_again(delivery)])
        # The inbox counted it as a repeat, but the sender sent nothing.
        kept.update(repeats=F("repeats") - 1)
    return kept.get()
