"""Batches: what was decided, and how far it is carried out."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from leadkeeper.leads.choices import Reason
from leadkeeper.team.models import Organization


class LeftOut(models.TextChoices):
    """Why a lead of a batch stays where it is."""

    CLOSED = "closed", _("won or lost")
    CHANGED = "changed", _("somebody else has become responsible")
    EDITED = "edited", _("worked on since then")
    THEIRS = "already_theirs", _("already theirs")
    GONE = "gone", _("deleted in the meantime")
    NOT_ASSIGNABLE = "not_assignable", _("that person can no longer be responsible")


class Batch(models.Model):
    """Many leads that change hands together, all of them decided before the first one moves."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    reason = models.CharField(max_length=10, choices=Reason.choices)
    by_kind = models.CharField(max_length=10)
    by_id = models.UUIDField(null=True)
    by_name = models.CharField(max_length=255)
    note = models.CharField(max_length=1000, blank=True)
    # Won and lost leads move too.
    with_closed = models.BooleanField(default=False)
    # Unique, so that of two who undo the same batch one comes second.
    undoes = models.OneToOneField("self", models.CASCADE, null=True, related_name="undone_by")
    total = models.PositiveIntegerField(default=0)
    moved = models.PositiveIntegerField(default=0)
    # How many leads were left where they are, by `LeftOut`.
    left_out = models.JSONField(default=dict)
    # Who gives and who receives how many, as it was decided: see `Giver` and `Receiver`.
    givers = models.JSONField(default=list)
    receivers = models.JSONField(default=list)
    began_at = models.DateTimeField(default=timezone.now)
    moved_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    # Why a step could not be done when it was last tried; empty once all are done.
    failure = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["organization", "-began_at", "-id"], name="batch_newest")]

    def __str__(self) -> str:
        return f"{self.reason} of {self.total} leads"

    @property
    def has_failed(self) -> bool:
        """It is over, with steps left that could not be done."""
        return self.ended_at is not None and self.failure != ""


class BatchStep(models.Model):
    """A few hundred leads of a batch, which move in one transaction or not at all. A row not done is work to do."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="steps", db_index=False)
    number = models.PositiveIntegerField()
    # What was decided: see `Move`.
    moves = models.JSONField(default=list)
    # Pairs of a lead and a `LeftOut`.
    left_out = models.JSONField(default=list)
    done_at = models.DateTimeField(null=True)
    # How often it has failed, and not before when it is tried again.
    tries = models.PositiveSmallIntegerField(default=0)
    try_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "number"], name="batch_step_once")]
        indexes = [
            models.Index(fields=["batch", "number"], condition=Q(done_at__isnull=True), name="batch_step_to_do"),
        ]

    def __str__(self) -> str:
        return f"step {self.number} of {self.batch_id}"
