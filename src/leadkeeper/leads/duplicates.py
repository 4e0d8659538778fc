"""One lead a phone number and one a mailbox: the database decides, and the one who comes second is told."""

import logging
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Final, TypedDict

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from leadkeeper.leads.models import Lead, LeadQuerySet
from leadkeeper.leads.old_phone_forms import same_line, without_9
from leadkeeper.leads.phone import PHONE_FIELDS, Phone
from leadkeeper.storage.errors import Conflict
from leadkeeper.team.viewer import Viewer
from leadkeeper.web.isolate import isolated

logger = logging.getLogger(__name__)

# The columns that tell one lead from another.
IDENTIFYING: Final = PHONE_FIELDS | {"folded_email"}


class Existing(TypedDict):
    """What somebody who enters a lead again may know of the one that exists."""

    id: uuid.UUID
    name: str
    stage: str
    assigned_to: uuid.UUID | None


class Hidden(TypedDict):
    """What they may know of it where it is not theirs to see: enough to know whom to ask."""

    id: uuid.UUID
    stage: str
    responsible: str


class DuplicateLead(Conflict):
    """The phone number or the e-mail address belongs to a lead that exists, which `viewer` may not see perhaps."""

    def __init__(self, lead: Lead, viewer: Viewer) -> None:
        self.lead = lead
        self.existing: Existing | Hidden
        if lead.may_be_seen_by(viewer):
            self.existing = Existing(id=lead.pk, name=lead.name, stage=lead.stage, assigned_to=lead.assigned_to_id)
            words = _("There is already a lead with this phone number or e-mail address: %s.") % isolated(lead.name)
        else:
            self.existing = Hidden(id=lead.pk, stage=lead.stage, responsible=str(lead.assigned_to))
            words = _("There is already a lead with this phone number or e-mail address. %s is responsible for it.")
            words %= isolated(str(lead.assigned_to))
        super().__init__(words)


def refuse_duplicate(lead: Lead, by: Viewer, *, compared: Collection[str] = IDENTIFYING) -> None:
    """Look for another lead with the same phone or the same e-mail address. Raises DuplicateLead.

    `compared`: the columns to look at, such as those that an edit has changed.
    """
    first = _first_with_same(lead, compared)
    if first is not None:
        log_hidden_duplicate(first, by)
        raise DuplicateLead(first, by)


def log_hidden_duplicate(lead: Lead, viewer: Viewer) -> None:
    """Leave a trace where somebody learns whose lead it is that they may not see."""
    if not lead.may_be_seen_by(viewer):
        asker = {"kind": viewer.kind, "asker": viewer.id}
        logger.info("told of a hidden duplicate", extra={"lead": lead.pk, **asker})


@contextmanager
def the_only_one(lead: Lead, by: Viewer, *, compared: Collection[str] = IDENTIFYING) -> Iterator[None]:
    """Within it, store changes of the lead: in a savepoint, and refused as DuplicateLead when another one is the same.

    Looking first gives the answer nearly always; of those who look at the same moment, the unique constraints
    let one through, and the others look again.
    """
    refuse_duplicate(lead, by, compared=compared)
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        refuse_duplicate(lead, by)
        raise


def first_like(lead: Lead) -> Lead | None:
    """The lead that keeps this one out of the unique constraints, if one does."""
    return _first_with_same(lead, IDENTIFYING)


def with_phone(organization_id: uuid.UUID, phone: Phone) -> LeadQuerySet:
    """Leads with that number and extension, among those that the unique constraints compare.

    These may be hidden from whoever asks: `DuplicateLead` says what may be told of them.
    """
    # The condition is said also of what is looked for: a partial index is used only where all of it is in the query.
    leads = _compared(organization_id).exclude(phone="").alias(line=without_9("phone"))
    return leads.filter(line=same_line(phone.number), phone_extension=phone.extension)


def with_mailbox(organization_id: uuid.UUID, folded_email: str) -> LeadQuerySet:
    """Leads with that e-mail address, as `same_mailbox` has it, among those that the unique constraints compare."""
    return _compared(organization_id).exclude(folded_email="").filter(folded_email=folded_email)


def _compared(organization_id: uuid.UUID) -> LeadQuerySet:
    return Lead.objects.filter(organization_id=organization_id, duplicate_of=None, deleted_at=None)


def _first_with_same(lead: Lead, compared: Collection[str]) -> Lead | None:
    looked_at: list[LeadQuerySet] = []
    if lead.phone and not PHONE_FIELDS.isdisjoint(compared):
        looked_at.append(with_phone(lead.organization_id, Phone(lead.phone, lead.phone_extension)))
    if lead.folded_email and "folded_email" in compared:
        looked_at.append(with_mailbox(lead.organization_id, lead.folded_email))
    for leads in looked_at:
        first = leads.exclude(pk=lead.pk).first()
        if first is not None:
            return first
    return None
