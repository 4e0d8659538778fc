"""What keeps the team equal to the directory: the inbox of deliveries, and the walks through the whole list."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from leadkeeper.directory.sentence import Sentence
from leadkeeper.team.models import Organization, User


class Delivery(models.Model):
    """One webhook message. Repeats only count, unless it failed."""

    class Outcome(models.TextChoices):
        APPLIED = "applied", _("applied")
        STALE = "stale", _("stale")
        IGNORED = "ignored", _("ignored")
        FAILED = "failed", _("failed")

    # Ordered by time, so that the newest come last in every index.
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    message_id = models.CharField(max_length=255)
    type = models.CharField(max_length=100)
    clerk_id = models.CharField(max_length=255, blank=True)
    occurred_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    reason = models.CharField(max_length=500, blank=True)
    repeats = models.PositiveIntegerField(default=0)
    payload = models.TextField(blank=True)

    class Meta:
        # A constraint, not `unique=True`: that would add a second index on PostgreSQL.
        constraints = [models.UniqueConstraint(fields=["message_id"], name="delivery_once")]
        # Serves the list by outcome, and the counts of all outcomes and repeats, without the table.
        indexes = [models.Index(fields=["outcome", "id", "repeats"], name="delivery_by_outcome")]

    def __str__(self) -> str:
        return self.message_id


class Sweep(models.Model):
    """One full walk through the directory, with its checkpoint. The row is the queue, the lease and the report."""

    class Kind(models.TextChoices):
        BACKFILL = "backfill", _("backfill")
        RECONCILE = "reconcile", _("reconcile")

    class Status(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("running")
        COMPLETE = "complete", _("complete")
        INCOMPLETE = "incomplete", _("incomplete")
        REFUSED = "refused", _("refused")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    # In English, for programs; its parts are for readers. Rows of before have none.
    reason = models.CharField(max_length=500, blank=True)
    reason_parts = models.JSONField(null=True)
    force = models.BooleanField(default=False)
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    beat_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    # the checkpoint
    cursor = models.CharField(max_length=255, blank=True)
    by_offset = models.BooleanField(default=False)
    offset = models.PositiveIntegerField(default=0)
    count_before = models.PositiveIntegerField(null=True)
    resumed_from = models.PositiveIntegerField(null=True)

    # the report
    seen = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    deactivated = models.PositiveIntegerField(default=0)
    quarantined = models.PositiveIntegerField(default=0)
    skipped_stale = models.PositiveIntegerField(default=0)
    # Of a refused one: how many people would have gone.
    missing = models.PositiveIntegerField(default=0)
    expected = models.PositiveIntegerField(null=True)
    pages = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["organization", "asked_at"], name="sweep_newest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def is_over(self) -> bool:
        return self.status not in (self.Status.QUEUED, self.Status.RUNNING)

    @property
    def why(self) -> str:
        """The reason in the reader's language."""
        return str(Sentence.of(self.reason_parts)) if self.reason_parts else self.reason

    def give_reason(self, reason: Sentence | None) -> None:
        """Set why it ended as it did, or that there is nothing to say."""
        self.reason = reason.in_english[:500] if reason else ""
        self.reason_parts = reason.parts if reason else None

    @property
    def duration_s(self) -> float:
        """Seconds from start to end, or to the last sign of life."""
        end = self.ended_at or self.beat_at
        return round((end - self.started_at).total_seconds(), 3) if end and self.started_at else 0.0


class Quarantined(models.Model):
    """A record of a sweep that made no sense: reported, counted as present, never applied."""

    sweep = models.ForeignKey(Sweep, models.CASCADE, related_name="quarantine")
    clerk_id = models.CharField(max_length=255)
    reason = models.CharField(max_length=500)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sweep", "clerk_id"], name="quarantined_once")]

    def __str__(self) -> str:
        return self.clerk_id


class Drift(models.Model):
    """A person about whom a sweep found the mirror wrong, and what it put right. Only the first of a sweep are listed;
    its row has the full numbers."""

    sweep = models.ForeignKey(Sweep, models.CASCADE, related_name="drift")
    clerk_id = models.CharField(max_length=255)
    name = models.CharField(max_length=255, blank=True)
    result = models.CharField(max_length=11)
    # [{"field": …, "before": …, "after": …}], see `change.Difference`.
    differences = models.JSONField(default=list)

    def __str__(self) -> str:
        return self.clerk_id


class ArrivedType(models.Model):
    """A type of event that we handle and that has arrived: known for good, also once the deliveries are pruned."""

    type = models.CharField(max_length=100, primary_key=True)
    first_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.type


class Recheck(models.Model):
    """A person whose truth must be fetched by id: two records with one version disagreed, an absent one spoke, or an
    unknown one was introduced by an old record."""

    clerk_id = models.CharField(max_length=255, primary_key=True)
    asked_at = models.DateTimeField(default=timezone.now)
    next_try_at = models.DateTimeField(default=timezone.now, db_index=True)
    attempts = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.clerk_id


class CatchUp(models.Model):
    """When the people who changed lately are looked for next, and until when that has been done: one row."""

    organization = models.OneToOneField(Organization, models.CASCADE, primary_key=True, related_name="+")
    next_at = models.DateTimeField()
    known_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"next at {self.next_at}"


class Inventory(models.Model):
    """What the inbox held when what is old had last been deleted from it: too much to be counted for every page."""

    organization = models.OneToOneField(Organization, models.CASCADE, primary_key=True, related_name="+")
    taken_at = models.DateTimeField()
    deliveries = models.PositiveBigIntegerField()
    payloads = models.PositiveBigIntegerField()

    def __str__(self) -> str:
        return f"taken at {self.taken_at}"


class Heartbeat(models.Model):
    """The last sign of life of a process that does background work."""

    process = models.CharField(max_length=100, primary_key=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.process
