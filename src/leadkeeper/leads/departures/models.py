"""Departure cases."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from leadkeeper.leads.transfers.models import Batch
from leadkeeper.team.models import Organization, User
from leadkeeper.team.signals import WhyInactive


class DepartureCase(models.Model):
    """Somebody left while responsible for open leads: how many those were, and what became of them."""

    class Outcome(models.TextChoices):
        MOVED = "moved", _("No open leads are left")
        LEFT = "left", _("Left as it is")
        RETURNED = "returned", _("Came back before anything moved")
        GIVEN_BACK = "given_back", _("Came back, and got the leads back")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    person = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    why = models.CharField(max_length=20, choices=WhyInactive.choices)
    # As the organization had decided when it opened.
    policy = models.CharField(max_length=10, choices=Organization.DeparturePolicy.choices)
    successor = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", db_index=False)
    # The policy could not be followed: leads may not go to the successor.
    successor_unfit = models.BooleanField(default=False)
    # Work to do: the policy has not been carried out yet.
    to_move = models.BooleanField(default=False)
    # Stage → leads, as it was when they left.
    leads_by_stage = models.JSONField(default=dict)
    # What moved their leads since.
    batches: "models.ManyToManyField[Batch, models.Model]" = models.ManyToManyField(Batch, related_name="departures")
    opened_at = models.DateTimeField(default=timezone.now)
    returned_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, choices=Outcome.choices, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "person"], condition=Q(closed_at__isnull=True), name="departure_open_once"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-opened_at", "-id"], name="departure_newest"),
            models.Index(fields=["person", "-opened_at"], name="departure_of_person"),
            models.Index(fields=["opened_at"], condition=Q(to_move=True), name="departure_to_move"),
        ]

    def __str__(self) -> str:
        return f"departure of {self.person_id}"
