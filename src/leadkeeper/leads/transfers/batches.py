"""Many leads that change hands as one batch.

All is decided first and kept in steps of a few hundred leads; each step moves in a transaction of its own, or not
at all. A step that is not done is work to do for whoever comes first, so nothing is lost with a killed process, and
several may work on one batch. A step that fails is tried a few times, while the others go on; what it could not do
makes the batch a failed one, which somebody may have tried again or undone.
"""

import logging
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, NamedTuple

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from leadkeeper.leads.assign import Move, assign_many
from leadkeeper.leads.choices import Reason
from leadkeeper.leads.models import OwnershipChange
from leadkeeper.leads.transfers.models import Batch, BatchStep, LeftOut
from leadkeeper.live.announce import announce
from leadkeeper.storage.errors import NotFound
from leadkeeper.storage.visible_text import storable
from leadkeeper.team.roles import May, Role
from leadkeeper.team.viewer import Kind, Viewer

A_STEP: Final = 125
# Up to so many leads move at once, within the request that asks for it.
AT_ONCE: Final = 500
# Of the leads that stay where they are, at most so many are named one by one.
MOST_NAMED: Final = 200
# Of those who give leads, at most so many are named: the ones who give most.
MOST_GIVERS: Final = 100
# So long a batch can be undone, and so long what was decided is kept.
UNDO_WITHIN: Final = timedelta(days=30)
MOST_TRIES: Final = 3
# Between the tries of a step.
_PAUSES: Final = (timedelta(seconds=5), timedelta(seconds=30))
_LONGEST_FAILURE: Final = 300
_FORGOTTEN_AT_ONCE: Final = 100
_WORK_FOR_S: Final = 4.0
_SWITCH_EVERY_S: Final = 0.0002
logger = logging.getLogger(__name__)
_WrittenMove = tuple[str, str | None, str | None, int | None]


class Giver(NamedTuple):
    """Who gives how many leads; None: nobody was responsible for these."""

    id: uuid.UUID | None
    gives: int


class Stays(NamedTuple):
    """A lead that is left where it is, and why."""

    lead: uuid.UUID
    why: LeftOut


@dataclass(frozen=True, slots=True)
class Receiver:
    """What somebody receives: `gets` leads, which takes their open leads from `before` to `after`."""

    id: uuid.UUID
    gets: int
    before: int
    after: int


def open_batch(
    moves: Sequence[Move],
    *,
    by: Viewer,
    reason: Reason,
    note: str = "",
    with_closed: bool = False,
    stay: Sequence[Stays] = (),
    staying: Counter[LeftOut] | None = None,
    receivers: Iterable[Receiver] = (),
    undoes: Batch | None = None,
) -> Batch:
    """Keep what was decided, and carry it out: few moves within the caller's transaction, many in the background.

    `stay` names some of the leads that were left out when it was decided, `staying` counts them all.
    """
    staying, now = staying or Counter(), timezone.now()
    batch = Batch.objects.create(
        organization=by.organization,
        reason=reason,
        by_kind=by.kind,
        by_id=by.id,
        by_name=by.name,
        note=note,
        with_closed=with_closed,
        undoes=undoes,
        total=len(moves) + staying.total(),
        left_out=dict(staying),
        givers=_givers(moves),
        receivers=[[one.id.hex, one.gets, one.before, one.after] for one in receivers],
        began_at=now,
        moved_at=now,
        ended_at=None if moves else now,
    )
    steps = [BatchStep(batch=batch, number=0, left_out=[_written_stay(one) for one in stay[:MOST_NAMED]], done_at=now)]
    # What moves in one transaction is one step: leads are locked before counters are, and all of either in one order.
    a_step = AT_ONCE if len(moves) <= AT_ONCE else A_STEP
    for start in range(0, len(moves), a_step):
        written = [_written(move) for move in moves[start : start + a_step]]
        steps.append(BatchStep(batch=batch, number=len(steps), moves=written))
    BatchStep.objects.bulk_create(steps)
    if len(moves) <= AT_ONCE:
        for step in steps[1:]:
            batch = _carry_out(step)
    announce(batch.organization_id, ["transfers"])
    return batch


