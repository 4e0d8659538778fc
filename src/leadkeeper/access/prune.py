"""Forget what has expired: kept answers, sign-in links, sessions."""

from typing import Final

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils import timezone

from leadkeeper.access.idempotency import KEPT_FOR
from leadkeeper.access.models import IdempotentAnswer, SignInLink

_AT_ONCE: Final = 500


def delete_expired() -> int:
    """Delete a bounded number of expired rows, each kind in a transaction of its own; answers how many."""
    now = timezone.now()
    return (
        _delete(IdempotentAnswer.objects.filter(created_at__lt=now - KEPT_FOR))
        + _delete(SignInLink.objects.filter(expires_at__lt=now))
        + _delete(Session.objects.filter(expire_date__lt=now))
    )


def _delete(expired: QuerySet[Model]) -> int:
    """Looked for first, so that nothing to do takes no lock for writing."""
    ids = list(expired.values_list("pk", flat=True)[:_AT_ONCE])
    if not ids:
        return 0
    with transaction.atomic():
        return expired.filter(pk__in=ids).delete()[0]
