"""Whatever is transferred, assigned, closed and undone, in whatever order: histories are chains, counters are true."""

from functools import partial

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadkeeper.leads.assign import assign
from leadkeeper.leads.choices import Reason
from leadkeeper.leads.create import NewLead, create
from leadkeeper.leads.delete import delete
from leadkeeper.leads.edit import LeadChanges, edit
from leadkeeper.leads.find import lock_lead
from leadkeeper.leads.models import Lead, OwnershipChange
from leadkeeper.leads.transfers import batches
from leadkeeper.leads.transfers.batches import carry_on
from leadkeeper.leads.transfers.models import Batch
from leadkeeper.leads.transfers.shares import Sharing
from leadkeeper.leads.transfers.transfer import Wanted, decide, transfer
from leadkeeper.leads.transfers.undo_batch import undo_batch
from leadkeeper.storage.errors import Conflict, NotFound
from tests.leads.conftest import chained, wrong_counters

LEADS, PEOPLE = 8, 3
a_person = st.integers(0, PEOPLE - 1)
anybody = st.one_of(st.none(), a_person)
a_lead = st.integers(0, LEADS - 1)
steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("transfer"),
            anybody,
            st.lists(a_person, min_size=1, max_size=3),
            st.sampled_from(Sharing),
            st.booleans(),
        ),
        st.tuples(st.just("decide"), anybody, st.lists(a_person, min_size=1, max_size=2)),
        st.tuples(st.just("carry out what was decided")),
        st.tuples(st.just("background")),
        st.tuples(st.just("assign"), a_lead, anybody),
        st.tuples(st.just("stage"), a_lead, st.sampled_from(["novo", "fechado_ganho"])),
        st.tuples(st.just("delete"), a_lead),
        st.tuples(st.just("undo"), st.integers(0, 5)),
    ),
    max_size=14,
)


class World:
    """What the steps are done to, what was decided and not done yet, and the changes after which somebody edited
    the lead before they were undone."""

    def __init__(self, leads, people, by):
        self.leads, self.people, self.by, self.plans, self.touched = leads, people, by, [], set()

    def id_of(self, person):
        return None if person is None else self.people[person].user_id

    def plan(self, giver, to, **how):
        receivers = tuple(self.people[person].user_id for person in to)
        return decide(Wanted(giver=self.id_of(giver), to=receivers, **how), by=self.by)

    def transfer(self, giver, to, sharing, with_closed):
        transfer(self.plan(giver, to, sharing=sharing, with_closed=with_closed), by=self.by)

    def decide(self, giver, to):
        self.plans.append(self.plan(giver, to))

    def decided(self):
        if self.plans:
            transfer(self.plans.pop(), by=self.by)

    def assign(self, lead, to):
        locked = lock_lead(self.leads[lead].pk, self.by)
        assign(locked, None if to is None else self.people[to].user, by=self.by, reason=Reason.MANUAL)

    def stage(self, lead, stage):
        before = Lead.objects.get(pk=self.leads[lead].pk)
        after = edit(before.pk, LeadChanges(stage=stage), by=self.by)
        if after.version > before.version:
            undone = Batch.objects.filter(undoes__isnull=False).values("undoes")
            moves = after.ownership.filter(batch__isnull=False).exclude(batch__in=undone)
            self.touched.update(moves.values_list("pk", flat=True))

    def delete(self, lead):
        delete(self.leads[lead].pk, by=self.by)

    def undo(self, number):
        batch = Batch.objects.order_by("began_at", "id")[number : number + 1].first()
        if batch:
            undo_batch(batch.pk, by=self.by)

    def do(self, kind, *details):
        if kind == "background":
            return carry_on()
        verb = self.decided if kind == "carry out what was decided" else getattr(self, kind)
        try:
            with transaction.atomic():
                verb(*details)
        except (Conflict, NotFound):
            pass


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=steps)
def test_chains_without_gaps_and_true_counters(history, person, viewer, organization, monkeypatch):
    monkeypatch.setattr(batches, "A_STEP", 3)
    monkeypatch.setattr(batches, "AT_ONCE", 3)
    monkeypatch.setattr(batches.time, "sleep", partial(lambda seconds: None))
    with transaction.atomic():
        by = viewer("manager")
        people = [person(name=name) for name in ("Ana", "Bia", "Caio")]
        leads = [
            create(
                NewLead(
                    name=f"Lead {number}",
                    email=f"{number}@example.com",
                    assigned_to=people[number % PEOPLE].user_id if number % 4 else None,
                ),
                by=by,
            )
            for number in range(LEADS)
        ]
        world = World(leads, people, by)
        for step in history:
            world.do(*step)
        carry_on()
        for lead in leads:
            assert chained(lead), lead.name
        assert wrong_counters(organization) == 0
        for batch in Batch.objects.all():
            assert batch.ended_at
            assert batch.moved == OwnershipChange.objects.filter(batch=batch.pk).count()
            assert batch.moved + sum(batch.left_out.values()) == batch.total
        for batch in Batch.objects.filter(undone_by__isnull=False):
            moved, restored = (
                dict(OwnershipChange.objects.filter(batch=one).values_list("lead", "pk"))
                for one in (batch.pk, batch.undone_by.pk)
            )
            assert set(restored) <= set(moved)
            assert not {moved[lead] for lead in restored} & world.touched
        assert Lead.objects.count() == LEADS
        transaction.set_rollback(True)
