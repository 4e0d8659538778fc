"""Whose a phone number or an e-mail address is already, asked while somebody types it."""

import logging
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from leadkeeper.leads.duplicates import log_hidden_duplicate, with_same
from leadkeeper.leads.fields import LONGEST_EMAIL, LONGEST_PHONE
from leadkeeper.leads.models import DuplicateChecks, Lead
from leadkeeper.leads.phone import parse_phone
from leadkeeper.team.errors import Invalid, Refused
from leadkeeper.team.roles import May
from leadkeeper.team.viewer import Viewer

# So many, even somebody who enters leads all day does not ask about. With them, a list of numbers could be tried out.
MOST_CHECKS: Final = 60
WITHIN: Final = timedelta(hours=1)

logger = logging.getLogger(__name__)


class TooManyChecks(Refused):
    """Somebody who does not see all leads has asked about too many numbers and addresses lately."""


def known_lead(viewer: Viewer, *, phone: str, email: str) -> Lead | None:
    """The lead that has this phone number or this e-mail address, also one that the viewer may not see.

    Raises NotAllowed, and TooManyChecks for who does not see all leads and has asked too often.
    """
    viewer.require(May.EDIT_LEADS)
    number, folded_email = _number(phone, viewer), email.strip()[:LONGEST_EMAIL].casefold()
    if not (number or folded_email):
        return None
    if not viewer.sees_all_leads:
        _count_check(viewer)
    lead = with_same(viewer.organization_id, phone=number).first() if number else None
    if lead is None and folded_email:
        lead = with_same(viewer.organization_id, folded_email=folded_email).first()
    if lead is not None:
        log_hidden_duplicate(lead, viewer)
    return lead


def _number(phone: str, viewer: Viewer) -> str:
    """As it is kept; "" while it is none yet."""
    try:
        return parse_phone(phone[:LONGEST_PHONE], viewer.organization.phone_country)
    except Invalid:
        return ""


def _count_check(viewer: Viewer) -> None:
    """Raises TooManyChecks."""
    now = timezone.now()
    with transaction.atomic():
        # Locked, so that many questions at once are counted one by one.
        checks, _is_new = DuplicateChecks.objects.select_for_update().get_or_create(
            organization_id=viewer.organization_id, person_id=viewer.person_id, defaults={"since": now}
        )
        if now - checks.since > WITHIN:
            checks.since, checks.count = now, 0
        checks.count += 1
        checks.save(update_fields=["since", "count"])
    if checks.count == MOST_CHECKS + 1:
        logger.warning("too many duplicate checks", extra={"person": viewer.person_id})
    if checks.count > MOST_CHECKS:
        raise TooManyChecks(_("You have checked many numbers. Existing leads will be shown here again in an hour."))
