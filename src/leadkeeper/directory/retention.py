"""How long the inbox and the reports of sweeps are kept, and what they take."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from leadkeeper.directory.deliveries.read import since, visible_to
from leadkeeper.directory.models import Delivery, Inventory, Sweep
from leadkeeper.team.organizations import HOME_ID
from leadkeeper.team.viewer import Viewer

DELIVERIES_KEPT_FOR: Final = timedelta(days=90)
# Much of what they say is personal, and of use only for a replay.
PAYLOADS_KEPT_FOR: Final = timedelta(days=30)
SWEEPS_KEPT_FOR: Final = timedelta(days=90)
AT_ONCE: Final = 500
# What arrived since the last inventory is counted up to here; more are "many".
COUNTED_UP_TO: Final = 1000


@dataclass(frozen=True, slots=True)
class Kept:
    """What the inbox holds, and the size of the whole database on disk. `is_cut`: at least so many."""

    deliveries: int
    payloads: int
    is_cut: bool
    oldest_at: datetime | None
    database_bytes: int
    pruned_at: datetime | None


def delete_old_deliveries() -> int:
    """Take a bounded number of rows, each kind in a transaction of its own; answers how many. 0: nothing is left."""
    now = timezone.now()
    taken = _delete_deliveries(now) + _empty_payloads(now) + _delete_sweeps(now)
    if not taken:
        _take_inventory(now)
    return taken


def _delete_deliveries(now: datetime) -> int:
    ids = list(_older_than(now - DELIVERIES_KEPT_FOR).order_by("id").values_list("id", flat=True)[:AT_ONCE])
    if not ids:
        return 0
    with transaction.atomic():
        return Delivery.objects.filter(id__in=ids).delete()[0]


def _empty_payloads(now: datetime) -> int:
    # From the newest on: what was emptied before lies behind.
    full = _older_than(now - PAYLOADS_KEPT_FOR).exclude(payload="").order_by("-id")
    ids = list(full.values_list("id", flat=True)[:AT_ONCE])
    if not ids:
        return 0
    with transaction.atomic():
        return Delivery.objects.filter(id__in=ids).update(payload="")


def _older_than(moment: datetime) -> QuerySet[Delivery]:
    """By id, which is ordered by time and has an index."""
    return Delivery.objects.filter(id__lt=since(moment))


def _delete_sweeps(now: datetime) -> int:
    """With all that was reported of them. The newest stays, and the newest complete one: from these the schedule goes
    on, however long ago they were."""
    newer = Sweep.objects.filter(organization=OuterRef("organization"), asked_at__gt=OuterRef("asked_at"))
    newer_complete = newer.filter(status=Sweep.Status.COMPLETE)
    needed = ~Exists(newer) | Q(status=Sweep.Status.COMPLETE) & ~Exists(newer_complete)
    old = Sweep.objects.filter(asked_at__lt=now - SWEEPS_KEPT_FOR).exclude(needed)
    ids = list(old.order_by("asked_at").values_list("id", flat=True)[:AT_ONCE])
    if not ids:
        return 0
    with transaction.atomic():
        Sweep.objects.filter(id__in=ids).delete()
    return len(ids)


def _take_inventory(now: datetime) -> None:
    """Count what is left. A scan of an index, of a length that only a chore may take."""
    # The inbox keeps deliveries of this organization only; not to ask for it lets an index answer by itself.
    every = Delivery.objects.filter(id__lt=since(now))
    full = every.filter(id__gte=since(now - PAYLOADS_KEPT_FOR))
    # What was no message at all left nothing to keep.
    senseless = full.filter(outcome=Delivery.Outcome.FAILED, payload="")
    counts = {"deliveries": every.count(), "payloads": full.count() - senseless.count()}
    Inventory.objects.update_or_create(organization_id=HOME_ID, defaults={"taken_at": now, **counts})


def kept(viewer: Viewer) -> Kept:
    """What is kept for the viewer's organization: the last inventory, and what arrived since. Raises NotAllowed."""
    # From the newest on: their payloads are there, so that counting them ends soon.
    arrived = visible_to(viewer).order_by("-id")
    inventory = Inventory.objects.filter(organization_id=viewer.organization_id).first()
    new = arrived.filter(id__gte=since(inventory.taken_at)) if inventory else arrived
    deliveries = new[: COUNTED_UP_TO + 1].count()
    payloads = new.exclude(payload="")[: COUNTED_UP_TO + 1].count()
    return Kept(
        deliveries=(inventory.deliveries if inventory else 0) + min(deliveries, COUNTED_UP_TO),
        payloads=(inventory.payloads if inventory else 0) + min(payloads, COUNTED_UP_TO),
        is_cut=deliveries > COUNTED_UP_TO,
        oldest_at=arrived.order_by("id").values_list("received_at", flat=True).first(),
        database_bytes=_database_bytes(),
        pruned_at=inventory.taken_at if inventory else None,
    )


def _database_bytes() -> int:
    sql = (
        "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        if connection.vendor == "sqlite"
        else "SELECT pg_database_size(current_database())"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0])
