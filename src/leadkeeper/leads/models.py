"""Leads, who is responsible for them, and the history of that."""

import uuid
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from uuid_utils.compat import uuid7

from leadkeeper.team.models import Organization, User
from leadkeeper.team.words import matching

if TYPE_CHECKING:
    from leadkeeper.team.viewer import Viewer


class Stage(models.TextChoices):
    NEW = "novo", pgettext_lazy("stage", "New")
    FIRST_CONTACT = "primeiro_contato", _("First contact")
    QUALIFIED = "qualificado", _("Qualified")
    PROPOSAL = "proposta", _("Proposal")
    NEGOTIATION = "negociacao", _("Negotiation")
    WON = "fechado_ganho", _("Won")
    LOST = "fechado_perdido", _("Lost")


CLOSED_STAGES = (Stage.WON, Stage.LOST)
OPEN_STAGES = tuple(stage for stage in Stage if stage not in CLOSED_STAGES)


class Temperature(models.TextChoices):
    COLD = "frio", _("Cold")
    WARM = "morno", _("Warm")
    HOT = "quente", _("Hot")


class Source(models.TextChoices):
    """The sources offered in forms. Any other label an integrator sends is kept as it came."""

    WHATSAPP = "whatsapp", "WhatsApp"
    INSTAGRAM = "instagram", "Instagram"
    LANDING_PAGE = "landing_page", _("Landing page")
    REFERRAL = "indicacao", _("Referral")
    EVENT = "evento", _("Event")
    ORGANIC = "organico", _("Organic")
    PAID = "trafego_pago", _("Paid traffic")
    OTHER = "outro", pgettext_lazy("source", "Other")


class Reason(models.TextChoices):
    """Why responsibility changed."""

    CREATED = "created", _("created")
    MANUAL = "manual", _("by hand")
    CLAIM = "claim", _("claimed")
    TRANSFER = "transfer", _("transfer")
    DEPARTURE = "departure", _("departure")
    UNDO = "undo", _("undone")
    RULE = "rule", _("rule")
    IMPORT = "import", _("import")


class LeadQuerySet(models.QuerySet["Lead"]):
    """Reading leads. Every page and call begins with `visible_to`."""

    def visible_to(self, viewer: "Viewer") -> Self:
        return self.filter(organization_id=viewer.organization_id, deleted_at__isnull=True)

    def matching(self, query: str) -> Self:
        """Every typed word begins a word of name, e-mail or phone."""
        return matching(self, "words", query)  # type: ignore[return-value]


class Lead(models.Model):
    """Somebody who may buy. `assigned_to` is written by `leads.assign` alone."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=200)
    phone = models.CharField(max_length=20, blank=True)
    email = models.CharField(max_length=254, blank=True)
    folded_email = models.CharField(max_length=254, blank=True)
    source = models.CharField(max_length=60, blank=True)
    stage = models.CharField(max_length=30, choices=Stage.choices, default=Stage.NEW)
    temperature = models.CharField(max_length=10, choices=Temperature.choices, blank=True)
    message = models.TextField(blank=True)
    assigned_to = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    assigned_at = models.DateTimeField(null=True)
    duplicate_of = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1)
    words = models.CharField(max_length=1000, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True)

    objects = LeadQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "phone"],
                condition=Q(duplicate_of__isnull=True, deleted_at__isnull=True) & ~Q(phone=""),
                name="lead_phone_once",
            ),
            models.UniqueConstraint(
                fields=["organization", "folded_email"],
                condition=Q(duplicate_of__isnull=True, deleted_at__isnull=True) & ~Q(folded_email=""),
                name="lead_email_once",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-created_at", "-id"], name="lead_newest"),
            models.Index(fields=["organization", "assigned_to", "-created_at", "-id"], name="lead_by_responsible"),
            models.Index(fields=["organization", "stage", "-created_at", "-id"], name="lead_by_stage"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        return self.stage not in CLOSED_STAGES


class OwnershipChange(models.Model):
    """One change of who is responsible: from, to, by whom, why, when."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="ownership", db_index=False)
    from_user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    to_user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    by_kind = models.CharField(max_length=10)
    by_id = models.UUIDField(null=True)
    by_name = models.CharField(max_length=255)
    reason = models.CharField(max_length=10, choices=Reason.choices)
    note = models.CharField(max_length=1000, blank=True)
    batch = models.UUIDField(null=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["lead", "id"], name="ownership_of_lead")]

    def __str__(self) -> str:
        return f"{self.lead_id}: {self.from_user_id} → {self.to_user_id}"


class LeadCount(models.Model):
    """How many leads an organization has per stage and responsible, kept in the transaction of each change."""

    NOBODY = uuid.UUID(int=0)

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    # The responsible person's id, or NOBODY: part of a unique key, where databases tell no two nulls apart.
    responsible = models.UUIDField()
    stage = models.CharField(max_length=30)
    leads = models.IntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "responsible", "stage"], name="counted_once")]

    def __str__(self) -> str:
        return f"{self.responsible} {self.stage}: {self.leads}"
