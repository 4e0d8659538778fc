"""How long the inbox and the reports of sweeps are kept, and what they take."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from leadkeeper.directory.deliveries import since, visible_to
from leadkeeper.directory.models import Delivery, Quarantined, Sweep
from leadkeeper.team.viewer import Viewer

DELIVERIES_KEPT_FOR: Final = timedelta(days=90)
# Much of what they say is personal, and of use only for a replay.
PAYLOADS_KEPT_FOR: Final = timedelta(days=30)
SWEEPS_KEPT_FOR: Final = timedelta(days=90)
AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Sizes:
    """What is kept: rows, since when, and the size of the whole database on disk."""

    deliveries: int
    oldest_delivery_at: datetime | None
    sweeps: int
    quarantined: int
    database_bytes: int


def forget_what_is_old() -> int:
    """Take a bounded number of rows, each kind in a transaction of its own; answers how many. 0: nothing is left."""
    now = timezone.now()
    return _delete_deliveries(now) + _empty_payloads(now) + _delete_sweeps(now)


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


def sizes(viewer: Viewer) -> Sizes:
    """What is kept for the viewer's organization. Raises NotAllowed."""
    deliveries = visible_to(viewer)
    sweeps = Sweep.objects.filter(organization_id=viewer.organization_id)
    return Sizes(
        deliveries=deliveries.count(),
        oldest_delivery_at=deliveries.order_by("id").values_list("received_at", flat=True).first(),
        sweeps=sweeps.count(),
        quarantined=Quarantined.objects.filter(sweep__in=sweeps).count(),
        database_bytes=_database_bytes(),
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
