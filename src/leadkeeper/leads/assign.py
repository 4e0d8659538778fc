"""Who is responsible for a lead: the only code that writes `Lead.assigned_to`, and with it the history."""

import json
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

from django.db import connection
from django.db.models import Exists, F, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from leadkeeper.leads.choices import CLOSED_STAGES, Reason
from leadkeeper.leads.end_of_change import lead_changed, leads_changed
from leadkeeper.leads.load import Place, place
from leadkeeper.leads.models import Lead, OwnershipChange
from leadkeeper.leads.notifications.notify import Handed, Person, of_change, of_changes
from leadkeeper.leads.transfers.models import LeftOut
from leadkeeper.storage.errors import Conflict, Invalid, NotAllowed
from leadkeeper.storage.insert import insert, insert_unless_there
from leadkeeper.storage.lookup import look_up
from leadkeeper.team.models import Membership, User
from leadkeeper.team.viewer import Viewer

_PLACES: Final = """
SELECT json_group_array(json_array(id, assigned_to_id, stage)) FROM leads_lead
WHERE deleted_at IS NULL AND organization_id = %s AND id IN ({leads})"""
_ADD_TO_HISTORY: Final = """
INSERT INTO leads_ownershipchange
    (organization_id, lead_id, from_user_id, to_user_id, by_kind, by_id, by_name, reason, note, batch, at)
SELECT organization_id, id, assigned_to_id, %s, %s, %s, %s, %s, %s, %s, %s
FROM leads_lead WHERE id IN ({leads})"""


class Move(NamedTuple):
    """What was decided of one lead: whose it becomes, provided that nobody has decided otherwise since."""

    lead: uuid.UUID
    before: uuid.UUID | None
    after: uuid.UUID | None
    # The change after which nothing may have happened to the lead, for the way back. It tells A→B from A→B→C→B too.
    since: int | None = None


def assign(
    lead: Lead, to: User | None, *, by: Viewer, reason: Reason, note: str = "", batch: uuid.UUID | None = None
) -> OwnershipChange | None:
    """Make `to` responsible for the lead, or nobody. Returns None when that is so already.

    The caller holds the lead's row lock. Raises Invalid when `to` has left, is not of this organization, or may
    not own leads; and NotAllowed where `by` may not decide that. (Who may undo is decided by `undo`.)
    """
    before = place(lead)
    to_id = to.pk if to else None
    if to_id == lead.assigned_to_id:
        return None
    if reason is not Reason.UNDO:
        require_may_assign(to_id, by)
    if to is not None:
        assignee(lead.organization_id, to.pk)
    change = hand_over(lead, to, by=by, reason=reason, note=note, batch=batch)
    lead_changed(lead, before=before)
    return change


def require_may_assign(to_id: uuid.UUID | None, by: Viewer) -> None:
    """Raises NotAllowed where managers assign, and this is none who gives a lead to others or takes it from them."""
    if by.assigns_anybody or (to_id is not None and to_id == by.person_id):
        return
    raise NotAllowed(why_not_others(), field="assigned_to")


def why_not_others() -> str:
    """Why a viewer may only take leads for themselves, in the reader's language."""
    return _("Only owners, administrators and managers give leads to others here. You may take them for yourself.")


def assignee(organization_id: uuid.UUID, person_id: uuid.UUID) -> User:
    """The person of that id, who may be made responsible for leads here and now. Raises Invalid."""
    membership = look_up(Membership, "user", organization_id=organization_id, user_id=person_id)
    return approved(membership, "assigned_to").user


def approved(membership: Membership | None, field: str) -> Membership:
    """The membership, when that person may be made responsible for leads. Raises Invalid on the field."""
    if membership is None:
        raise Invalid(field, _("There is no such person here."))
    if not membership.active:
        raise Invalid(field, _("%s is no longer active.") % membership.user.name)
    if not membership.may_be_responsible:
        raise Invalid(field, _("%s may not be responsible for leads.") % membership.user.name)
    return membership


