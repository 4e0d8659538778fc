"""What open browsers are told: that something about a topic changed. They fetch it again with their own rights."""

from django.db import models
from django.utils import timezone


class Notice(models.Model):
    """One change of one topic in one organization, written in the transaction that made the change."""

    organization_id = models.UUIDField()
    topic = models.CharField(max_length=80)
    # Of those who do not hear everything, the one person who hears this; null: everybody does.
    seen_by = models.UUIDField(null=True)
    # Nobody but `seen_by` hears this, not even those who hear everything.
    private = models.BooleanField(default=False, db_default=False)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return self.topic
