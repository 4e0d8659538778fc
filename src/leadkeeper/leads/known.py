"""Whose a phone number or an e-mail address is already, asked while somebody types it."""

import logging
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from leadkeeper.leads.duplicates import log_hidden_duplicate, with_mailbox, with_phone
from leadkeeper.leads.fields import LONGEST_EMAIL, LONGEST_PHONE
from leadkeeper.leads.models import DuplicateChecks, Lead
from leadkeeper.leads.phone import read_phone_if_valid
from leadkeeper.storage.email_addresses import cleaned_email, same_mailbox
from leadkeeper.storage.errors import Refused
from leadkeeper.storage.visible_text import storable
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
    read = read_phone_if_valid(phone[:LONGEST_PHONE], viewer.organization.phone_country)
    mailbox = same_mailbox(cleaned_email(storable(email[:LONGEST_EMAIL])))
    if not ((read and read.number) or mailbox):
        return None
    if not viewer.sees_all_leads:
        _count_check(viewer)
    lead = with_phone(viewer.organization_id, read).first() if read and read.number else None
    if lead is None and mailbox:
        lead = with_mailbox(viewer.organization_id, mailbox).first()
    if lead is not None:
        log_hidden_duplicate(lead, viewer)
    return lead


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
