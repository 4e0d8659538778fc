"""Move many leads from one responsible person to others, as one batch that can be undone.

`decide` looks and says what would happen; `transfer` does exactly that. Whatever somebody changes in between stays
as they made it, and is told.
"""

import hashlib
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.translation import gettext as _

from leadkeeper.leads.assign import Move, approved
from leadkeeper.leads.choices import CLOSED_STAGES, OPEN_STAGES, Reason
from leadkeeper.leads.departures.cases import note_transfer
from leadkeeper.leads.load import open_leads
from leadkeeper.leads.models import Lead, LeadQuerySet
from leadkeeper.leads.search.search import search
from leadkeeper.leads.transfers.batches import MOST_NAMED, Receiver, Stays, open_batch
from leadkeeper.leads.transfers.models import Batch, LeftOut
from leadkeeper.leads.transfers.shares import Load, Sharing, by_load, evenly
from leadkeeper.storage.errors import Conflict, FieldError, Invalid, Refusals
from leadkeeper.storage.unset import UNSET, Unset
from leadkeeper.storage.visible_text import storable
from leadkeeper.team.models import Membership
from leadkeeper.team.roles import May
from leadkeeper.team.viewer import Viewer

MOST_LEADS: Final = 100_000
MOST_IDS: Final = 10_000
MOST_RECEIVERS: Final = 100
LONGEST_NOTE: Final = 1000
_BYTES_OF_MARK: Final = 16
LONGEST_MARK: Final = 2 * _BYTES_OF_MARK
_NOBODY: Final = uuid.UUID(int=0)


