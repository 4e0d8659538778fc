"""Who works here: organizations, people, and who is what in which organization.

Columns under "mirrored" are written by `directory.apply` alone. Columns under "ours" are never touched by it.
"""

import uuid
from datetime import date, datetime
from typing import TYPE_CHECKING, ClassVar, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from leadkeeper.storage.words import LONGEST_SEARCHABLE, LONGEST_SORTABLE, matching
from leadkeeper.team import roles
from leadkeeper.team.roles import Role
from leadkeeper.team.time_zones import zone_named

if TYPE_CHECKING:
    from leadkeeper.team.viewer import Viewer

ROLE_CHOICES = [(role.value, role.value) for role in Role]


class Organization(models.Model):
    """The tenant. Everything belongs to exactly one."""

    class NewLeadDefault(models.TextChoices):
        ME = "me", _("Whoever adds it")
        NOBODY = "nobody", _("Nobody")
        PERSON = "person", _("A named person")

    class Visibility(models.TextChoices):
        """Which leads sellers see; everybody else sees all."""

        ALL = "all", _("All leads")
        OWN_AND_UNASSIGNED = "own_and_unassigned", _("Their own and unassigned leads")

    class Assigning(models.TextChoices):
        """Who makes others responsible; where managers do, sellers may still take a lead for themselves."""

        ANYONE = "anyone", _("Everybody who may edit leads")
        MANAGERS = "managers", _("Owners, administrators and managers")

    class DeparturePolicy(models.TextChoices):
        """What becomes of the leads of somebody who leaves."""

        BADGE = "badge", _("Stay where they are")
        QUEUE = "queue", _("Become unassigned")
        SUCCESSOR = "successor", _("Go to a named successor")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clerk_id = models.CharField(max_length=255, null=True, unique=True)
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    visibility = models.CharField(max_length=20, choices=Visibility.choices, default=Visibility.ALL)
    assigning = models.CharField(max_length=10, choices=Assigning.choices, default=Assigning.ANYONE)
    new_lead_default = models.CharField(max_length=10, choices=NewLeadDefault.choices, default=NewLeadDefault.ME)
    new_lead_person = models.ForeignKey("User", models.SET_NULL, null=True, related_name="+", db_index=False)
    departure_policy = models.CharField(max_length=10, choices=DeparturePolicy.choices, default=DeparturePolicy.BADGE)
    successor = models.ForeignKey("User", models.SET_NULL, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name

    @property
    def phone_country(self) -> str:
        """Country of phone numbers written without one, two letters."""
        return self.country or settings.LEADKEEPER_COUNTRY

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the days that are typed and told here."""
        return zone_named(self.time_zone) or ZoneInfo(settings.LEADKEEPER_TIME_ZONE)

    def today(self) -> date:
        """The day that it is in the organization's zone."""
        return timezone.localdate(timezone=self.zone)

    def shows_all_leads_to(self, role: Role) -> bool:
        """Whether this role sees the leads of others too."""
        return self.visibility == self.Visibility.ALL or role not in roles.SELLERS

    def lets_assign_anybody(self, role: Role) -> bool:
        """Whether this role, where it may change leads, gives them to others; if not, it only takes them."""
        return self.assigning == self.Assigning.ANYONE or role not in roles.SELLERS


class User(AbstractBaseUser):
    """A person, mirrored from the identity provider or created locally. The same id in every organization."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # Not the e-mail: people without one exist, and two people may share one.
    username = models.CharField(max_length=64)
    clerk_id = models.CharField(max_length=255, null=True)

    # Nobody has a password here: people come through the identity provider or a one-time link.
    password = None  # type: ignore[assignment]

    # mirrored
    name = models.CharField(max_length=255, blank=True)
    email = models.CharField(max_length=254, blank=True)
    avatar_url = models.CharField(max_length=2048, blank=True)
    suspended = models.BooleanField(default=False)
    absent_since = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    is_active = models.BooleanField(default=True)
    version = models.CharField(max_length=80, blank=True)
    last_synced_at = models.DateTimeField(null=True)
    seen_in_sweep = models.UUIDField(null=True)
    # Part of every session's signature: raised when a person is turned off, it ends their sessions.
    session_generation = models.PositiveIntegerField(default=0)

    # ours
    language = models.CharField(max_length=10, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        # Constraints, not `unique=True`: that would add a second index for each on PostgreSQL.
        constraints = [
            models.UniqueConstraint(fields=["username"], name="user_username_once"),
            models.UniqueConstraint(fields=["clerk_id"], name="user_clerk_id_once"),
        ]
        indexes = [models.Index(Lower("email"), name="user_email")]

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def picture_url(self) -> str:
        return shown_picture(self.avatar_url)

    def get_session_auth_hash(self) -> str:
        """What ties a session to this person: no password here, but the generation of their sessions."""
        return f"{self.pk.hex}:{self.session_generation}"


def shown_picture(avatar_url: str) -> str:
    """The address of a person's picture, where it is on one of the hosts from which pictures are shown; else empty."""
    try:
        parts = urlsplit(avatar_url)
        shown = parts.scheme == "https" and parts.hostname in settings.CLERK_IMAGE_HOSTS
        return avatar_url if shown and parts.port in (None, 443) else ""
    except ValueError:
        return ""


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Reading who is in an organization. Every page and call begins with `visible_to`."""

    def visible_to(self, viewer: "Viewer") -> Self:
        return self.filter(organization_id=viewer.organization_id)

    def active(self) -> Self:
        return self.filter(active=True)

    def in_role(self, *wanted: Role) -> Self:
        """Those whose role that counts is one of these."""
        return self.filter(has_role(*wanted))

    def assignable(self) -> Self:
        """Those who may be made responsible for leads now."""
        by_role = Q(may_own_leads__isnull=True) & has_role(*roles.RESPONSIBLE_BY_ROLE)
        return self.filter(by_role | Q(may_own_leads=True), active=True)

    def administrators(self) -> Self:
        return self.in_role(*roles.ADMINISTRATORS)

    def matching(self, query: str) -> Self:
        """Every typed word begins a word of name or e-mail."""
        return matching(self, "words", query)  # type: ignore[return-value]


def absent_until(away_until: date | None, away_ends_at: datetime | None) -> date | None:
    """The last day of an absence that is not over; the current time zone is the organization's."""
    if away_until is None:
        return None
    ends_later = away_ends_at is not None and away_ends_at > timezone.now()
    return away_until if away_until >= timezone.localdate() or ends_later else None


def is_away() -> Q:
    """The rule of `absent_until` as a condition."""
    return Q(away_until__gte=timezone.localdate()) | Q(away_ends_at__gt=timezone.now())


def role_that_counts(role_set_here: str | None, directory_role: str | None) -> Role:
    """What an administrator set here, else what the directory states, else the default."""
    return Role(role_set_here or directory_role or settings.CLERK_DEFAULT_ROLE)


def has_role(*wanted: Role) -> Q:
    """The rule of `role_that_counts` in plain conditions, which databases estimate better than an expression."""
    stated = Q(directory_role__in=wanted)
    if settings.CLERK_DEFAULT_ROLE in wanted:
        stated |= Q(directory_role__isnull=True)
    return Q(role_set_here__in=wanted) | Q(role_set_here__isnull=True) & stated


class Membership(models.Model):
    """A person in an organization."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="memberships", db_index=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships", db_index=False)

    # mirrored
    active = models.BooleanField(default=True)
    directory_role = models.CharField(max_length=20, choices=ROLE_CHOICES, null=True)
    # What the directory states as their role where it is none that we know.
    unknown_role = models.CharField(max_length=roles.LONGEST_UNKNOWN, null=True)
    folded_name = models.CharField(max_length=LONGEST_SORTABLE, blank=True)
    words = models.CharField(max_length=LONGEST_SEARCHABLE, blank=True)

    # ours
    role_set_here = models.CharField(max_length=20, choices=ROLE_CHOICES, null=True)
    role_set_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", db_index=False)
    may_own_leads = models.BooleanField(null=True)
    capacity = models.PositiveIntegerField(null=True)
    away_until = models.DateField(null=True)
    # Set where that day ends later than in the organization's zone: for somebody west of it.
    away_ends_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "organization"], name="membership_once")]
        # With the words, so that a search reads the rows only of those it finds.
        indexes = [
            models.Index(fields=["organization", "folded_name", "user", "words"], name="membership_by_name"),
            # For the counts at the top of pages.
            models.Index(fields=["organization", "active"], name="membership_active"),
            models.Index(
                fields=["organization", "unknown_role"],
                condition=Q(unknown_role__isnull=False),
                name="membership_unknown_role",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} @ {self.organization}"

    @property
    def role(self) -> Role:
        """The role that counts; the same rule as `in_role`."""
        return role_that_counts(self.role_set_here, self.directory_role)

    @property
    def role_source(self) -> str:
        """Where the role comes from: `here`, `directory` or `default`."""
        if self.role_set_here:
            return "here"
        return "directory" if self.directory_role else "default"

    @property
    def absent_until(self) -> date | None:
        return absent_until(self.away_until, self.away_ends_at)

    @property
    def may_be_responsible(self) -> bool:
        """Whether leads may be given to this person now; the same rule as `assignable`."""
        if self.may_own_leads is not None:
            return self.active and self.may_own_leads
        return self.active and self.role in roles.RESPONSIBLE_BY_ROLE
