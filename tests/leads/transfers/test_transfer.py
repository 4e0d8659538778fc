"""Many leads change hands: what is decided, what is done, and what stays."""

import threading
import time
import uuid
from datetime import date, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from leadkeeper.leads import assign as assign_module
from leadkeeper.leads.assign import assign
from leadkeeper.leads.choices import Reason
from leadkeeper.leads.delete import delete
from leadkeeper.leads.edit import LeadChanges, edit
from leadkeeper.leads.models import Lead, OwnershipChange
from leadkeeper.leads.transfers import batches
from leadkeeper.leads.transfers.batches import carry_on, who_stays
from leadkeeper.leads.transfers.models import Batch, BatchStep, LeftOut
from leadkeeper.leads.transfers.shares import Sharing
from leadkeeper.leads.transfers.transfer import MOST_RECEIVERS, Filter, Wanted, decide, transfer
from leadkeeper.storage.errors import Conflict, Invalid, NotAllowed
from tests.at_once import at_once
from tests.leads.conftest import chained, topics_of, wrong_counters

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(viewer):
    return viewer("manager", name="Marta Reis")


@pytest.fixture
def small_steps(monkeypatch):
    monkeypatch.setattr(batches, "A_STEP", 3)
    monkeypatch.setattr(batches, "AT_ONCE", 3)


def done(by, *to, **wanted):
    plan = decide(Wanted(to=tuple(one.user_id for one in to), **wanted), by=by)
    with transaction.atomic():
        return transfer(plan, by=by)


def owners(leads):
    return [Lead.objects.get(pk=lead.pk).assigned_to_id for lead in leads]