def enter(lead: Lead, to: User | None, *, by: Viewer, reason: Reason = Reason.CREATED) -> bool:
    """Store a new lead with its first responsible person, whom `assignee` has approved, or with nobody.

    False, and nothing is written, where a lead with the same phone number or e-mail address keeps it out.
    Counting and announcing is left to the caller.
    """
    if to is not None:
        lead.assigned_to, lead.assigned_at = to, lead.created_at
    if not insert_unless_there(lead):
        return False
    if to is not None:
        insert(_recorded(lead, None, by=by, reason=reason))
    return True


def hand_over(
    lead: Lead, to: User | None, *, by: Viewer, reason: Reason, note: str = "", batch: uuid.UUID | None = None
) -> OwnershipChange:
    """Write that `to`, whom `assignee` has approved, or nobody follows the responsible person of today.

    For verbs that have more to count than this and announce it themselves; all others call `assign`.
    """
    before, now = lead.assigned_to_id, timezone.now()
    at = now if to else None
    # Conditional, so that the history stays a chain even where a caller forgot the lock.
    unchanged = Lead.objects.filter(pk=lead.pk, assigned_to=before)
    if not unchanged.update(assigned_to=to, assigned_at=at, version=F("version") + 1, updated_at=now):
        raise Conflict(_("Somebody else has just changed who is responsible."))
    lead.assigned_to, lead.assigned_at, lead.updated_at = to, at, now
    lead.version += 1
    change = _recorded(lead, before, by=by, reason=reason, note=note, batch=batch)
    change.save(force_insert=True)
    return change


def assign_many(
    organization_id: uuid.UUID,
    moves: Sequence[Move],
    *,
    by: Viewer,
    reason: Reason,
    note: str,
    batch: uuid.UUID,
    with_closed: bool,
) -> dict[uuid.UUID, LeftOut]:
    """Carry out what was decided of a few hundred leads; answers those left where they are, each with why.

    The number of statements depends on the people who receive leads, not on the leads. Counts and announces too.
    """
    here = _locked(organization_id, moves)
    assignable = _assignable(organization_id, {move.after for move in moves if move.after})
    touched = _touched_since(moves)
    left_out: dict[uuid.UUID, LeftOut] = {}
    ready: list[Move] = []
    for move in moves:
        why = _obstacle(move, here.get(move.lead), touched, with_closed=with_closed)
        if why is None and move.after is not None and move.after not in assignable:
            why = LeftOut.NOT_ASSIGNABLE
        if why is None:
            ready.append(move)
        else:
            left_out[move.lead] = why
    if ready:
        _write(ready, by=by, reason=reason, note=note, batch=batch)
        entered = [(move.after, here[move.lead][1]) for move in ready]
        leads_changed(organization_id, left=[here[move.lead] for move in ready], entered=entered)
    return left_out


def _locked(organization_id: uuid.UUID, moves: Sequence[Move]) -> dict[uuid.UUID, Place]:
    """Where these leads are, as far as they are; in one order, so that two who lock many do not lock each other out."""
    ids = [move.lead for move in moves]
    if connection.vendor == "sqlite":
        return _all_in_one_row(organization_id, ids)
    leads = Lead.objects.filter(organization_id=organization_id, deleted_at__isnull=True)
    rows = leads.filter(pk__in=ids).order_by("pk").select_for_update()
    return {id_: (person, stage) for id_, person, stage in rows.values_list("pk", "assigned_to_id", "stage")}


