"""Forget notices that no broken stream will ask for any more."""

from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from leadkeeper.live.models import Notice

KEPT_FOR: Final = timedelta(hours=1)
_AT_ONCE: Final = 1000


def delete_old_notices() -> int:
    """Delete a bounded number of notices older than an hour, in a transaction of its own; answers how many."""
    old = Notice.objects.filter(at__lt=timezone.now() - KEPT_FOR)
    # Looked for first, so that nothing to do takes no lock for writing.
    ids = list(old.order_by("at").values_list("id", flat=True)[:_AT_ONCE])
    if not ids:
        return 0
    with transaction.atomic():
        return old.filter(id__lte=max(ids)).delete()[0]
