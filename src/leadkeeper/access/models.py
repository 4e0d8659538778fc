"""What opens the door besides a session: API keys and one-time sign-in links. Only their hashes are kept."""

import uuid

from django.db import models
from django.utils import timezone

from leadkeeper.team.models import ROLE_CHOICES, Organization, User


class ApiKey(models.Model):
    """A key for programs. It may at most what its maker may, and stops with its maker."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    role = models.CharField(max_length=20, choices=ROLE_CHOICES)
    hash = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class SignInLink(models.Model):
    """A link that signs one person in, once, within 15 minutes."""

    hash = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"sign-in link of {self.user_id}"


class IdempotentAnswer(models.Model):
    """What a key was answered to a request it may repeat. `status` is null while the first one is in flight."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    asker = models.UUIDField()
    path = models.CharField(max_length=200)
    key = models.CharField(max_length=255)
    # Of the query parameters and the body.
    body_hash = models.CharField(max_length=64)
    # What the asker's role had to permit, with spaces between: also when the answer is repeated.
    rights = models.CharField(max_length=100, blank=True)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["asker", "path", "key"], name="answered_once")]

    def __str__(self) -> str:
        return self.key
