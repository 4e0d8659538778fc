"""What a person is told: reading it, and choosing what of it they want."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from leadkeeper.leads.notifications.models import Notification, NotificationQuerySet, NotificationSwitch
from leadkeeper.live.announce import announce_privately
from leadkeeper.storage.errors import NotFound
from leadkeeper.team.viewer import Viewer

# Beyond it, one says "more".
MOST_COUNTED: Final = 99
KEPT_FOR: Final = timedelta(days=90)
_AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a person wants to be told of one kind."""

    in_app: bool = True
    by_mail: bool = True


def inbox(viewer: Viewer) -> NotificationQuerySet:
    """The viewer's own notifications, in no order yet."""
    return Notification.objects.visible_to(viewer)


def unread_count(viewer: Viewer) -> int:
    """How many the viewer has not read; `MOST_COUNTED` + 1 stands for any number above."""
    return inbox(viewer).filter(read_at__isnull=True)[: MOST_COUNTED + 1].count() if viewer.person_id else 0


def read(notification_id: uuid.UUID, *, by: Viewer) -> Notification:
    """Mark it as read; what has been read is not mailed any more. Raises NotFound."""
    one = inbox(by).filter(pk=notification_id).first()
    if one is None:
        raise NotFound(_("There is no such notification."))
    _mark(inbox(by).filter(pk=one.pk), by)
    return one


def read_all(*, by: Viewer) -> int:
    """Mark all as read; answers how many were not."""
    return _mark(Notification.objects.filter(organization=by.organization_id, recipient=by.person_id), by)


def wishes_of(viewer: Viewer) -> dict[str, Wanted]:
    """How the viewer wants to be told, by kind."""
    rows = _switches(viewer).values_list("kind", "in_app", "by_mail")
    return dict.fromkeys(Notification.Kind.values, Wanted()) | {kind: Wanted(*how) for kind, *how in rows}


def wish(wanted: Mapping[Notification.Kind, Wanted], *, by: Viewer) -> None:
    """Decide how to be told of these kinds, also of what was written already. A key is told of nothing."""
    if by.person_id is None:
        return
    NotificationSwitch.objects.bulk_create(
        [
            NotificationSwitch(
                organization=by.organization, person_id=by.person_id, kind=kind, in_app=how.in_app, by_mail=how.by_mail
            )
            for kind, how in wanted.items()
        ],
        update_conflicts=True,
        unique_fields=["person", "organization", "kind"],
        update_fields=["in_app", "by_mail"],
    )
    _announce(by)


def delete_old_notifications() -> int:
    """Delete a bounded number of notifications older than 90 days; answers how many."""
    oldest = Notification.objects.order_by("id").values_list("pk", "at")[:_AT_ONCE]
    too_old = timezone.now() - KEPT_FOR
    # Looked for first, so that nothing to do takes no lock for writing.
    ids = [pk for pk, at in oldest if at < too_old]
    if not ids:
        return 0
    with transaction.atomic():
        return Notification.objects.filter(pk__in=ids).delete()[0]


def _switches(viewer: Viewer) -> QuerySet[NotificationSwitch]:
    return NotificationSwitch.objects.filter(organization=viewer.organization_id, person=viewer.person_id)


def _mark(notifications: QuerySet[Notification], by: Viewer) -> int:
    marked = notifications.filter(read_at__isnull=True).update(read_at=timezone.now(), mail_at=None)
    if marked:
        _announce(by)
    return marked


def _announce(by: Viewer) -> None:
    if by.person_id is not None:
        announce_privately(by.organization_id, "inbox", [by.person_id])
