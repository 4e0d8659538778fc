"""One lead a phone number and one a mailbox: the database decides, and the one who comes second is told."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypedDict

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from leadkeeper.leads.models import Lead
from leadkeeper.team.errors import Conflict


class Existing(TypedDict):
    """What somebody who enters a lead again may know of the one that exists."""

    id: uuid.UUID
    name: str
    stage: str
    assigned_to: uuid.UUID | None


class DuplicateLead(Conflict):
    """The phone number or the e-mail address belongs to a lead that exists."""

    def __init__(self, lead: Lead) -> None:
        super().__init__(_("There is already a lead with this phone number or e-mail address: %s.") % lead.name)
        self.existing = Existing(id=lead.pk, name=lead.name, stage=lead.stage, assigned_to=lead.assigned_to_id)


@contextmanager
def the_only_one(lead: Lead) -> Iterator[None]:
    """Within it, store the lead: in a savepoint, and refused as DuplicateLead when another one is the same.

    Looking first gives the answer nearly always; of those who look at the same moment, the unique constraints
    let one through, and the others look again.
    """
    _refuse_second(lead)
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        _refuse_second(lead)
        raise


def _refuse_second(lead: Lead) -> None:
    first = _first_with_same(lead, "phone") or _first_with_same(lead, "folded_email")
    if first is not None:
        raise DuplicateLead(first)


def _first_with_same(lead: Lead, column: str) -> Lead | None:
    """Another lead with the same in this column, among those that the unique constraints compare it with."""
    value = getattr(lead, column)
    if not value:
        return None
    kept = Lead.objects.filter(organization_id=lead.organization_id, duplicate_of=None, deleted_at=None)
    # Said also of what is looked for: a partial index is used only where all of its condition is in the query.
    with_same = kept.filter(~Q(**{column: ""}), **{column: value})
    return with_same.exclude(pk=lead.pk).first()
