"""Somebody leaves while responsible for open leads: a case opens, and the organization's policy is carried out.

The case opens in the transaction that turns the person off; leads move afterwards, in the background, as a batch.
Nothing is ever deleted because somebody left.
"""

import uuid
from collections.abc import Collection, Mapping
from typing import Any, Final

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from leadkeeper.leads.assign import Move
from leadkeeper.leads.choices import OPEN_STAGES, Reason
from leadkeeper.leads.departures.models import DepartureCase
from leadkeeper.leads.load import open_leads
from leadkeeper.leads.models import Lead, LeadCount
from leadkeeper.leads.notifications.notify import of_departures
from leadkeeper.leads.transfers.batches import UNDO_WITHIN, Receiver, open_batch, work_off
from leadkeeper.leads.transfers.models import Batch
from leadkeeper.leads.transfers.undo_batch import undo_batch
from leadkeeper.live.announce import announce
from leadkeeper.storage.errors import Conflict, NotFound
from leadkeeper.team import roles
from leadkeeper.team.models import Membership, Organization, User
from leadkeeper.team.roles import May
from leadkeeper.team.signals import WhyInactive
from leadkeeper.team.viewer import Viewer

MOST_LEADS: Final = 100_000
_POLICY: Final = Organization.DeparturePolicy
_OUTCOME: Final = DepartureCase.Outcome


def open_cases(
    sender: object,
    *,
    organization_id: uuid.UUID,
    departed: Mapping[uuid.UUID, WhyInactive],
    by: Viewer | None,
    **signal: Any,
) -> None:
    """A case for each of them who leaves open leads behind, and one notification for all of these."""
    now = timezone.now()
    # Of those who had come back in between: what was offered then is offered again when they do.
    earlier = _unsettled().filter(organization=organization_id, person__in=departed)
    earlier.update(closed_at=now, outcome=_OUTCOME.LEFT, returned_at=None)
    behind = _left_behind(organization_id, departed)
    if not behind:
        return
    organization = Organization.objects.get(pk=organization_id)
    DepartureCase.objects.bulk_create(
        DepartureCase(
            organization=organization,
            person_id=person,
            why=departed[person],
            policy=organization.departure_policy,
            successor_id=organization.successor_id if organization.departure_policy == _POLICY.SUCCESSOR else None,
            to_move=organization.departure_policy != _POLICY.BADGE,
            leads_by_stage=by_stage,
            opened_at=now,
        )
        for person, by_stage in behind.items()
    )
    announce(organization_id, ["departures"])
    _notify(organization, behind, by or Viewer.system(organization))


def note_return(sender: object, *, organization_id: uuid.UUID, returned: Collection[uuid.UUID], **signal: Any) -> None:
    """Of those whose leads have moved meanwhile, the case offers to undo that; the others have theirs still."""
    now, theirs = timezone.now(), DepartureCase.objects.filter(organization=organization_id, person__in=returned)
    cases = theirs.annotate(moved=_has_one_of(_to_undo())).order_by("opened_at")
    newest = {case.person_id: case for case in cases}
    offered = [case.pk for case in newest.values() if case.moved and case.returned_at is None]
    kept = [case.pk for case in newest.values() if not case.moved and case.closed_at is None]
    theirs.filter(pk__in=offered).update(returned_at=now, closed_at=None, outcome="", to_move=False)
    theirs.filter(pk__in=kept).update(closed_at=now, outcome=_OUTCOME.RETURNED, to_move=False)
    if newest:
        announce(organization_id, ["departures"])


def carry_out_policies() -> None:
    """One look of the background loop: the cases whose leads are to move, as many as can be done in a few seconds."""
    work_off(_take_case)


