"""How the mirror stands to the directory: what came last, what differed, who is here."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q, Sum

from leadkeeper.directory import deliveries
from leadkeeper.directory.models import Delivery, Sweep
from leadkeeper.team.models import Membership
from leadkeeper.team.roles import May
from leadkeeper.team.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Overview:
    """`drift` is the last sweep that was complete: what it changed is what had differed."""

    last_delivery_at: datetime | None
    last_sweep: Sweep | None
    drift: Sweep | None
    active: int
    inactive: int
    deliveries: dict[str, int]


def overview(viewer: Viewer) -> Overview:
    """What the Directory page says at its top. Raises NotAllowed."""
    viewer.require(May.MANAGE)
    sweeps = Sweep.objects.filter(organization_id=viewer.organization_id).order_by("-asked_at")
    arrived = deliveries.visible_to(viewer)
    people = Membership.objects.visible_to(viewer).aggregate(here=Count("id"), on=Count("id", filter=Q(active=True)))
    return Overview(
        last_delivery_at=arrived.aggregate(at=Max("received_at"))["at"],
        last_sweep=sweeps.first(),
        drift=sweeps.filter(status=Sweep.Status.COMPLETE).first(),
        active=people["on"],
        inactive=people["here"] - people["on"],
        deliveries=_counts(viewer),
    )


def _counts(viewer: Viewer) -> dict[str, int]:
    """Deliveries by outcome; `duplicate` is how often one was repeated."""
    rows = deliveries.visible_to(viewer).values("outcome").annotate(kept=Count("id"), repeated=Sum("repeats"))
    counts = dict.fromkeys(("applied", "duplicate", *Delivery.Outcome.values), 0)
    for row in rows:
        counts[row["outcome"]] = row["kept"]
        counts["duplicate"] += row["repeated"]
    return counts
