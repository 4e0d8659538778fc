"""Saved views."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from uuid_utils.compat import uuid7

from leadkeeper.leads.choices import Source
from leadkeeper.team.models import Organization, User

if TYPE_CHECKING:
    from leadkeeper.team.viewer import Viewer


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
    # As in the list's address: a stage, `any`, or empty for open leads.
    stage = models.CharField(max_length=30, blank=True)
    # As in the list's address: `me` (whoever reads it), `none`, or a person's id.
    assigned_to = models.CharField(max_length=36, blank=True)
    source = models.CharField(max_length=60, choices=Source.choices, blank=True)

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