def settle() -> int:
    """Close the cases with nothing left to decide; answers how many."""
    if not _unsettled().exists():  # Mostly so, and this is asked every second: what follows takes long to compose.
        return 0
    now = timezone.now()
    still_theirs = LeadCount.objects.filter(
        organization=OuterRef("organization"), responsible=OuterRef("person"), stage__in=OPEN_STAGES, leads__gt=0
    )
    moving = Batch.objects.filter(ended_at__isnull=True)
    quiet = _unsettled().filter(to_move=False).exclude(_has_one_of(moving))
    done = {
        _OUTCOME.MOVED: quiet.filter(returned_at__isnull=True).exclude(Exists(still_theirs)),
        _OUTCOME.LEFT: quiet.filter(returned_at__isnull=False).exclude(_has_one_of(_to_undo())),
    }
    settled = 0
    for outcome, cases in done.items():
        # Looked for first, so that nothing to do takes no lock for writing.
        found = list(cases.values_list("pk", "organization"))
        if not found:
            continue
        with transaction.atomic():
            ids = [case for case, _organization in found]
            settled += _unsettled().filter(pk__in=ids).update(closed_at=now, outcome=outcome)
            for organization in {organization for _case, organization in found}:
                announce(organization, ["departures"])
    return settled


def cases_of(viewer: Viewer) -> QuerySet[DepartureCase]:
    """Every case of the viewer's organization. Raises NotAllowed."""
    viewer.require(May.TRANSFER)
    return DepartureCase.objects.filter(organization_id=viewer.organization_id)


def open_case_count(viewer: Viewer) -> int:
    """How many cases wait for a decision; none for those who do not decide."""
    return cases_of(viewer).filter(closed_at__isnull=True).count() if viewer.may(May.TRANSFER) else 0


def to_queue(case_id: uuid.UUID, *, by: Viewer) -> Batch:
    """Give what is left of their open leads to nobody, for others to take.

    Raises NotAllowed, NotFound, and Conflict when there is nothing left, or leads are moving just now.
    """
    case = _open_case(case_id, by)
    if case.to_move or case.batches.filter(ended_at__isnull=True).exists():
        raise Conflict(_("These leads are being transferred right now."))
    batch = _move(case, None, by=by)
    if batch is None:
        raise Conflict(_("There are no open leads left to transfer."))
    announce(by.organization_id, ["departures"])
    return batch


def leave(case_id: uuid.UUID, *, by: Viewer) -> DepartureCase:
    """Close the case; the leads stay with whom they are. Raises NotAllowed, NotFound and Conflict."""
    case = _open_case(case_id, by)
    return _close(case, _OUTCOME.LEFT)


def give_back(case_id: uuid.UUID, *, by: Viewer) -> list[Batch]:
    """Undo what moved the leads of somebody who has come back; answers the undoing batches.

    Raises NotAllowed, NotFound, and Conflict when they have not come back, or it is too late.
    """
    case = _open_case(case_id, by)
    batches = list(case.batches.filter(pk__in=_to_undo().values("pk")).order_by("-began_at"))
    if case.returned_at is None or not batches:
        raise Conflict(_("There is nothing to give back."))
    back = [undo_batch(batch.pk, by=by) for batch in batches]
    _close(case, _OUTCOME.GIVEN_BACK)
    return back


def note_transfer(batch: Batch, giver: uuid.UUID) -> None:
    """Somebody has transferred these leads of theirs: where there is a case, it tells so, and can undo it."""
    case = _unsettled().filter(organization=batch.organization_id, person=giver, returned_at__isnull=True).first()
    if case is not None:
        case.batches.add(batch)
        announce(batch.organization_id, ["departures"])


def _left_behind(organization_id: uuid.UUID, people: Collection[uuid.UUID]) -> dict[uuid.UUID, dict[str, int]]:
    """The leads by stage of those who have open ones."""
    counters = LeadCount.objects.filter(organization=organization_id, responsible__in=people, leads__gt=0)
    behind: dict[uuid.UUID, dict[str, int]] = {}
    for person, stage, leads in counters.values_list("responsible", "stage", "leads"):
        behind.setdefault(person, {})[stage] = leads
    return {person: by_stage for person, by_stage in behind.items() if _open(by_stage)}