class TestDecide:
    def test_a_portfolio_is_the_open_leads_and_the_closed_ones_stay_and_are_counted(self, lead, person, manager):
        bruno, carla = person(name="Bruno"), person(name="Carla")
        lead(assigned_to=bruno.user_id)
        won = lead(assigned_to=bruno.user_id, stage="fechado_ganho")
        lead(assigned_to=carla.user_id)
        plan = decide(Wanted(giver=bruno.user_id, to=(carla.user_id,)), by=manager)
        assert (len(plan.moves), plan.staying) == (1, {LeftOut.CLOSED: 1})
        assert plan.stay == [(won.pk, LeftOut.CLOSED)]
        (receiver,) = plan.receivers
        assert (receiver.gets, receiver.before, receiver.after) == (1, 1, 2)
        with_closed = decide(Wanted(giver=bruno.user_id, to=(carla.user_id,), with_closed=True), by=manager)
        assert (len(with_closed.moves), with_closed.staying.total()) == (2, 0)
        assert with_closed.receivers[0].after == 2, "a closed lead is no more work"

    def test_nobodys_leads_are_shared_evenly_and_in_turn(self, lead, person, manager):
        people = [person(name=name).user_id for name in ("Ana", "Bia", "Caio")]
        for _ in range(8):
            lead()
        plan = decide(Wanted(giver=None, to=tuple(people)), by=manager)
        assert [one.gets for one in plan.receivers] == [3, 3, 2]
        assert [move.after for move in plan.moves] == [*people, *people, *people[:2]]

    def test_by_load_the_one_with_less_to_do_receives_more(self, lead, person, manager):
        full, free = person(name="Full"), person(name="Free")
        for _ in range(4):
            lead(assigned_to=full.user_id)
            lead()
        plan = decide(Wanted(giver=None, to=(full.user_id, free.user_id), sharing=Sharing.BY_LOAD), by=manager)
        assert [(one.gets, one.after) for one in plan.receivers] == [(0, 4), (4, 4)]

    def test_those_who_are_away_are_passed_over_unless_named_alone(self, lead, person, manager):
        away, here = person(name="Away"), person(name="Here")
        away.away_until = timezone.localdate() + timedelta(days=3)
        away.save()
        lead()
        plan = decide(Wanted(giver=None, to=(away.user_id, here.user_id)), by=manager)
        assert ([one.id for one in plan.receivers], plan.away) == ([here.user_id], {away.user_id: away.away_until})
        alone = decide(Wanted(giver=None, to=(away.user_id, away.user_id)), by=manager)
        assert [one.gets for one in alone.receivers] == [1]
        away.away_until = date(2020, 1, 1)
        away.save()
        back = decide(Wanted(giver=None, to=(away.user_id, here.user_id)), by=manager)
        assert (len(back.receivers), back.away) == (2, {})

    def test_when_all_of_several_are_away_it_is_said(self, lead, person, manager):
        both = [person(name=name) for name in ("One", "Two")]
        for one in both:
            one.away_until = timezone.localdate()
            one.save()
        with pytest.raises(Invalid) as refused:
            decide(Wanted(giver=None, to=tuple(one.user_id for one in both)), by=manager)
        assert refused.value.field == "to"

    def test_named_leads_stay_where_they_are_no_longer_what_the_asker_took_them_for(self, lead, person, manager):
        bruno, carla = person(name="Bruno"), person(name="Carla")
        mine, lost, theirs, gone = (lead(assigned_to=bruno.user_id) for _ in range(4))
        with transaction.atomic():
            edit(lost.pk, LeadChanges(stage="fechado_perdido"), by=manager)
            edit(theirs.pk, LeadChanges(assigned_to=carla.user_id), by=manager)
            delete(gone.pk, by=manager)
        leads = tuple(one.pk for one in (mine, lost, theirs, gone))
        plan = decide(Wanted(giver=bruno.user_id, leads=leads, to=(carla.user_id,)), by=manager)
        assert [move.lead for move in plan.moves] == [mine.pk]
        assert set(plan.stay) == {(lost.pk, "closed"), (theirs.pk, "changed"), (gone.pk, "gone")}
        whoever = decide(Wanted(leads=leads, to=(carla.user_id,)), by=manager)
        assert (theirs.pk, "already_theirs") in whoever.stay

    def test_all_that_a_filter_finds(self, lead, person, manager):
        carla = person(name="Carla")
        for name in ("Zélia Prado", "Zélia Braga", "Rui"):
            lead(name)
        plan = decide(Wanted(filter=Filter(query="zelia"), to=(carla.user_id,)), by=manager)
        assert len(plan.moves) == 2
        by_person = decide(Wanted(filter=Filter(assigned_to="none"), to=(carla.user_id,)), by=manager)
        assert len(by_person.moves) == 3

    def test_nothing_is_written(self, lead, person, manager, django_assert_num_queries):
        bruno, carla = person(name="Bruno"), person(name="Carla")
        moving = lead(assigned_to=bruno.user_id)
        with django_assert_num_queries(6):
            decide(Wanted(giver=bruno.user_id, to=(carla.user_id,)), by=manager)
        for _ in range(30):
            lead(assigned_to=bruno.user_id)
        with django_assert_num_queries(6):
            decide(Wanted(giver=bruno.user_id, to=(carla.user_id,)), by=manager)
        assert (owners([moving]), Batch.objects.count()) == ([bruno.user_id], 0)

    def test_the_same_leads_going_the_same_way_have_the_same_mark(self, lead, person, manager):
        bruno, carla = person(name="Bruno"), person(name="Carla")
        lead(assigned_to=bruno.user_id)
        wanted = Wanted(giver=bruno.user_id, to=(carla.user_id,))
        mark = decide(wanted, by=manager).mark
        assert decide(wanted, by=manager).mark == mark
        lead(assigned_to=bruno.user_id)
        assert decide(wanted, by=manager).mark != mark

    @pytest.mark.parametrize("role", ["member", "sdr", "cs", "support"])
    def test_only_managers_and_above(self, role, person, viewer):
        with pytest.raises(NotAllowed):
            decide(Wanted(giver=None, to=(person().user_id,)), by=viewer(role))

    def test_who_cannot_receive_or_give_is_refused_by_field(self, lead, person, manager, other_organization):
        carla, stranger = person(name="Carla").user_id, person(organization=other_organization).user_id
        foreign = lead(organization=other_organization).pk
        refusals = {
            "to": [
                Wanted(giver=None, to=()),
                Wanted(giver=None, to=(uuid.uuid4(),)),
                Wanted(giver=None, to=(stranger,)),
                Wanted(giver=None, to=(carla, person(active=False).user_id)),
                Wanted(giver=None, to=(person("support").user_id,)),
                Wanted(giver=None, to=tuple(uuid.uuid4() for _ in range(MOST_RECEIVERS + 1))),
            ],
            "from": [Wanted(to=(carla,)), Wanted(giver=uuid.uuid4(), to=(carla,)), Wanted(giver=stranger, to=(carla,))],
            "lead_ids": [
                Wanted(leads=(), to=(carla,)),
                Wanted(leads=(uuid.uuid4(),), to=(carla,)),
                Wanted(leads=(foreign,), to=(carla,)),
            ],
            "note": [Wanted(giver=None, to=(carla,), note="x" * 1001)],
        }
        for field, refused in refusals.items():
            for wanted in refused:
                with pytest.raises(Invalid) as error:
                    decide(wanted, by=manager)
                assert error.value.field == field, wanted


