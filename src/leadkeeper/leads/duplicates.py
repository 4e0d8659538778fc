"""One lead a phone number and one a mailbox: the database decides, and the one who comes second is told."""

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypedDict

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from leadkeeper.leads.models import Lead, LeadQuerySet
from leadkeeper.team.errors import Conflict
from leadkeeper.team.viewer import Viewer

logger = logging.getLogger(__name__)


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
            words = _("There is already a lead with this phone number or e-mail address: %s.") % lead.name
        else:
            self.existing = Hidden(id=lead.pk, stage=lead.stage, responsible=str(lead.assigned_to))
            words = _("There is already a lead with this phone number or e-mail address. %s is responsible for it.")
            words %= lead.assigned_to
        super().__init__(words)


def refuse_second(lead: Lead, by: Viewer) -> None:
    """Look for the lead that has the phone number or the e-mail address of this one. Raises DuplicateLead."""
    for given in ({"phone": lead.phone}, {"folded_email": lead.folded_email}):
        if any(given.values()):
            first = with_same(lead.organization_id, **given).exclude(pk=lead.pk).first()
            if first is not None:
                log_hidden_duplicate(first, by)
                raise DuplicateLead(first, by)


def log_hidden_duplicate(lead: Lead, viewer: Viewer) -> None:
    """Leave a trace where somebody learns whose lead it is that they may not see."""
    if not lead.may_be_seen_by(viewer):
        asker = {"kind": viewer.kind, "asker": viewer.id}
        logger.info("told of a hidden duplicate", extra={"lead": lead.pk, **asker})


@contextmanager
def the_only_one(lead: Lead, by: Viewer) -> Iterator[None]:
    """Within it, store changes of the lead: in a savepoint, and refused as DuplicateLead when another one is the same.

    Looking first gives the answer nearly always; of those who look at the same moment, the unique constraints
    let one through, and the others look again.
    """
    refuse_second(lead, by)
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        refuse_second(lead, by)
        raise


def with_same(organization_id: uuid.UUID, *, phone: str = "", folded_email: str = "") -> LeadQuerySet:
    """Leads with that phone number (E.164), or that e-mail address, among those that the unique constraints compare.

    These may be hidden from whoever asks: `DuplicateLead` says what may be told of them. Give one of the two.
    """
    column, value = ("phone", phone) if phone else ("folded_email", folded_email)
    kept = Lead.objects.filter(organization_id=organization_id, duplicate_of=None, deleted_at=None)
    # Said also of what is looked for: a partial index is used only where all of its condition is in the query.
    return kept.filter(~Q(**{column: ""}), **{column: value})
