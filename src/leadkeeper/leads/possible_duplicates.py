"""Leads of one phone number or e-mail address that came in while the product could not tell it. Both stay, and a person
decides: one of them is changed or deleted, or they are said to be two.
"""

import logging
import uuid

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from leadkeeper.leads.announce import announce_lead
from leadkeeper.leads.duplicates import first_like
from leadkeeper.leads.find import lock_lead
from leadkeeper.leads.models import Lead, LeadQuerySet
from leadkeeper.leads.old_phone_forms import same_line
from leadkeeper.storage.errors import NotFound
from leadkeeper.team.roles import May
from leadkeeper.team.viewer import Viewer

logger = logging.getLogger(__name__)


def possible_duplicates(viewer: Viewer) -> LeadQuerySet:
    """Those of each pair that came in later, with the earlier ones, in no order yet. Raises NotAllowed."""
    viewer.require(May.TRANSFER)
    undecided = Lead.objects.visible_to(viewer).filter(duplicate_of__isnull=False, confirmed_distinct_at__isnull=True)
    return undecided.select_related("duplicate_of")


def shared(lead: Lead, other: Lead) -> list[str]:
    """What is the same in both: `phone`, `email`, or both of these."""
    same_phone = same_line(lead.phone) == same_line(other.phone) and lead.phone_extension == other.phone_extension
    fields = {"phone": lead.phone and same_phone, "email": lead.email and lead.folded_email == other.folded_email}
    return [field for field, same in fields.items() if same]


def confirm_distinct(lead_id: uuid.UUID, *, by: Viewer) -> Lead:
    """Say that this lead and the one it may duplicate are two. Raises NotAllowed and NotFound."""
    by.require(May.TRANSFER)
    lead = lock_lead(lead_id, by)
    if lead.duplicate_of_id is None:
        raise NotFound(_("This lead is no longer a possible duplicate."))
    lead.confirmed_distinct_at = timezone.now()
    lead.save(update_fields=["confirmed_distinct_at"])
    announce_lead(lead, before=lead.assigned_to_id)
    logger.info(
        "leads confirmed to be two",
        extra={"lead": str(lead.pk), "duplicate_of": str(lead.duplicate_of_id), "by": str(by.id)},
    )
    return lead


def compare_again(lead: Lead) -> None:
    """The lead has another phone or e-mail address, or was deleted: look what it, and its duplicates, still share."""
    duplicates = list(Lead.objects.filter(duplicate_of=lead, deleted_at=None).order_by("created_at", "id"))
    if lead.duplicate_of_id is not None and lead.deleted_at is None:
        duplicates.insert(0, lead)
    for duplicate in duplicates:
        first = first_like(duplicate)
        if (first.pk if first else None) != duplicate.duplicate_of_id:
            _mark(duplicate, first)


def _mark(lead: Lead, first: Lead | None) -> None:
    lead.duplicate_of, lead.confirmed_distinct_at = first, None
    try:
        with transaction.atomic():
            lead.save(update_fields=["duplicate_of", "confirmed_distinct_at"])
    except IntegrityError:
        # Another lead with the same phone or e-mail address has come in at this very moment.
        lead.refresh_from_db(fields=["duplicate_of", "confirmed_distinct_at"])
