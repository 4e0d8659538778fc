"""How the mirror stands to the directory: what came last, what differed, who is here."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Count, Q, Sum

from leadkeeper.directory.deliveries import read as deliveries
from leadkeeper.directory.models import Delivery, Drift, Sweep
from leadkeeper.team.models import Membership
from leadkeeper.team.organizations import HOME_ID
from leadkeeper.team.roles import May
from leadkeeper.team.viewer import Viewer

PEOPLE_SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class Overview:
    """`drift` is the last complete sweep: what it changed is what had differed, `drifted` the first of these people."""

    last_delivery_at: datetime | None
    last_sweep: Sweep | None
    drift: Sweep | None
    drifted: list[Drift]
    active: int
    inactive: int
    deliveries: dict[str, int]


def overview(viewer: Viewer) -> Overview:
    """What the Directory page says at its top. Raises NotAllowed."""
    viewer.require(May.MANAGE)
    sweeps = Sweep.objects.filter(organization_id=viewer.organization_id).order_by("-asked_at")
    complete = sweeps.filter(status=Sweep.Status.COMPLETE).first()
    arrived = deliveries.visible_to(viewer)
    people = Membership.objects.visible_to(viewer).aggregate(here=Count("id"), on=Count("id", filter=Q(active=True)))
    return Overview(
        last_delivery_at=arrived.order_by("-id").values_list("received_at", flat=True).first(),
        last_sweep=sweeps.first(),
        drift=complete,
        drifted=drifted(complete) if complete else [],
        active=people["on"],
        inactive=people["here"] - people["on"],
        deliveries=_counts(viewer),
    )


def drifted(run: Sweep) -> list[Drift]:
    """The first people about whom a sweep found the mirror wrong."""
    return list(Drift.objects.filter(sweep=run).order_by("id")[:PEOPLE_SHOWN])


def _counts(viewer: Viewer) -> dict[str, int]:
    """Deliveries by outcome; `duplicate` is how often one was repeated."""
    counts = dict.fromkeys(("applied", "duplicate", *Delivery.Outcome.values), 0)
    if viewer.organization_id != HOME_ID:
        return counts
    # The inbox keeps deliveries of this organization only; not to ask for it lets an index answer by itself.
    for row in Delivery.objects.values("outcome").annotate(kept=Count("id"), repeated=Sum("repeats")):
        counts[row["outcome"]] = row["kept"]
        counts["duplicate"] += row["repeated"]
    return counts