def carry_on() -> None:
    """One look of the background loop: steps that wait, as many as can be done in a few seconds."""
    work_off(_take_step)


def work_off(take: Callable[[], bool]) -> None:
    """Have `take` do one thing after the other, until it finds none or a few seconds are over.

    On SQLite, where this is a thread of the server, with a pause after each: others have their turn.
    """
    stop_at = time.monotonic() + _WORK_FOR_S
    with _letting_others_in():
        while (started := time.monotonic()) < stop_at and take():
            if connection.vendor == "sqlite":
                time.sleep(time.monotonic() - started)


@contextmanager
def _letting_others_in() -> Iterator[None]:
    """On SQLite this is a thread of the server: let Python change threads far more often than usual meanwhile.

    A request gives the interpreter up at every row it reads, and would wait for it each time as long as it takes.
    """
    usual = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_EVERY_S)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


def find_batch(batch_id: uuid.UUID, viewer: Viewer, *, lock: bool = False) -> Batch:
    """Raises NotAllowed and NotFound."""
    batches = batches_of(viewer).filter(pk=batch_id)
    batch = (batches.select_for_update(of=("self",)) if lock else batches).first()
    if batch is None:
        raise NotFound(_("There is no such batch."))
    return batch


def batches_of(viewer: Viewer) -> QuerySet[Batch]:
    """Every batch of the viewer's organization. Raises NotAllowed."""
    viewer.require(May.TRANSFER)
    return Batch.objects.filter(organization_id=viewer.organization_id)


def givers_of(batch: Batch) -> list[Giver]:
    """Those who give most first; none for a batch from before this was kept."""
    return [Giver(uuid.UUID(id_) if id_ else None, gives) for id_, gives in batch.givers]


def receivers_of(batch: Batch) -> list[Receiver]:
    return [Receiver(uuid.UUID(id_), gets, before, after) for id_, gets, before, after in batch.receivers]


def who_stays(batch: Batch) -> list[Stays]:
    """Some of the leads that were left where they are, in the order of the batch."""
    stay: list[Stays] = []
    steps = BatchStep.objects.filter(batch=batch, done_at__isnull=False).exclude(left_out=[])
    for rows in steps.order_by("number").values_list("left_out", flat=True)[:MOST_NAMED]:
        stay += [Stays(uuid.UUID(lead), LeftOut(why)) for lead, why in rows]
    return stay[:MOST_NAMED]


def delete_old_decisions() -> int:
    """Delete the steps of a bounded number of batches too old to be undone; answers how many rows went.

    What happened stays in the ownership history.
    """
    old = Batch.objects.filter(ended_at__lt=timezone.now() - UNDO_WITHIN, steps__isnull=False)
    ids = list(old.values_list("pk", flat=True).distinct()[:_FORGOTTEN_AT_ONCE])
    if not ids:
        return 0
    with transaction.atomic():
        return BatchStep.objects.filter(batch__in=ids).delete()[0]


def moves_back(batch: Batch) -> Iterator[Move]:
    """For every lead that the batch moved, the way back; it holds as long as the batch's change is the newest."""
    changes = OwnershipChange.objects.filter(batch=batch.pk).order_by("id")
    for id_, lead, before, after in changes.values_list("id", "lead", "from_user", "to_user"):
        yield Move(lead, before=after, after=before, since=id_)


