"""Leads, who is responsible for them, and the history of that."""

import uuid
from typing import TYPE_CHECKING, Final, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from uuid_utils.compat import uuid7

from leadkeeper.leads.choices import CLOSED_STAGES, OPEN_STAGES, Consent, Reason, Source, Stage, Temperature
from leadkeeper.leads.departures.models import DepartureCase
from leadkeeper.leads.notifications.models import Notification, NotificationSwitch
from leadkeeper.leads.old_phone_forms import without_9
from leadkeeper.leads.transfers.models import Batch, BatchStep
from leadkeeper.leads.views.models import SavedView
from leadkeeper.storage.unset import UNSET, Unset
from leadkeeper.storage.words import matching
from leadkeeper.team.models import Organization, User

if TYPE_CHECKING:
    from leadkeeper.team.viewer import Viewer

# Django finds the tables of a room in this module.
__all__ = [
    "Batch", "BatchStep", "DepartureCase", "DuplicateChecks", "Lead", "LeadCount", "Notification", "NotificationSwitch",
    "OwnershipChange", "SavedView",
]  # fmt: skip


_OPEN: Final = "leads_lead.stage IN ({})".format(", ".join(f"'{stage}'" for stage in OPEN_STAGES))


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

    def open(self) -> Self:
        """Those that are neither won nor lost.

        As the indexes of open leads have it, word by word: SQLite does not use them for a list of parameters.
        """
        return self.extra(where=[_OPEN])  # type: ignore[return-value]  # noqa: S610

    def waiting(self) -> Self:
        """Those still open for which nobody is responsible."""
        return self.filter(assigned_to__isnull=True).open()

    def matching(self, query: str) -> Self:
        """Every typed word begins a word of name, e-mail or phone."""
        return matching(self, "words", query)  # type: ignore[return-value]


class Lead(models.Model):
    """Somebody who may buy. `assigned_to` is written by `leads.assign` alone."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=200)
    phone = models.CharField(max_length=20, blank=True)
    # The default is also the database's: a release that does not know the column can still enter leads.
    phone_extension = models.CharField(max_length=20, blank=True, default="", db_default="")
    email = models.CharField(max_length=254, blank=True)
    folded_email = models.CharField(max_length=254, blank=True)
    source = models.CharField(max_length=60, choices=Source.choices, blank=True)
    # Which one of that source: an advertisement, a page, an event, in the sender's words.
    campaign = models.CharField(max_length=200, blank=True, default="", db_default="")
    stage = models.CharField(max_length=30, choices=Stage.choices, default=Stage.NEW)
    temperature = models.CharField(max_length=10, choices=Temperature.choices, blank=True)
    message = models.TextField(blank=True)
    # Null as long as nobody has asked; with the version of the question and the time of the answer.
    consent = models.CharField(max_length=3, choices=Consent.choices, null=True)
    consent_version = models.CharField(max_length=20, null=True)
    consent_at = models.DateTimeField(null=True)
    assigned_to = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    assigned_at = models.DateTimeField(null=True)
    # A lead with the same phone number or e-mail address that came in before this one. The unique constraints pass over
    # this one then. Whether they are two is for a person to say; `confirmed_distinct_at` is when somebody did.
    duplicate_of = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")
    confirmed_distinct_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    words = models.CharField(max_length=1000, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True)
    deleted_by_kind = models.CharField(max_length=10, null=True)
    deleted_by_id = models.UUIDField(null=True)
    deleted_by_name = models.CharField(max_length=255, null=True)

    objects = LeadQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "organization",
                without_9("phone"),
                "phone_extension",
                condition=Q(duplicate_of__isnull=True, deleted_at__isnull=True) & ~Q(phone=""),
                name="lead_phone_and_extension_once",
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
            # Everybody looks through these. PostgreSQL finds no order in what is null, and SQLite takes nobody for
            # somebody with as few leads as others have: so these are not in the index of the responsible people.
            models.Index(
                fields=["organization", "-created_at", "-id"],
                condition=Q(assigned_to__isnull=True, deleted_at__isnull=True),
                name="lead_of_nobody",
            ),
            models.Index(
                fields=["organization", "stage", "-created_at", "-id"],
                condition=Q(assigned_to__isnull=True, deleted_at__isnull=True),
                name="lead_of_nobody_by_stage",
            ),
            models.Index(
                fields=["organization", "-created_at", "-id"],
                condition=Q(duplicate_of__isnull=False, confirmed_distinct_at__isnull=True, deleted_at__isnull=True),
                name="lead_possible_duplicates",
            ),
            models.Index(
                fields=["organization", "-created_at", "-id"],
                condition=Q(deleted_at__isnull=True, stage__in=OPEN_STAGES),
                name="lead_open",
            ),
            # After the others: where several would do and nothing has been counted, SQLite takes the one made last.
            models.Index(
                fields=["organization", "assigned_to", "-created_at", "-id"],
                condition=Q(assigned_to__isnull=False),
                name="lead_by_responsible",
            ),
            models.Index(
                fields=["organization", "assigned_to", "-created_at", "-id"],
                condition=Q(assigned_to__isnull=False, deleted_at__isnull=True, stage__in=OPEN_STAGES),
                name="lead_open_by_responsible",
            ),
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


class DuplicateChecks(models.Model):
    """How often somebody who does not see all leads has asked, since then, whose a number or an address is."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    person = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    since = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "organization"], name="duplicate_checks_once")]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.count}"


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
