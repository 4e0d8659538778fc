"""Leads to try things on."""

import itertools
import uuid
from typing import Protocol

import pytest
from django.db import transaction

from leadkeeper.leads.create import NewLead, create
from leadkeeper.leads.load import recount
from leadkeeper.leads.models import Lead
from leadkeeper.live.models import Notice
from leadkeeper.team.models import Organization
from leadkeeper.team.viewer import Viewer


class MakeLead(Protocol):
    def __call__(
        self,
        name: str = "Marina Lopes",
        *,
        assigned_to: uuid.UUID | None = None,
        organization: Organization | None = None,
        **fields: str,
    ) -> Lead: ...


@pytest.fixture
def lead(organization: Organization) -> MakeLead:
    """Enters leads, as the system; each has a phone number of its own where none is given."""
    home, numbers = organization, itertools.count(1)

    def make(
        name: str = "Marina Lopes",
        *,
        assigned_to: uuid.UUID | None = None,
        organization: Organization | None = None,
        **fields: str,
    ) -> Lead:
        fields.setdefault("phone", f"(11) 9{next(numbers):04}-0000")
        by = Viewer.system(organization or home)
        return create(NewLead(name=name, assigned_to=assigned_to, **fields), by=by)

    return make


@pytest.fixture
def system(organization: Organization) -> Viewer:
    return Viewer.system(organization)


def history(lead: Lead) -> list[tuple[uuid.UUID | None, uuid.UUID | None]]:
    """From whom to whom, oldest first."""
    return list(lead.ownership.order_by("id").values_list("from_user_id", "to_user_id"))


def chained(lead: Lead) -> bool:
    """Whether each change of responsibility begins where the one before ended, from nobody to who it is now."""
    steps = history(lead)
    ends = [None, *(to for _, to in steps)]
    current = Lead.objects.get(pk=lead.pk).assigned_to_id
    return [start for start, _ in steps] == ends[:-1] and ends[-1] == current


def topics_of(organization: Organization) -> set[str]:
    """Everything announced so far, but for what somebody alone is told."""
    notices = Notice.objects.filter(organization_id=organization.id).exclude(topic__startswith="inbox:")
    return set(notices.values_list("topic", flat=True))


def wrong_counters(organization: Organization) -> int:
    """How many of the kept counters differ from what is there to count."""
    with transaction.atomic():
        return recount(organization)