class TestTransfer:
    def test_leads_history_counters_and_pages_follow(self, lead, person, manager, organization):
        bruno, carla = person(name="Bruno"), person(name="Carla", active=True)
        leads = [lead(assigned_to=bruno.user_id) for _ in range(3)]
        batch = done(manager, carla, giver=bruno.user_id, note=" Holidays\0 ")
        assert owners(leads) == [carla.user_id] * 3
        assert (batch.moved, batch.total, bool(batch.ended_at)) == (3, 3, True)
        change = leads[0].ownership.get(reason=Reason.TRANSFER)
        assert (change.by_kind, change.by_id, change.by_name) == ("person", manager.person_id, "Marta Reis")
        assert (change.note, change.batch) == ("Holidays", batch.pk)
        assert all(chained(one) for one in leads)
        assert wrong_counters(organization) == 0
        assert {"leads", "transfers"} <= topics_of(organization)
        after = Lead.objects.get(pk=leads[0].pk)
        assert (after.version, after.assigned_at) == (leads[0].version + 1, change.at)

    def test_what_was_previewed_is_what_is_done_or_nothing(self, lead, person, manager):
        bruno, carla = person(name="Bruno"), person(name="Carla")
        wanted = Wanted(giver=bruno.user_id, to=(carla.user_id,))
        lead(assigned_to=bruno.user_id)
        seen = decide(wanted, by=manager).mark
        later = lead(assigned_to=bruno.user_id)
        with pytest.raises(Conflict), transaction.atomic():
            transfer(decide(wanted, by=manager), by=manager, mark=seen)
        assert owners([later]) == [bruno.user_id]

    def test_what_somebody_changes_between_preview_and_deed_stays_as_they_made_it(self, lead, person, manager):
        bruno, carla, dora = (person(name=name) for name in ("Bruno", "Carla", "Dora"))
        kept, gone, lost, moving = (lead(assigned_to=bruno.user_id) for _ in range(4))
        plan = decide(Wanted(giver=bruno.user_id, to=(carla.user_id,)), by=manager)
        with transaction.atomic():
            assign(Lead.objects.get(pk=kept.pk), dora.user, by=manager, reason=Reason.MANUAL)
            delete(gone.pk, by=manager)
            edit(lost.pk, LeadChanges(stage="fechado_perdido"), by=manager)
            batch = transfer(plan, by=manager)
        assert owners([kept, gone, lost, moving]) == [dora.user_id, *[bruno.user_id] * 2, carla.user_id]
        assert set(who_stays(batch)) == {(kept.pk, "changed"), (gone.pk, "gone"), (lost.pk, "closed")}
        assert (batch.moved, batch.left_out) == (1, {"changed": 1, "gone": 1, "closed": 1})

    def test_whoever_leaves_meanwhile_receives_nothing(self, lead, person, manager):
        bruno, carla = person(name="Bruno"), person(name="Carla")
        one = lead(assigned_to=bruno.user_id)
        plan = decide(Wanted(giver=bruno.user_id, to=(carla.user_id,)), by=manager)
        carla.active = False
        carla.save()
        with transaction.atomic():
            batch = transfer(plan, by=manager)
        assert (owners([one]), batch.left_out) == ([bruno.user_id], {"not_assignable": 1})

    def test_nothing_to_do_is_over_at_once(self, person, manager):
        batch = done(manager, person(), giver=None)
        assert (batch.total, batch.moved, bool(batch.ended_at)) == (0, 0, True)

    def test_many_move_step_by_step_in_the_background(self, small_steps, lead, person, manager, organization):
        bruno, carla, dora = (person(name=name) for name in ("Bruno", "Carla", "Dora"))
        leads = [lead(assigned_to=bruno.user_id) for _ in range(10)]
        batch = done(manager, carla, dora, giver=bruno.user_id)
        assert (batch.ended_at, set(owners(leads))) == (None, {bruno.user_id})
        assert BatchStep.objects.filter(batch=batch, done_at=None).count() == 4
        carry_on()
        batch.refresh_from_db()
        assert (batch.moved, bool(batch.ended_at)) == (10, True)
        assert owners(leads) == [carla.user_id, dora.user_id] * 5
        assert all(chained(one) for one in leads)
        assert wrong_counters(organization) == 0
        changes = OwnershipChange.objects.filter(batch=batch.pk)
        assert set(changes.values_list("by_id", flat=True)) == {manager.person_id}

    def test_a_step_costs_the_same_however_many_leads_are_in_it(
        self, lead, person, manager, django_assert_max_num_queries
    ):
        bruno, carla = person(name="Bruno"), person(name="Carla")
        for _ in range(60):
            lead(assigned_to=bruno.user_id)
        plan = decide(Wanted(giver=bruno.user_id, to=(carla.user_id,)), by=manager)
        with transaction.atomic(), django_assert_max_num_queries(20):
            transfer(plan, by=manager)


@pytest.mark.django_db(transaction=True)
def test_who_edits_leads_and_who_transfers_them_do_not_lock_each_other_out(
    lead, person, manager, monkeypatch, organization
):
    """Counters are locked when all leads are: in between, somebody could hold a lead and wait for a counter."""
    bruno, carla = person(name="Bruno"), person(name="Carla")
    leads = sorted((lead(assigned_to=bruno.user_id) for _ in range(4)), key=lambda one: one.pk)
    plan = decide(Wanted(giver=bruno.user_id, to=(carla.user_id,)), by=manager)
    counted, count = threading.Event(), assign_module.leads_changed

    def count_and_pause(*places, **how):
        count(*places, **how)
        if not counted.is_set():
            counted.set()
            time.sleep(0.3)

    monkeypatch.setattr(batches, "A_STEP", 2)
    monkeypatch.setattr(assign_module, "leads_changed", count_and_pause)

    def move():
        with transaction.atomic():
            return transfer(plan, by=manager)

    def take_on():
        counted.wait(10)
        with transaction.atomic():
            return edit(plan.moves[-1].lead, LeadChanges(stage="proposta"), by=manager)

    answers = at_once([move, take_on])
    assert not [answer for answer in answers if isinstance(answer, Exception)], answers
    assert set(owners(leads)) == {carla.user_id}
    assert wrong_counters(organization) == 0