def _all_in_one_row(organization_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Place]:
    """The same where the transaction itself is the lock, and this a thread of the server.

    Python's SQLite gives the interpreter up at every row and may wait for it each time, while all others who want
    to write wait for us.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _PLACES.format(leads=", ".join(["%s"] * len(ids))), [organization_id.hex, *(id_.hex for id_ in ids)]
        )
        (rows,) = cursor.fetchone()
    return {uuid.UUID(id_): (uuid.UUID(person) if person else None, stage) for id_, person, stage in json.loads(rows)}


def _assignable(organization_id: uuid.UUID, people: Collection[uuid.UUID]) -> set[uuid.UUID]:
    memberships = Membership.objects.filter(organization_id=organization_id, user_id__in=people)
    return set(memberships.assignable().values_list("user_id", flat=True))


def _touched_since(moves: Sequence[Move]) -> dict[uuid.UUID, LeftOut]:
    """The leads to which something has happened after the change that their move names: what it was."""
    named = [move.since for move in moves if move.since is not None]
    if not named:
        return {}
    later = OwnershipChange.objects.filter(lead=OuterRef("lead"), id__gt=OuterRef("id"))
    touched = OwnershipChange.objects.filter(pk__in=named).exclude(at=F("lead__updated_at")).order_by()
    found = touched.annotate(handed_on=Exists(later)).values_list("lead", "handed_on")
    return {lead: LeftOut.CHANGED if handed_on else LeftOut.EDITED for lead, handed_on in found}


def _obstacle(
    move: Move, place: Place | None, touched: Mapping[uuid.UUID, LeftOut], *, with_closed: bool
) -> LeftOut | None:
    """What has happened to the lead since, if it keeps the lead from moving."""
    if place is None:
        return LeftOut.GONE
    if place[0] != move.before:
        return LeftOut.CHANGED
    closed = LeftOut.CLOSED if place[1] in CLOSED_STAGES and not with_closed else None
    return touched.get(move.lead, closed)


def _write(moves: Sequence[Move], *, by: Viewer, reason: Reason, note: str, batch: uuid.UUID) -> None:
    """The history first: it takes from the leads, in the database itself, whose they are until now."""
    now = timezone.now()
    at = connection.ops.adapt_datetimefield_value(now)
    actor = (by.kind.value, by.id.hex if by.id else None, by.name)
    receiving: dict[uuid.UUID | None, list[uuid.UUID]] = {}
    for move in moves:
        receiving.setdefault(move.after, []).append(move.lead)
    for person, leads in receiving.items():
        places = ", ".join(["%s"] * len(leads))
        written = (person.hex if person else None, *actor, reason.value, note, batch.hex, at)
        with connection.cursor() as cursor:
            cursor.execute(_ADD_TO_HISTORY.format(leads=places), [*written, *(lead.hex for lead in leads)])
        Lead.objects.filter(pk__in=leads).update(
            assigned_to=person, assigned_at=now if person else None, version=F("version") + 1, updated_at=now
        )
    _notify(moves, by=by, reason=reason, batch=batch)


def _notify(moves: Sequence[Move], *, by: Viewer, reason: Reason, batch: uuid.UUID) -> None:
    users = User.objects.filter(pk__in={person for move in moves for person in (move.before, move.after) if person})
    people = {user.pk: Person(user.pk, str(user)) for user in users.only("name", "username")}
    handed = [
        # In bulk a lead is not named.
        Handed(move.lead, "", people[move.before] if move.before else None, people[move.after] if move.after else None)
        for move in moves
    ]
    of_changes(handed, reason=reason, batch=batch, by=by)


def _recorded(
    lead: Lead,
    before: uuid.UUID | None,
    *,
    by: Viewer,
    reason: Reason,
    note: str = "",
    batch: uuid.UUID | None = None,
) -> OwnershipChange:
    """The change as the history will have it, of which those concerned have been told."""
    giver = Person(before, "") if before else None
    taker = Person(lead.assigned_to.pk, str(lead.assigned_to)) if lead.assigned_to else None
    of_change(Handed(lead.pk, lead.name, giver, taker), reason=reason, batch=batch, by=by)
    return OwnershipChange(
        organization_id=lead.organization_id,
        lead=lead,
        from_user_id=before,
        to_user_id=lead.assigned_to_id,
        by_kind=by.kind,
        by_id=by.id,
        by_name=by.name,
        reason=reason,
        note=note,
        batch=batch,
        at=lead.updated_at,
    )