@dataclass(frozen=True, kw_only=True)
class Filter:
    """The leads that a search finds: see `search`."""

    query: str = ""
    stage: str = ""
    assigned_to: str = ""
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which leads are to move, and to whom.

    Those named by `leads`, else those a filter finds, else all of `giver` (None: nobody's). With leads and a giver,
    those of the leads that are the giver's.
    """

    to: tuple[uuid.UUID, ...]
    giver: uuid.UUID | Unset | None = UNSET
    leads: tuple[uuid.UUID, ...] | None = None
    filter: Filter | None = None
    sharing: Sharing = Sharing.EVENLY
    with_closed: bool = False
    note: str = ""


@dataclass(frozen=True)
class Plan:
    """What has been decided of every lead, and of those that stay some by name and all in numbers."""

    wanted: Wanted
    moves: list[Move]
    stay: list[Stays]
    staying: Counter[LeftOut]
    receivers: list[Receiver]
    # How many of those that move are neither won nor lost.
    open_moves: int
    # Of several, those left out because they are away, and until when.
    away: dict[uuid.UUID, date]

    @property
    def mark(self) -> str:
        """Tells two plans apart: the same only where every lead goes the same way."""
        digest = hashlib.blake2b(digest_size=_BYTES_OF_MARK)
        for move in self.moves:
            digest.update(b"".join((id_ or _NOBODY).bytes for id_ in move[:3]))
        digest.update(repr(sorted(self.staying.items())).encode())
        return digest.hexdigest()


def giver(text: str) -> uuid.UUID | None:
    """Whose leads, as API and pages write it: a person's id, or `none` for nobody's. Raises Invalid on `from`."""
    try:
        return None if text == "none" else uuid.UUID(text)
    except ValueError:
        raise Invalid("from", _("Say whose leads to transfer: a person's id, or “none”.")) from None


def decide(wanted: Wanted, *, by: Viewer, refused: Iterable[FieldError] = ()) -> Plan:
    """What would happen. `refused`: what was wrong already when the wish was read.

    Raises NotAllowed, and Invalid on all of `from`, `lead_ids`, `to` and `note` that are wrong.
    """
    by.require(May.TRANSFER)
    refusals = Refusals(refused)
    if len(wanted.note) > LONGEST_NOTE:
        refusals.add(FieldError("note", _("At most %d characters.") % LONGEST_NOTE))
    with refusals:
        people, away = _receivers(wanted, by)
    with refusals:
        rows, stay, staying = _chosen(wanted, by)
    refusals.raise_any()
    loads = open_leads(by.organization_id, [one.user_id for one in people])
    turns = _turns(wanted.sharing, people, loads)
    moves: list[Move] = []
    open_moves = 0
    gets: Counter[uuid.UUID] = Counter()
    more_open: Counter[uuid.UUID] = Counter()
    for lead, before, stage in rows:
        after = next(turns)
        if before == after:
            _leave(Stays(lead, LeftOut.THEIRS), stay, staying)
            continue
        moves.append(Move(lead, before, after))
        gets[after] += 1
        if stage in OPEN_STAGES:
            open_moves += 1
            more_open[after] += 1
            if before in loads:
                more_open[before] -= 1
    receivers = [
        Receiver(one.user_id, gets[one.user_id], loads[one.user_id], loads[one.user_id] + more_open[one.user_id])
        for one in people
    ]
    return Plan(wanted, moves, stay, staying, receivers, open_moves, away)


def transfer(plan: Plan, *, by: Viewer, mark: str = "") -> Batch:
    """Do it: up to 500 leads in the caller's transaction, more of them in the background.

    `mark`: that of the plan the asker has seen. Raises Conflict when this one is another.
    """
    by.require(May.TRANSFER)
    if mark and mark != plan.mark:
        raise Conflict(_("Something has changed in the meantime. Check the preview again before you transfer."))
    batch = open_batch(
        plan.moves,
        by=by,
        reason=Reason.TRANSFER,
        note=storable(plan.wanted.note).strip(),
        with_closed=plan.wanted.with_closed,
        stay=plan.stay,
        staying=plan.staying,
        receivers=plan.receivers,
    )
    if isinstance(plan.wanted.giver, uuid.UUID):
        note_transfer(batch, plan.wanted.giver)
    return batch


def _receivers(wanted: Wanted, by: Viewer) -> tuple[list[Membership], dict[uuid.UUID, date]]:
    """Those among whom the leads are shared, in the order in which they were named; and those who are away."""
    named = tuple(dict.fromkeys(wanted.to))
    if not named:
        raise Invalid("to", _("Choose who is to receive the leads."))
    if len(named) > MOST_RECEIVERS:
        raise Invalid("to", _("At most %d people.") % MOST_RECEIVERS)
    found = Membership.objects.visible_to(by).filter(user_id__in=named).select_related("user")
    known = {one.user_id: one for one in found}
    people = [approved(known.get(id_), "to") for id_ in named]
    if len(people) == 1:
        return people, {}
    away = {one.user_id: one.absent_until for one in people if one.absent_until}
    here = [one for one in people if one.user_id not in away]
    if not here:
        raise Invalid(
            "to", _("All of them are away. To give the leads to one of them anyway, choose only that person.")
        )
    return here, away


def _turns(sharing: Sharing, people: list[Membership], loads: dict[uuid.UUID, int]) -> Iterator[uuid.UUID]:
    if sharing is Sharing.EVENLY:
        return evenly([one.user_id for one in people])
    return by_load({one.user_id: Load(loads[one.user_id], one.capacity) for one in people})


_Row = tuple[uuid.UUID, uuid.UUID | None, str]


def _chosen(wanted: Wanted, by: Viewer) -> tuple[list[_Row], list[Stays], Counter[LeftOut]]:
    """The leads to share out, oldest first, each with its responsible person and stage; and those that stay."""
    stay: list[Stays] = []
    staying: Counter[LeftOut] = Counter()
    if not isinstance(wanted.giver, Unset):
        _require_known(wanted.giver, by)
    if wanted.leads is not None:
        return _named(wanted, by, stay, staying), stay, staying
    found = _found(wanted, by)
    if not wanted.with_closed:
        closed = found.filter(stage__in=CLOSED_STAGES)
        staying[LeftOut.CLOSED] = closed.count()
        stay += [Stays(id_, LeftOut.CLOSED) for id_ in _oldest_first(closed).values_list("pk", flat=True)[:MOST_NAMED]]
        found = found.filter(stage__in=OPEN_STAGES)
    rows: list[_Row] = [*_oldest_first(found).values_list("pk", "assigned_to_id", "stage")[: MOST_LEADS + 1]]
    if len(rows) > MOST_LEADS:
        field = "lead_ids" if wanted.filter else "from"
        raise Invalid(field, _("At most %d leads at once: narrow the search.") % MOST_LEADS)
    return rows, stay, +staying


def _named(wanted: Wanted, by: Viewer, stay: list[Stays], staying: Counter[LeftOut]) -> list[_Row]:
    """The leads that were named, but for those that are closed, gone, or not the giver's."""
    ids = set(wanted.leads or ())
    if not ids:
        raise Invalid("lead_ids", _("Choose the leads to transfer."))
    if len(ids) > MOST_IDS:
        raise Invalid("lead_ids", _("At most %d leads by their ids.") % MOST_IDS)
    found = Lead.objects.visible_to(by).filter(pk__in=ids)
    rows: list[_Row] = [*_oldest_first(found).values_list("pk", "assigned_to_id", "stage")]
    missing = ids - {row[0] for row in rows}
    deleted = Lead.objects.filter(organization_id=by.organization_id, pk__in=missing, deleted_at__isnull=False)
    gone = set(deleted.values_list("pk", flat=True)) if missing else set()
    if unknown := missing - gone:
        raise Invalid("lead_ids", _("There is no such lead: %s.") % min(unknown))
    for id_ in sorted(gone):
        _leave(Stays(id_, LeftOut.GONE), stay, staying)
    ready: list[_Row] = []
    for row in rows:
        id_, person, stage = row
        if not isinstance(wanted.giver, Unset) and person != wanted.giver:
            _leave(Stays(id_, LeftOut.CHANGED), stay, staying)
        elif stage in CLOSED_STAGES and not wanted.with_closed:
            _leave(Stays(id_, LeftOut.CLOSED), stay, staying)
        else:
            ready.append(row)
    return ready


def _found(wanted: Wanted, by: Viewer) -> LeadQuerySet:
    if wanted.filter is not None:
        by_filter = wanted.filter
        return search(
            by,
            query=by_filter.query,
            stage=by_filter.stage,
            assigned_to=by_filter.assigned_to,
            source=by_filter.source,
        )
    if isinstance(wanted.giver, Unset):
        raise Invalid("from", _("Say whose leads to transfer: a person's id, or “none”."))
    return Lead.objects.visible_to(by).filter(assigned_to=wanted.giver)


def _oldest_first(leads: LeadQuerySet) -> LeadQuerySet:
    return leads.order_by("created_at", "id")


def _require_known(person_id: uuid.UUID | None, by: Viewer) -> None:
    """Whoever gives leads away need not be active, only known here."""
    if person_id and not Membership.objects.visible_to(by).filter(user_id=person_id).exists():
        raise Invalid("from", _("There is no such person here."))


def _leave(one: Stays, stay: list[Stays], staying: Counter[LeftOut]) -> None:
    staying[one.why] += 1
    if len(stay) < MOST_NAMED:
        stay.append(one)
