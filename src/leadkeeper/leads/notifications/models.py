"""What people are told of what others do, and how they want to be told."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from leadkeeper.team.models import Organization, User

if TYPE_CHECKING:
    from leadkeeper.team.viewer import Viewer


class NotificationQuerySet(models.QuerySet["Notification"]):
    """Reading what people are told."""

    def visible_to(self, viewer: "Viewer") -> Self:
        """A person's own, of the kinds they want to see; a key has none."""
        mine = self.filter(organization_id=viewer.organization_id, recipient_id=viewer.person_id)
        return mine.exclude(switched_off(in_app=False))

    def to_be_mailed(self) -> Self:
        """Those that wait for it and are still wanted that way."""
        return self.filter(mail_at__isnull=False).exclude(switched_off(by_mail=False))


def switched_off(**how: bool) -> models.Exists:
    """Whether the recipient has switched off this kind."""
    switches = NotificationSwitch.objects.filter(person=OuterRef("recipient"), organization=OuterRef("organization"))
    return models.Exists(switches.filter(kind=OuterRef("kind"), **how))


class Notification(models.Model):
    """Something that one person is told: for what changes in bulk there is one for the whole batch."""

    class Kind(models.TextChoices):
        GIVEN = "given", _("Somebody makes me responsible")
        TAKEN = "taken", _("Somebody takes a lead from me")
        ASKED = "asked", _("Somebody asks me for a lead")
        DEPARTURE = "departure", _("Somebody with open leads leaves")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    recipient = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    # A `Reason`, of what happened to leads.
    reason = models.CharField(max_length=10, blank=True)
    by_id = models.UUIDField(null=True)
    by_name = models.CharField(max_length=255)
    # On the other side: who had the leads, who has them now, or who left. Empty: nobody, or several.
    other_name = models.CharField(max_length=255, blank=True)
    # The one lead it is about, with the name that the recipient knew; in bulk null.
    lead = models.UUIDField(null=True)
    lead_name = models.CharField(max_length=200, blank=True)
    # Leads received (or, of a departure, left behind), leads lost, people who left.
    leads = models.PositiveIntegerField(default=0)
    leads_lost = models.PositiveIntegerField(default=0)
    people = models.PositiveIntegerField(default=0)
    # A transfer; or what one key did within some minutes, see `notify.TOGETHER`.
    batch = models.UUIDField(null=True)
    at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)
    # To be mailed then; null: not, or not any more.
    mail_at = models.DateTimeField(null=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "batch"], condition=Q(batch__isnull=False), name="notified_once_of_batch"
            ),
        ]
        indexes = [
            models.Index(fields=["recipient", "organization", "-at", "-id"], name="notification_newest"),
            models.Index(fields=["recipient"], condition=Q(read_at__isnull=True), name="notification_unread"),
            models.Index(fields=["mail_at"], condition=Q(mail_at__isnull=False), name="notification_to_mail"),
            models.Index(fields=["lead", "by_id"], condition=Q(kind="asked"), name="notification_asked"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.recipient_id}"


class NotificationSwitch(models.Model):
    """How a person wants to be told of one kind in an organization. Without a row: in every way there is."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    person = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=Notification.Kind.choices)
    in_app = models.BooleanField(default=True)
    by_mail = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "organization", "kind"], name="switched_once")]

    def __str__(self) -> str:
        return f"{self.kind} for {self.person_id}"