def _open(by_stage: Mapping[str, int]) -> int:
    return sum(by_stage.get(stage, 0) for stage in OPEN_STAGES)


def _notify(organization: Organization, behind: Mapping[uuid.UUID, Mapping[str, int]], by: Viewer) -> None:
    people = Membership.objects.filter(organization=organization).active()
    leading = people.in_role(*roles.LEADING).values_list("user_id", flat=True)
    names = [str(user) for user in User.objects.filter(pk__in=behind)]
    of_departures(names, sum(_open(by_stage) for by_stage in behind.values()), leading, by)


def _unsettled() -> QuerySet[DepartureCase]:
    return DepartureCase.objects.filter(closed_at__isnull=True)


def _to_undo() -> QuerySet[Batch]:
    """Batches that `undo_batch` may still take back, those that are moving yet among them."""
    young = Batch.objects.filter(undone_by__isnull=True, began_at__gte=timezone.now() - UNDO_WITHIN)
    return young.exclude(ended_at__isnull=False, moved=0)


def _has_one_of(batches: QuerySet[Batch]) -> Exists:
    """Of a case: whether one of these batches moved its leads."""
    return Exists(batches.filter(departures=OuterRef("pk")))


def _open_case(case_id: uuid.UUID, by: Viewer) -> DepartureCase:
    """Locked, for whoever decides. Raises NotAllowed, NotFound, and Conflict for one that is closed."""
    locked = cases_of(by).select_for_update(of=("self",)).select_related("organization", "person")
    case = locked.filter(pk=case_id).first()
    if case is None:
        raise NotFound(_("There is no such departure."))
    if case.closed_at is not None:
        raise Conflict(_("This departure has been dealt with already."))
    return case


def _close(case: DepartureCase, outcome: DepartureCase.Outcome) -> DepartureCase:
    case.closed_at, case.outcome, case.to_move = timezone.now(), outcome, False
    case.save(update_fields=["closed_at", "outcome", "to_move"])
    announce(case.organization_id, ["departures"])
    return case


def _take_case() -> bool:
    """Carry out the policy for the case that has waited longest; False where there is none that nobody else does."""
    waiting = DepartureCase.objects.filter(to_move=True)
    # Looked for first, so that nothing to do takes no lock for writing.
    if not waiting.exists():
        return False
    with transaction.atomic():
        taken = waiting.select_for_update(skip_locked=True, of=("self",)).order_by("opened_at")
        case = taken.select_related("organization", "person").first()
        if case is None:
            return False
        _follow_policy(case)
        announce(case.organization_id, ["departures"])
    return True


def _follow_policy(case: DepartureCase) -> None:
    people = Membership.objects.filter(organization=case.organization).assignable()
    to_nobody = case.policy == _POLICY.QUEUE
    case.to_move = False
    case.successor_unfit = not to_nobody and not people.filter(user=case.successor_id).exists()
    case.save(update_fields=["to_move", "successor_unfit"])
    if not case.successor_unfit:
        _move(case, None if to_nobody else case.successor_id, by=Viewer.system(case.organization))


def _move(case: DepartureCase, to: uuid.UUID | None, *, by: Viewer) -> Batch | None:
    """Their open leads, oldest first, as one batch; None when there are none."""
    leads = Lead.objects.filter(organization=case.organization, assigned_to=case.person, deleted_at__isnull=True)
    oldest = leads.filter(stage__in=OPEN_STAGES).order_by("created_at", "id").values_list("pk", flat=True)
    moves = [Move(lead, case.person_id, to) for lead in oldest[:MOST_LEADS]]
    if not moves:
        return None
    receivers = []
    if to is not None:
        before = open_leads(case.organization_id, [to])[to]
        receivers.append(Receiver(to, len(moves), before, before + len(moves)))
    batch = open_batch(moves, by=by, reason=Reason.DEPARTURE, receivers=receivers)
    case.batches.add(batch)
    return batch
