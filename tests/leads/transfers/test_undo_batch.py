"""A batch is undone: what nobody has touched goes back, the rest stays and is named."""

import uuid
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from leadkeeper.leads.assign import assign
from leadkeeper.leads.choices import Reason
from leadkeeper.leads.edit import LeadChanges, edit
from leadkeeper.leads.models import Lead
from leadkeeper.leads.transfers import batches
from leadkeeper.leads.transfers.batches import carry_on, delete_old_decisions, who_stays
from leadkeeper.leads.transfers.models import Batch, BatchStep
from leadkeeper.leads.transfers.transfer import Wanted, decide, transfer
from leadkeeper.leads.transfers.undo_batch import undo_batch
from leadkeeper.storage.errors import Conflict, NotAllowed, NotFound
from tests.at_once import at_once
from tests.leads.conftest import chained, wrong_counters

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(viewer):
    return viewer("manager")


@pytest.fixture
def bruno(person):
    return person(name="Bruno")


@pytest.fixture
def carla(person):
    return person(name="Carla")


def moved(giver, to, by):
    plan = decide(Wanted(giver=giver and giver.user_id, to=(to.user_id,)), by=by)
    with transaction.atomic():
        return transfer(plan, by=by)


def undone(batch, by):
    with transaction.atomic():
        return undo_batch(batch.pk, by=by)


def owner(lead):
    return Lead.objects.get(pk=lead.pk).assigned_to_id


class TestUndo:
    def test_everything_goes_back_to_whom_it_was(self, lead, bruno, carla, manager, organization):
        leads = [lead(assigned_to=bruno.user_id), lead(), lead(assigned_to=carla.user_id)]
        plan = decide(Wanted(leads=tuple(one.pk for one in leads), to=(carla.user_id,)), by=manager)
        with transaction.atomic():
            batch = transfer(plan, by=manager)
        back = undone(batch, manager)
        assert [owner(one) for one in leads] == [bruno.user_id, None, carla.user_id]
        assert (back.moved, back.reason, back.undoes_id) == (2, "undo", batch.pk)
        assert leads[0].ownership.order_by("id").last().reason == Reason.UNDO
        assert all(chained(one) for one in leads)
        assert wrong_counters(organization) == 0

    def test_what_somebody_has_touched_since_stays_even_when_it_has_come_back(
        self, lead, bruno, carla, manager, person
    ):
        taken, round_trip, edited, untouched = (lead(assigned_to=bruno.user_id) for _ in range(4))
        batch = moved(bruno, carla, manager)
        with transaction.atomic():
            edit(taken.pk, LeadChanges(assigned_to=manager.person_id), by=manager)
            for to in (bruno, carla):
                assign(Lead.objects.get(pk=round_trip.pk), to.user, by=manager, reason=Reason.MANUAL)
            edit(edited.pk, LeadChanges(name="Another name", stage="fechado_ganho"), by=manager)
        back = undone(batch, manager)
        now = [owner(one) for one in (taken, round_trip, edited, untouched)]
        assert now == [manager.person_id, carla.user_id, carla.user_id, bruno.user_id]
        assert set(who_stays(back)) == {
            (taken.pk, "changed"),
            (round_trip.pk, "changed"),
            (edited.pk, "edited"),
        }

    def test_what_was_sent_again_unchanged_is_not_touched(self, lead, bruno, carla, manager):
        one = lead(name="Marina", assigned_to=bruno.user_id)
        batch = moved(bruno, carla, manager)
        with transaction.atomic():
            edit(one.pk, LeadChanges(name="Marina", assigned_to=carla.user_id), by=manager)
        assert (undone(batch, manager).moved, owner(one)) == (1, bruno.user_id)

    def test_whoever_has_left_since_gets_nothing_back(self, lead, bruno, carla, manager):
        one = lead(assigned_to=bruno.user_id)
        batch = moved(bruno, carla, manager)
        bruno.active = False
        bruno.save()
        assert (undone(batch, manager).left_out, owner(one)) == ({"not_assignable": 1}, carla.user_id)

    def test_undo_after_undo_is_refused_and_so_is_undoing_the_undo(self, lead, bruno, carla, manager):
        one = lead(assigned_to=bruno.user_id)
        batch = moved(bruno, carla, manager)
        back = undone(batch, manager)
        for again in (batch, back):
            with pytest.raises(Conflict):
                undone(again, manager)
        assert owner(one) == bruno.user_id

    def test_not_while_it_moves_and_not_after_thirty_days(self, lead, bruno, carla, manager, monkeypatch):
        monkeypatch.setattr(batches, "A_STEP", 1)
        monkeypatch.setattr(batches, "AT_ONCE", 1)
        for _ in range(2):
            lead(assigned_to=bruno.user_id)
        batch = moved(bruno, carla, manager)
        with pytest.raises(Conflict):
            undone(batch, manager)
        carry_on()
        Batch.objects.update(ended_at=timezone.now() - timedelta(days=31))
        with pytest.raises(Conflict):
            undone(batch, manager)

    def test_a_large_undo_goes_on_in_the_background(self, lead, bruno, carla, manager, monkeypatch, organization):
        leads = [lead(assigned_to=bruno.user_id) for _ in range(5)]
        batch = moved(bruno, carla, manager)
        monkeypatch.setattr(batches, "A_STEP", 2)
        monkeypatch.setattr(batches, "AT_ONCE", 2)
        assert undone(batch, manager).ended_at is None
        carry_on()
        assert {owner(one) for one in leads} == {bruno.user_id}
        assert wrong_counters(organization) == 0

    def test_others_may_not_and_elsewhere_it_does_not_exist(
        self, lead, bruno, carla, manager, viewer, other_organization
    ):
        batch = moved(bruno, carla, manager)
        with pytest.raises(NotAllowed):
            undone(batch, viewer("member"))
        with pytest.raises(NotFound):
            undone(batch, viewer("admin", organization=other_organization))
        with transaction.atomic(), pytest.raises(NotFound):
            undo_batch(uuid.uuid4(), by=manager)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_undo_at_the_same_moment_one_does(lead, bruno, carla, manager, organization):
    one = lead(assigned_to=bruno.user_id)
    batch = moved(bruno, carla, manager)
    answers = at_once([lambda: undone(batch, manager)] * 2)
    assert {type(answer) for answer in answers} == {Batch, Conflict}
    assert (owner(one), chained(one), wrong_counters(organization)) == (bruno.user_id, True, 0)


def test_what_was_decided_is_forgotten_once_it_cannot_be_undone(lead, bruno, carla, manager):
    lead(assigned_to=bruno.user_id)
    moved(bruno, carla, manager)
    assert delete_old_decisions() == 0
    Batch.objects.update(ended_at=timezone.now() - timedelta(days=31))
    assert delete_old_decisions() == 2
    assert (BatchStep.objects.count(), Batch.objects.count()) == (0, 1)
