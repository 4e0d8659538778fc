"""Tell people what others did to their leads: a row for each, written in the transaction of what it tells.

Whether they want to know is asked when it is read and when it is mailed, so that writing costs one statement. Nobody
is told what they did themselves.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.conf import settings
from django.db import connection
from django.utils import timezone
from uuid_utils.compat import uuid7

from leadkeeper.leads.choices import Reason
from leadkeeper.leads.notifications.models import Notification
from leadkeeper.live.announce import announce_privately
from leadkeeper.team.viewer import Viewer

# What comes within it is told in one mail.
MAIL_AFTER: Final = timedelta(minutes=1)
# What a key does within it is told together.
TOGETHER: Final = timedelta(minutes=10)
_KIND: Final = Notification.Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What one person is told; see the columns of `Notification`."""

    recipient: uuid.UUID
    kind: Notification.Kind
    reason: str = ""
    other_name: str = ""
    lead: uuid.UUID | None = None
    lead_name: str = ""
    leads: int = 0
    leads_lost: int = 0
    people: int = 0
    batch: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody from whom leads go, or to whom; the name may be unknown."""

    id: uuid.UUID
    name: str


@dataclass(frozen=True, slots=True)
class Handed:
    """One lead that went from one person, or nobody, to another, or nobody."""

    lead: uuid.UUID
    name: str
    before: Person | None
    after: Person | None


def of_change(handed: Handed, *, reason: Reason, batch: uuid.UUID | None, by: Viewer) -> None:
    """Tell whoever received the lead, and whoever lost it; of many that one key moves within minutes only once."""
    _write(_of(handed, reason, batch or _minutes_of_a_key(reason, by)), by)


def of_changes(changes: Iterable[Handed], *, reason: Reason, batch: uuid.UUID, by: Viewer) -> None:
    """The same of a part of a batch: each person is told once of all of it, of what was told already with the rest."""
    told: dict[uuid.UUID, News] = {}
    for handed in changes:
        for news in _of(handed, reason, batch):
            first = told.get(news.recipient)
            told[news.recipient] = _together(first, news) if first else news
    _write(told.values(), by)


def of_departures(names: Sequence[str], leads: int, to: Iterable[uuid.UUID], by: Viewer) -> None:
    """Tell these people who left, and how many open leads they left behind together."""
    name = names[0] if len(names) == 1 else ""
    _write(
        (News(recipient=one, kind=_KIND.DEPARTURE, other_name=name, leads=leads, people=len(names)) for one in to), by
    )


def of_asking(lead: uuid.UUID, name: str, to: Iterable[uuid.UUID], by: Viewer) -> None:
    """Tell these people that somebody would like to have the lead."""
    _write((News(recipient=one, kind=_KIND.ASKED, lead=lead, lead_name=name) for one in to), by)


def _minutes_of_a_key(reason: Reason, by: Viewer) -> uuid.UUID | None:
    """What stands for the batch of all that an integration does for one reason in the same ten minutes."""
    if by.key_id is None:
        return None
    return uuid.uuid5(by.key_id, f"{reason} {int(timezone.now().timestamp() // TOGETHER.total_seconds())}")


def _of(handed: Handed, reason: Reason, batch: uuid.UUID | None) -> Iterable[News]:
    news = partial(News, reason=reason, lead=handed.lead, lead_name=handed.name, batch=batch)
    before, after = handed.before, handed.after
    if after is not None:
        other = before.name if before else ""
        yield news(recipient=after.id, kind=_KIND.GIVEN, leads=1, other_name=other)
    if before is not None:
        other = after.name if after else ""
        yield news(recipient=before.id, kind=_KIND.TAKEN, leads_lost=1, other_name=other)


def _together(one: News, other: News) -> News:
    """The same rule as the end of `_TELL`."""
    return replace(
        one,
        kind=_KIND.GIVEN if _KIND.GIVEN in (one.kind, other.kind) else one.kind,
        other_name=one.other_name if one.other_name == other.other_name else "",
        lead=None,
        lead_name="",
        leads=one.leads + other.leads,
        leads_lost=one.leads_lost + other.leads_lost,
    )


_TELL: Final = """
INSERT INTO leads_notification (id, organization_id, recipient_id, kind, reason, by_id, by_name, other_name,
                                lead, lead_name, leads, leads_lost, people, batch, at, mail_at)
VALUES {rows}
ON CONFLICT (recipient_id, batch) WHERE batch IS NOT NULL DO UPDATE SET
    kind = CASE WHEN EXCLUDED.kind = 'given' THEN 'given' ELSE leads_notification.kind END,
    other_name = CASE WHEN EXCLUDED.other_name = leads_notification.other_name THEN EXCLUDED.other_name ELSE '' END,
    lead = NULL, lead_name = '',
    leads = leads_notification.leads + EXCLUDED.leads,
    leads_lost = leads_notification.leads_lost + EXCLUDED.leads_lost,
    at = EXCLUDED.at,
    read_at = NULL,
    mail_at = EXCLUDED.mail_at"""
_ROW: Final = f"({', '.join(['%s'] * 16)})"


def _write(news: Iterable[News], by: Viewer) -> None:
    # In one order, so that two who tell the same people do not lock each other out.
    rows = sorted((one for one in news if one.recipient != by.person_id), key=lambda one: one.recipient)
    if not rows:
        return
    now = timezone.now()
    values = [value for one in rows for value in _values(one, by, now)]
    with connection.cursor() as cursor:
        cursor.execute(_TELL.format(rows=", ".join([_ROW] * len(rows))), values)
    announce_privately(by.organization_id, "inbox", [one.recipient for one in rows])


def _values(news: News, by: Viewer, now: datetime) -> tuple[str | int | datetime | None, ...]:
    mail_at = now + MAIL_AFTER if settings.SENDS_MAIL else None
    return (
        uuid7().hex,
        by.organization_id.hex,
        news.recipient.hex,
        news.kind.value,
        news.reason,
        by.id.hex if by.id else None,
        by.name,
        news.other_name,
        news.lead.hex if news.lead else None,
        news.lead_name,
        news.leads,
        news.leads_lost,
        news.people,
        news.batch.hex if news.batch else None,
        connection.ops.adapt_datetimefield_value(now),
        connection.ops.adapt_datetimefield_value(mail_at) if mail_at else None,
    )
