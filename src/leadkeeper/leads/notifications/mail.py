"""Mail the notifications that wait for it: one message a person, with all that waits for them.

The rows are the outbox. Whoever takes them moves their time on, mails, and only then clears it: whatever a killed
process had taken is mailed a little later, under the same Message-ID if it had gone out already.
"""

import logging
import time
import uuid
from datetime import datetime, timedelta
from smtplib import SMTPException, SMTPRecipientsRefused
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leadkeeper.leads.notifications.models import Notification
from leadkeeper.leads.notifications.words import sentence
from leadkeeper.team.models import Membership, User

# Longer than sending a mail may take: until then it is somebody's.
_TAKEN_FOR: Final = timedelta(minutes=5)
# What could not be mailed for so long is not mailed at all.
_GIVE_UP_AFTER: Final = timedelta(days=1)
_MOST_IN_ONE: Final = 50
_WORK_FOR_S: Final = 10.0

logger = logging.getLogger(__name__)


def send_waiting_mail() -> None:
    """One look of the background loop: as many mails as can be sent in a few seconds."""
    stop_at = time.monotonic() + _WORK_FOR_S
    while settings.SENDS_MAIL and time.monotonic() < stop_at:
        now = timezone.now()
        due = Notification.objects.filter(mail_at__lte=now).order_by("mail_at")
        first = due.values_list("organization_id", "recipient_id").first()
        if first is None or not _mail(*first, now=now):
            return


def _mail(organization_id: uuid.UUID, recipient_id: uuid.UUID, *, now: datetime) -> bool:
    """Mail one person what waits for them, if they are still here; False where the mail server is in trouble."""
    until = now + _TAKEN_FOR
    theirs = Notification.objects.filter(organization=organization_id, recipient=recipient_id)
    with transaction.atomic():
        if not theirs.filter(mail_at__lte=now).update(mail_at=until):
            return True
    taken = theirs.filter(mail_at=until)
    wanted = taken.to_be_mailed().filter(at__gt=now - _GIVE_UP_AFTER)
    count, first = wanted.count(), list(wanted.order_by("at", "id")[:_MOST_IN_ONE])
    here = Membership.objects.active().filter(organization=organization_id, user__is_active=True)
    membership = here.filter(user=recipient_id).select_related("user").first()
    if first and membership is not None and _can_be_mailed(membership.user):
        with translation.override(membership.user.language or settings.LANGUAGE_CODE):
            message = _message(membership.user.email, first, count)
        try:
            message.send()
        except SMTPRecipientsRefused as error:
            if not _is_final(error):
                return True
        except (OSError, SMTPException) as error:
            logger.warning("a mail could not be sent, will try again", extra={"problem": str(error)})
            return False
    with transaction.atomic():
        taken.update(mail_at=None)
    return True


def _can_be_mailed(person: User) -> bool:
    """Whether the person has an address, and one that a mail can bear: the directory's may be anything."""
    if not person.email:
        return False
    try:
        validate_email(person.email)
        person.email.rpartition("@")[2].encode("idna")
    except (ValidationError, UnicodeError):
        logger.warning("a person has an address that cannot be mailed", extra={"user_id": str(person.pk)})
        return False
    return True


def _is_final(refusal: SMTPRecipientsRefused) -> bool:
    """Whether the server will never take a mail for this address (RFC 5321, 4.2.1: 5yz), rather than not now."""
    return all(code >= 500 for code, _reason in refusal.recipients.values())


def _message(address: str, first: list[Notification], count: int) -> EmailMessage:
    """Tells the first of them one by one."""
    told = [f"{sentence(one)}\n{_address('notification', one.pk)}" for one in first]
    if count == 1:
        subject = sentence(first[0])
    else:
        subject = ngettext("%d notification", "%d notifications", count) % count
        told.append(f"{_('All notifications')}\n{_address('notifications')}")
    why = f"{_('What you are told, and how, is your choice:')} {_address('notification_settings')}"
    host = urlsplit(settings.LEADKEEPER_URL).hostname
    # What is told in one may become more after it was mailed.
    told_in_it = f"{first[0].pk.hex}.{count}.{first[0].leads}"
    return EmailMessage(
        # In one line, whatever the names in it hold.
        subject=" ".join(subject.split()),
        body="\n\n".join([*told, f"-- \n{why}"]) + "\n",
        to=[address],
        headers={"Message-ID": f"<{told_in_it}@{host}>", "Auto-Submitted": "auto-generated"},
    )


def _address(name: str, *args: object) -> str:
    return f"{settings.LEADKEEPER_URL}{reverse(name, args=args)}"
