"""Who gets a lead from somebody else, or loses one to them, is told: once, and never of what they did themselves."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadkeeper.leads.assign import assign
from leadkeeper.leads.choices import Reason
from leadkeeper.leads.create import NewLead, create
from leadkeeper.leads.edit import LeadChanges, edit
from leadkeeper.leads.find import lock_lead
from leadkeeper.leads.models import OwnershipChange
from leadkeeper.leads.notifications.inbox import delete_old_notifications
from leadkeeper.leads.notifications.models import Notification
from leadkeeper.leads.transfers import batches
from leadkeeper.leads.transfers.batches import carry_on
from leadkeeper.leads.transfers.models import Batch
from leadkeeper.leads.transfers.transfer import Wanted, decide, transfer
from leadkeeper.leads.transfers.undo_batch import undo_batch
from leadkeeper.live.models import Notice
from leadkeeper.storage.errors import Conflict
from leadkeeper.team.viewer import Viewer

pytestmark = pytest.mark.django_db


@pytest.fixture
def marta(viewer):
    return viewer("manager", name="Marta Reis")


@pytest.fixture
def bruno(person):
    return person("sdr", name="Bruno Alves")


@pytest.fixture
def carla(person):
    return person("sdr", name="Carla Dias")


@pytest.fixture
def mine(bruno, lead):
    """A lead of Bruno's, of which he has not been told."""
    made = lead("Marina", assigned_to=bruno.user_id)
    Notification.objects.all().delete()
    return made


def hand(lead, to, by):
    with transaction.atomic():
        assign(lock_lead(lead.pk, by), to and to.user, by=by, reason=Reason.MANUAL)


def move(giver, to, by):
    plan = decide(Wanted(giver=giver and giver.user_id, to=tuple(one.user_id for one in to)), by=by)
    with transaction.atomic():
        return transfer(plan, by=by)


def told():
    return set(Notification.objects.values_list("recipient__name", "kind", "leads", "leads_lost", "other_name"))


class TestOne:
    def test_who_receives_it_and_who_loses_it(self, mine, carla, marta):
        hand(mine, carla, marta)
        assert told() == {("Carla Dias", "given", 1, 0, ""), ("Bruno Alves", "taken", 0, 1, "Carla Dias")}
        assert set(Notification.objects.values_list("by_name", "lead", "lead_name")) == {
            ("Marta Reis", mine.pk, "Marina")
        }

    def test_who_takes_it_is_not_told_who_loses_it_is(self, mine, carla):
        hand(mine, carla, Viewer.of(carla))
        assert told() == {("Bruno Alves", "taken", 0, 1, "Carla Dias")}

    def test_who_gives_their_own_away_is_not_told(self, mine, bruno):
        hand(mine, None, Viewer.of(bruno))
        assert told() == set()

    def test_a_new_lead_for_somebody_else(self, marta, carla):
        with transaction.atomic():
            create(NewLead(name="Nina", email="n@example.com", assigned_to=carla.user_id), by=marta)
        assert told() == {("Carla Dias", "given", 1, 0, "")}

    def test_a_new_lead_of_ones_own_costs_nothing(self, marta, django_assert_num_queries):
        def one(email, to):
            with transaction.atomic():
                create(NewLead(name="Nina", email=email, assigned_to=to), by=marta)

        with django_assert_num_queries(30, exact=False) as own:
            one("a@example.com", marta.person_id)
        assert not any("notification" in query["sql"] for query in own)
        assert not Notification.objects.exists()

    def test_an_edit_tells_as_well(self, mine, carla, marta):
        with transaction.atomic():
            edit(mine.pk, LeadChanges(assigned_to=carla.user_id, name="Marina Lopes"), by=marta)
        assert {name for name, *_ in told()} == {"Carla Dias", "Bruno Alves"}

    def test_only_their_own_pages_hear_of_it(self, mine, carla, marta):
        hand(mine, carla, marta)
        rows = Notice.objects.filter(topic=f"inbox:{carla.user_id}").values_list("seen_by", flat=True)
        assert list(rows) == [carla.user_id]

    def test_what_is_taken_back_was_never_told(self, mine, carla, marta):
        with transaction.atomic():
            hand(mine, carla, marta)
            transaction.set_rollback(True)
        assert told() == set()