def _take_step() -> bool:
    """Try the step that has waited longest; False where there is none that nobody else is doing."""
    may_be_tried = Q(try_at__isnull=True) | Q(try_at__lte=timezone.now())
    waiting = BatchStep.objects.filter(may_be_tried, done_at__isnull=True, tries__lt=MOST_TRIES)
    # Looked for first, so that nothing to do takes no lock for writing.
    if not waiting.exists():
        return False
    step: BatchStep | None = None
    try:
        with transaction.atomic():
            taken = waiting.select_for_update(skip_locked=True, of=("self",)).order_by("batch", "number")
            step = taken.select_related("batch__organization").first()
            if step is None:
                return False
            _tell(_carry_out(step))
    except Exception as failure:
        if step is None:
            raise
        logger.exception("step %d of batch %s failed", step.number, step.batch_id)
        with transaction.atomic():
            _tell(_note_failure(step, failure))
    return True


def _tell(batch: Batch) -> None:
    announce(batch.organization_id, [f"batch:{batch.pk}", *(["transfers"] if batch.ended_at else [])])


def _carry_out(step: BatchStep) -> Batch:
    """Move the leads of a step; answers the batch as it is then."""
    batch, moves = step.batch, [_read(row) for row in step.moves]
    left_out = assign_many(
        batch.organization_id,
        moves,
        by=_asked_by(batch),
        reason=Reason(batch.reason),
        note=batch.note,
        batch=batch.pk,
        with_closed=batch.with_closed,
    )
    step.left_out = [_written_stay(Stays(lead, why)) for lead, why in left_out.items()]
    step.done_at = timezone.now()
    step.save(update_fields=["left_out", "done_at"])
    batch = _locked(batch)
    batch.moved += len(moves) - len(left_out)
    batch.left_out = dict(Counter(batch.left_out) + Counter(left_out.values()))
    batch.moved_at = step.done_at
    _end_where_nothing_is_left(batch)
    batch.save(update_fields=["moved", "left_out", "moved_at", "ended_at", "failure"])
    return batch


def _note_failure(step: BatchStep, failure: Exception) -> Batch:
    """Keep that a step has failed, and why; answers the batch as it is then."""
    tries = step.tries + 1
    try_at = timezone.now() + _PAUSES[tries - 1] if tries < MOST_TRIES else None
    BatchStep.objects.filter(pk=step.pk, done_at__isnull=True).update(tries=F("tries") + 1, try_at=try_at)
    batch = _locked(step.batch)
    batch.failure = storable(f"{type(failure).__name__}: {failure}")[:_LONGEST_FAILURE]
    _end_where_nothing_is_left(batch)
    batch.save(update_fields=["ended_at", "failure"])
    return batch


def _locked(batch: Batch) -> Batch:
    """Read again: somebody else may do another step, and of two who do the last ones, one must see that."""
    return Batch.objects.select_for_update(of=("self",)).select_related("organization").get(pk=batch.pk)


def _end_where_nothing_is_left(batch: Batch) -> None:
    not_done = BatchStep.objects.filter(batch=batch, done_at__isnull=True)
    if not not_done.filter(tries__lt=MOST_TRIES).exists():
        batch.ended_at = timezone.now()
        batch.failure = batch.failure if not_done.exists() else ""


def _asked_by(batch: Batch) -> Viewer:
    """Whoever asked for the batch, as the history names them; they were allowed to when they asked."""
    kind = Kind(batch.by_kind)
    return Viewer(
        organization=batch.organization,
        kind=kind,
        role=Role.MANAGER,
        name=batch.by_name,
        person_id=batch.by_id if kind is Kind.PERSON else None,
        key_id=batch.by_id if kind is Kind.KEY else None,
    )


def _givers(moves: Sequence[Move]) -> list[tuple[str | None, int]]:
    gives = Counter(move.before.hex if move.before else None for move in moves)
    return gives.most_common(MOST_GIVERS)


def _written(move: Move) -> _WrittenMove:
    lead, before, after, since = move
    return lead.hex, before.hex if before else None, after.hex if after else None, since


def _read(row: _WrittenMove) -> Move:
    lead, before, after, since = row
    return Move(uuid.UUID(lead), uuid.UUID(before) if before else None, uuid.UUID(after) if after else None, since)


def _written_stay(one: Stays) -> tuple[str, str]:
    return one.lead.hex, str(one.why)
