"""What a browser has not heard: since its stream broke, or while its page was still on the way."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db.models import Max, Q
from django.utils import timezone

from leadkeeper.live.models import Notice
from leadkeeper.live.outbox import EVERYTHING, MOST_TOPICS

Who = tuple[UUID, UUID | None]
"""A watcher's organization and id."""

# A page is drawn, then loads its scripts, then opens its stream: what changed meanwhile it has to be told.
_PAGE_UNDERWAY: Final = timedelta(seconds=5)


def missed(who: Who, last_heard: int | None, position: int, *, hears_all: bool) -> list[tuple[str, int]]:
    """Topics of the notices after `last_heard`, each with the id to give on, oldest first.

    `position` is where the process's tail stands: all before it is visible. None means a page that has just been
    loaded. What cannot be told, because the notices are gone already or too many, is `EVERYTHING`.
    """
    organization_id, person_id = who
    notices = Notice.objects.filter(organization_id=organization_id)
    hears = Q(seen_by=None) | Q(seen_by=person_id)
    notices = notices.filter(hears | Q(private=False) if hears_all else hears)
    if last_heard is None:
        notices = notices.filter(at__gt=timezone.now() - _PAGE_UNDERWAY)
    elif _is_kept(last_heard, position):
        notices = notices.filter(id__gt=last_heard)
    else:
        return [(EVERYTHING, position)]
    latest = notices.values("topic").annotate(latest=Max("id")).order_by("latest")
    found = list(latest.values_list("topic", "latest")[: MOST_TOPICS + 1])
    if len(found) > MOST_TOPICS:
        return [(EVERYTHING, position)]
    return [(topic, min(id_, position)) for topic, id_ in found]


def _is_kept(last_heard: int, position: int) -> bool:
    """Whether all notices after that one are still there. One that was never given is no place to go on from."""
    ids = Notice.objects.values_list("id", flat=True)
    oldest, newest = ids.order_by("id").first(), ids.order_by("-id").first()
    if oldest is None or newest is None:
        return last_heard == position
    return oldest - 1 <= last_heard <= max(newest, position)