class TestMany:
    @pytest.fixture
    def portfolio(self, lead, bruno):
        made = [lead(assigned_to=bruno.user_id) for _ in range(12)]
        Notification.objects.all().delete()
        return made

    def test_one_for_each_however_many_leads_and_steps(self, portfolio, bruno, carla, marta, monkeypatch):
        monkeypatch.setattr(batches, "A_STEP", 5)
        monkeypatch.setattr(batches, "AT_ONCE", 5)
        batch = move(bruno, [carla], marta)
        carry_on()
        assert told() == {("Carla Dias", "given", 12, 0, "Bruno Alves"), ("Bruno Alves", "taken", 0, 12, "Carla Dias")}
        assert set(Notification.objects.values_list("batch", flat=True)) == {batch.pk}

    def test_several_on_the_other_side_are_not_named(self, portfolio, bruno, carla, marta, person):
        move(bruno, [carla, person("sdr", name="Dora")], marta)
        assert ("Bruno Alves", "taken", 0, 12, "") in told()

    def test_who_moves_their_own_leads_is_not_told(self, lead, marta, carla):
        lead(assigned_to=marta.person_id)
        Notification.objects.all().delete()
        plan = decide(Wanted(giver=marta.person_id, to=(carla.user_id,)), by=marta)
        with transaction.atomic():
            transfer(plan, by=marta)
        assert told() == {("Carla Dias", "given", 1, 0, "Marta Reis")}

    def test_the_undo_is_told_like_any_other(self, portfolio, bruno, carla, marta):
        batch = move(bruno, [carla], marta)
        Notification.objects.all().delete()
        with transaction.atomic():
            undo_batch(batch.pk, by=marta)
        assert told() == {("Bruno Alves", "given", 12, 0, "Carla Dias"), ("Carla Dias", "taken", 0, 12, "Bruno Alves")}

    def test_the_cost_does_not_grow_with_the_leads(self, lead, bruno, carla, marta, django_assert_num_queries):
        lead(assigned_to=bruno.user_id)
        with django_assert_num_queries(60, exact=False) as one:
            move(bruno, [carla], marta)
        for _ in range(40):
            lead(assigned_to=bruno.user_id)
        with django_assert_num_queries(len(one)):
            move(bruno, [carla], marta)


LEADS, PEOPLE = 6, 3
anybody = st.one_of(st.none(), st.integers(0, PEOPLE - 1))
somebody = st.integers(0, PEOPLE - 1)
moves = st.lists(
    st.one_of(
        st.tuples(st.just("assign"), somebody, st.integers(0, LEADS - 1), anybody),
        st.tuples(st.just("transfer"), somebody, anybody, st.lists(somebody, min_size=1, max_size=3)),
        st.tuples(st.just("undo"), somebody, st.integers(0, 3)),
        st.tuples(st.just("background")),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=moves)
def test_whatever_moves_each_is_told_once_of_what_others_did(history, person, lead, monkeypatch):
    monkeypatch.setattr(batches, "A_STEP", 2)
    monkeypatch.setattr(batches, "AT_ONCE", 2)
    monkeypatch.setattr(batches.time, "sleep", lambda seconds: None)
    with transaction.atomic():
        people = [person("manager", name=name) for name in ("Ana", "Bia", "Caio")]
        leads = [
            lead(f"Lead {number}", assigned_to=people[number % PEOPLE].user_id if number % 4 else None)
            for number in range(LEADS)
        ]
        Notification.objects.all().delete()
        OwnershipChange.objects.all().delete()
        for kind, *details in history:
            if kind == "background":
                carry_on()
                continue
            by = Viewer.of(people[details[0]])
            try:
                with transaction.atomic():
                    if kind == "assign":
                        hand(leads[details[1]], None if details[2] is None else people[details[2]], by)
                    elif kind == "transfer":
                        giver = None if details[1] is None else people[details[1]]
                        move(giver, [people[one] for one in details[2]], by)
                    elif batch := Batch.objects.order_by("began_at", "id")[details[1] : details[1] + 1].first():
                        undo_batch(batch.pk, by=by)
            except Conflict:
                pass
        carry_on()
        assert _counted(Notification.objects.all()) == _expected(OwnershipChange.objects.order_by("id"))
        transaction.set_rollback(True)


def _counted(notifications):
    """Person and batch → leads received and lost; what has no batch stands alone, under its lead."""
    rows = list(notifications.values_list("recipient", "batch", "lead", "leads", "leads_lost", "by_id"))
    assert all(recipient != by for recipient, *_, by in rows), "never of what one did oneself"
    in_batches = [(recipient, batch) for recipient, batch, *_ in rows if batch]
    assert len(in_batches) == len(set(in_batches)), "one for each and batch"
    return sorted(
        (str(recipient), str(batch or lead), received, lost) for recipient, batch, lead, received, lost, _ in rows
    )


def _expected(changes):
    singles, bulk = [], {}
    for change in changes:
        for person_id, received, lost in ((change.to_user_id, 1, 0), (change.from_user_id, 0, 1)):
            if person_id in (None, change.by_id):
                continue
            if change.batch is None:
                singles.append((str(person_id), str(change.lead_id), received, lost))
            else:
                key = str(person_id), str(change.batch)
                so_far = bulk.get(key, (0, 0))
                bulk[key] = so_far[0] + received, so_far[1] + lost
    return sorted([*singles, *((*key, *numbers) for key, numbers in bulk.items())])


def test_old_ones_are_forgotten_a_bounded_number_at_a_time(mine, carla, marta):
    hand(mine, carla, marta)
    assert delete_old_notifications() == 0
    Notification.objects.filter(recipient=carla.user).update(at=timezone.now() - timedelta(days=91))
    assert (delete_old_notifications(), Notification.objects.count()) == (1, 1)
