"""Leads, who is responsible for them, and the history of that."""

import uuid
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from uuid_utils.compat import uuid7

from leadkeeper.leads.notification_models import Notification, NotificationSwitch  # noqa: F401  (tables are found here)
from leadkeeper.team.models import Organization, User
from leadkeeper.team.signals import WhyInactive
from leadkeeper.team.unset import UNSET, Unset
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


class Consent(models.TextChoices):
    """What somebody answered when asked whether they may be contacted. Where nobody has asked there is none."""

    YES = "yes", _("Yes")
    NO = "no", _("No")


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
        """What exists for this viewer: the same rule as `Lead.may_be_seen_by`."""
        leads = self.filter(organization_id=viewer.organization_id, deleted_at__isnull=True)
        if viewer.sees_all_leads:
            return leads
        # A key has no leads of its own.
        return leads.filter(Q(assigned_to=viewer.person_id) | Q(assigned_to=None))

    def visible_parts(
        self, viewer: "Viewer", assigned_to: uuid.UUID | Unset | None = UNSET
    ) -> dict[uuid.UUID | Unset | None, Self]:
        """The same, perhaps only those of one person or of nobody, each lead in one of the parts, by whose they are.

        An index has each part in the order in which the leads came in, but not all of them together.
        """
        leads = self.filter(organization_id=viewer.organization_id, deleted_at__isnull=True)
        seen: set[uuid.UUID | None] = {viewer.person_id, None}
        if isinstance(assigned_to, Unset):
            if viewer.sees_all_leads:
                return {UNSET: leads}
            return {person: leads.filter(assigned_to=person) for person in seen}
        return (
            {assigned_to: leads.filter(assigned_to=assigned_to)} if viewer.sees_all_leads or assigned_to in seen else {}
        )

    def waiting(self) -> Self:
        """Those still open for which nobody is responsible."""
        return self.filter(assigned_to__isnull=True, stage__in=OPEN_STAGES)

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
    # Null as long as nobody has asked; with the version of the question and the time of the answer.
    consent = models.CharField(max_length=3, choices=Consent.choices, null=True)
    consent_version = models.CharField(max_length=20, null=True)
    consent_at = models.DateTimeField(null=True)
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
            models.Index(fields=["organization", "stage", "-created_at", "-id"], name="lead_by_stage"),
            models.Index(fields=["organization", "source", "-created_at", "-id"], name="lead_by_source"),
            # After the two: where several would do and nothing has been counted, SQLite takes the one made last.
            models.Index(fields=["organization", "assigned_to", "-created_at", "-id"], name="lead_by_responsible"),
        ]

    def __str__(self) -> str:
        return self.name

    def may_be_seen_by(self, viewer: "Viewer") -> bool:
        """Whether this lead exists for the viewer: the same rule as `visible_to`."""
        if self.organization_id != viewer.organization_id or self.deleted_at is not None:
            return False
        return viewer.sees_all_leads or self.assigned_to_id in (None, viewer.person_id)

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
        indexes = [
            models.Index(fields=["lead", "id"], name="ownership_of_lead"),
            models.Index(fields=["batch", "id"], condition=Q(batch__isnull=False), name="ownership_of_batch"),
            # What a person was given lately.
            models.Index(
                fields=["organization", "to_user", "-id"],
                condition=Q(to_user__isnull=False),
                name="ownership_given_to",
            ),
            # Whom a person has chosen lately, one by one.
            models.Index(
                fields=["by_id", "-id"], condition=Q(by_kind="person", batch__isnull=True), name="ownership_chosen_by"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id}: {self.from_user_id} → {self.to_user_id}"


class LeadCountQuerySet(models.QuerySet["LeadCount"]):
    """Reading how many leads there are."""

    def visible_to(self, viewer: "Viewer") -> Self:
        """The counters of those leads that `LeadQuerySet.visible_to` shows."""
        counters = self.filter(organization_id=viewer.organization_id)
        if viewer.sees_all_leads:
            return counters
        return counters.filter(responsible__in=[LeadCount.NOBODY, viewer.person_id or LeadCount.NOBODY])


class LeadCount(models.Model):
    """How many leads an organization has per stage and responsible, kept in the transaction of each change."""

    NOBODY = uuid.UUID(int=0)

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    # The responsible person's id, or NOBODY: part of a unique key, where databases tell no two nulls apart.
    responsible = models.UUIDField()
    stage = models.CharField(max_length=30)
    leads = models.IntegerField(default=0)

    objects = LeadCountQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "responsible", "stage"], name="counted_once")]

    def __str__(self) -> str:
        return f"{self.responsible} {self.stage}: {self.leads}"


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
    # Who receives how many, as it was decided: see `Receiver`.
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


class LeftOut(models.TextChoices):
    """Why a lead of a batch stays where it is."""

    CLOSED = "closed", _("won or lost")
    CHANGED = "changed", _("somebody else is responsible meanwhile")
    THEIRS = "already_theirs", _("is theirs already")
    GONE = "gone", _("deleted meanwhile")
    NOT_ASSIGNABLE = "not_assignable", _("that person may not be responsible any more")


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


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    """Reading saved views."""

    def visible_to(self, viewer: "Viewer") -> Self:
        """A person's own, and what others of the organization share; a key has none."""
        if viewer.person_id is None:
            return self.none()
        return self.filter(Q(person=viewer.person_id) | Q(shared=True), organization_id=viewer.organization_id)


class SavedView(models.Model):
    """What the list of leads is narrowed to, under a name. It never shows more than its reader may see."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    # Whoever made it.
    person = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=60)
    folded_name = models.CharField(max_length=100)
    shared = models.BooleanField(default=False)
    q = models.CharField(max_length=200, blank=True)
    stage = models.CharField(max_length=30, choices=Stage.choices, blank=True)
    # As in the list's address: `me` (whoever reads it), `none`, or a person's id.
    assigned_to = models.CharField(max_length=36, blank=True)
    source = models.CharField(max_length=60, blank=True)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "person", "folded_name"], name="saved_view_named_once"),
        ]
        indexes = [
            models.Index(fields=["organization", "folded_name"], condition=Q(shared=True), name="saved_view_shared"),
        ]

    def __str__(self) -> str:
        return self.name
