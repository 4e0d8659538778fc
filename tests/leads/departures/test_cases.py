"""Somebody leaves with open leads: a case opens, the policy is carried out, and whoever comes back gets them back."""

import uuid
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from leadkeeper.directory.people.apply import apply
from leadkeeper.directory.people.change import Absent, Deleted, Origin, Record, Stated
from leadkeeper.leads.departures.cases import carry_out_policies, give_back, leave, settle, to_queue
from leadkeeper.leads.departures.models import DepartureCase
from leadkeeper.leads.edit import LeadChanges, edit
from leadkeeper.leads.models import Lead, LeadCount
from leadkeeper.leads.notifications.models import Notification
from leadkeeper.leads.transfers import batches
from leadkeeper.leads.transfers.batches import carry_on
from leadkeeper.leads.transfers.models import Batch
from leadkeeper.leads.transfers.transfer import Wanted, decide, transfer
from leadkeeper.storage.errors import Conflict, NotAllowed, NotFound
from leadkeeper.team.link_people import link
from leadkeeper.team.local_people import NewPerson, add_person, deactivate, reactivate
from leadkeeper.team.models import Membership
from leadkeeper.team.roles import Role
from leadkeeper.team.viewer import Viewer
from tests.at_once import at_once
from tests.clerk.door import deliver, event
from tests.leads.conftest import chained, topics_of, wrong_counters

pytestmark = pytest.mark.django_db


@pytest.fixture
def marta(person):
    return person("manager", name="Marta Reis")


@pytest.fixture
def manager(marta):
    return Viewer.of(marta)


@pytest.fixture
def admin(viewer):
    return viewer("owner", name="Olga Prado")


@pytest.fixture
def bruno(organization, admin):
    """Somebody known only here, who can be turned off and on by hand."""
    with transaction.atomic():
        return add_person(NewPerson(name="Bruno Alves", email="", role=Role.SDR), by=admin)


@pytest.fixture
def leaves(admin):
    def turn_off(membership):
        with transaction.atomic():
            deactivate(membership.user_id, by=admin)

    return turn_off


@pytest.fixture
def comes_back(admin):
    def turn_on(membership):
        with transaction.atomic():
            reactivate(membership.user_id, by=admin)

    return turn_on


@pytest.fixture
def policy(organization):
    def decide_on(policy, successor=None):
        organization.departure_policy, organization.successor = policy, successor and successor.user
        organization.save()

    return decide_on


def case():
    return DepartureCase.objects.get()


def owner(lead):
    return Lead.objects.get(pk=lead.pk).assigned_to_id


def acted(verb, *what, by):
    with transaction.atomic():
        return verb(*what, by=by)


class TestLeaving:
    def test_a_case_opens_with_how_many_by_stage(self, lead, bruno, leaves, organization):
        lead(assigned_to=bruno.user_id)
        lead(assigned_to=bruno.user_id, stage="proposta")
        lead(assigned_to=bruno.user_id, stage="fechado_ganho")
        leaves(bruno)
        assert case().leads_by_stage == {"novo": 1, "proposta": 1, "fechado_ganho": 1}
        assert (case().person, case().why, case().policy, case().to_move) == (bruno.user, "deactivated", "badge", False)
        assert "departures" in topics_of(organization)

    def test_whoever_has_no_open_leads_leaves_no_case(self, lead, bruno, leaves):
        lead(assigned_to=bruno.user_id, stage="fechado_perdido")
        leaves(bruno)
        assert not DepartureCase.objects.exists()

    def test_by_default_the_leads_keep_naming_them(self, lead, bruno, leaves):
        one = lead(assigned_to=bruno.user_id)
        leaves(bruno)
        carry_out_policies()
        assert owner(one) == bruno.user_id
        assert not Batch.objects.exists()

    def test_nothing_is_deleted(self, lead, bruno, leaves, policy, system):
        policy("queue")
        one = lead(assigned_to=bruno.user_id)
        leaves(bruno)
        carry_out_policies()
        assert Membership.objects.filter(pk=bruno.pk).exists()
        assert Lead.objects.get(pk=one.pk).deleted_at is None
        assert one.ownership.count() == 2

    def test_when_it_is_taken_back_there_is_no_case(self, lead, bruno, admin):
        lead(assigned_to=bruno.user_id)
        with transaction.atomic():
            deactivate(bruno.user_id, by=admin)
            transaction.set_rollback(True)
        assert not DepartureCase.objects.exists()

    def test_those_who_lead_are_told_once_but_not_whoever_did_it(self, lead, bruno, leaves, marta, viewer, admin):
        viewer("sdr")
        lead(assigned_to=bruno.user_id)
        leaves(bruno)
        told = Notification.objects.filter(kind="departure").values_list("recipient", "other_name", "leads", "people")
        assert list(told) == [(marta.user_id, "Bruno Alves", 1, 1)]

    def test_linked_people_leave_nothing_behind(self, lead, bruno, admin, person):
        one, mirrored = lead(assigned_to=bruno.user_id), person("sdr")
        with transaction.atomic():
            link(bruno.user_id, mirrored.user_id, by=admin)
        assert owner(one) == mirrored.user_id
        assert not DepartureCase.objects.exists()


class TestTheDirectory:
    """The ways in which the directory turns somebody off."""

    @pytest.fixture
    def ana(self, organization):
        self.say(organization, self.stated(1))
        return Membership.objects.select_related("user").get(user__clerk_id="user_1")

    def stated(self, at, **record):
        role = Role.SDR
        return Stated("user_1", Record(name="Ana", role=role, **record), at, at, Origin.WEBHOOK)

    def say(self, organization, *changes):
        with transaction.atomic():
            apply(changes, organization_id=organization.id, now=timezone.now())

    @pytest.mark.parametrize("why", ["deleted", "absent", "suspended"])
    def test_each_opens_a_case_that_says_which(self, ana, lead, organization, why):
        lead(assigned_to=ana.user_id)
        suspended = self.stated(2, suspended=True)
        change = {"deleted": Deleted("user_1"), "absent": Absent("user_1"), "suspended": suspended}[why]
        self.say(organization, change)
        self.say(organization, change)
        assert case().why == why

    def test_many_at_once_are_told_in_one_notification(self, lead, organization, marta):
        people = [Stated(f"user_{n}", Record(name=f"P {n}", role=Role.SDR), 1, 1, Origin.WEBHOOK) for n in range(5)]
        self.say(organization, *people)
        for membership in Membership.objects.filter(user__clerk_id__startswith="user_", user__name__startswith="P "):
            lead(assigned_to=membership.user_id)
            lead(assigned_to=membership.user_id)
        self.say(organization, *(Deleted(f"user_{n}") for n in range(5)))
        assert DepartureCase.objects.count() == 5
        told = Notification.objects.get(kind="departure")
        assert (told.recipient_id, told.people, told.leads, told.other_name) == (marta.user_id, 5, 10, "")

    def test_the_cost_of_leaving_does_not_grow_with_leads_or_people(
        self, ana, lead, organization, marta, django_assert_num_queries
    ):
        lead(assigned_to=ana.user_id)
        with django_assert_num_queries(40, exact=False) as one:
            self.say(organization, Deleted("user_1"))
        people = [Stated(f"u_{n}", Record(name=f"P {n}", role=Role.SDR), 1, 1, Origin.WEBHOOK) for n in range(20)]
        self.say(organization, *people)
        for membership in Membership.objects.filter(user__clerk_id__startswith="u_"):
            for _ in range(2):
                lead(assigned_to=membership.user_id)
        with django_assert_num_queries(len(one)):
            self.say(organization, *(Deleted(f"u_{n}") for n in range(20)))

    def test_somebody_listed_again_has_returned(self, ana, lead, organization):
        one = lead(assigned_to=ana.user_id)
        self.say(organization, Absent("user_1"))
        self.say(organization, self.stated(3))
        assert (case().outcome, owner(one)) == ("returned", ana.user_id)


class TestPolicies:
    def test_to_the_queue(self, lead, bruno, leaves, policy, organization):
        policy("queue")
        mine, closed = lead(assigned_to=bruno.user_id), lead(assigned_to=bruno.user_id, stage="fechado_ganho")
        leaves(bruno)
        assert owner(mine) == bruno.user_id, "not in the transaction that turned them off"
        carry_out_policies()
        assert (owner(mine), owner(closed)) == (None, bruno.user_id)
        last = mine.ownership.order_by("id").last()
        assert (last.reason, last.by_kind, last.batch) == ("departure", "system", Batch.objects.get().pk)
        assert list(case().batches.all()) == [Batch.objects.get()]
        assert chained(mine)
        assert wrong_counters(organization) == 0

    def test_to_the_successor_who_is_told_once(self, lead, bruno, leaves, policy, person):
        carla = person("sdr", name="Carla Dias")
        policy("successor", carla)
        leads = [lead(assigned_to=bruno.user_id) for _ in range(3)]
        leaves(bruno)
        carry_out_policies()
        assert {owner(one) for one in leads} == {carla.user_id}
        told = Notification.objects.get(recipient=carla.user)
        assert (told.kind, told.leads, told.other_name, told.reason) == ("given", 3, "Bruno Alves", "departure")

    def test_a_successor_who_cannot_is_said_on_the_case_and_the_leads_stay(self, lead, bruno, leaves, policy, person):
        carla = person("sdr", name="Carla Dias")
        policy("successor", carla)
        Membership.objects.filter(pk=carla.pk).update(active=False)
        one = lead(assigned_to=bruno.user_id)
        leaves(bruno)
        carry_out_policies()
        assert (case().successor_unfit, case().to_move, owner(one)) == (True, False, bruno.user_id)

    def test_the_successor_leaves_as_well(self, lead, bruno, leaves, policy):
        policy("successor", bruno)
        one = lead(assigned_to=bruno.user_id)
        leaves(bruno)
        carry_out_policies()
        assert (case().successor_unfit, owner(one)) == (True, bruno.user_id)

    def test_many_move_in_steps_and_a_killed_worker_loses_nothing(self, lead, bruno, leaves, policy, monkeypatch):
        monkeypatch.setattr(batches, "A_STEP", 2)
        monkeypatch.setattr(batches, "AT_ONCE", 2)
        policy("queue")
        leads = [lead(assigned_to=bruno.user_id) for _ in range(5)]
        leaves(bruno)
        with transaction.atomic():
            carry_out_policies()
            transaction.set_rollback(True)
        assert (case().to_move, Batch.objects.count()) == (True, 0)
        carry_out_policies()
        assert Batch.objects.get().ended_at is None
        settle()
        assert case().closed_at is None
        carry_on()
        assert {owner(one) for one in leads} == {None}
        settle()
        assert case().outcome == "moved"


class TestSettling:
    def test_a_case_closes_when_no_open_leads_are_left(self, lead, bruno, leaves, manager, person):
        one, other = lead(assigned_to=bruno.user_id), lead(assigned_to=bruno.user_id)
        leaves(bruno)
        acted(edit, one.pk, LeadChanges(assigned_to=person("sdr").user_id), by=manager)
        assert (settle(), case().closed_at) == (0, None)
        acted(edit, other.pk, LeadChanges(stage="fechado_perdido"), by=manager)
        assert (settle(), case().outcome) == (1, "moved")
        assert settle() == 0

    def test_the_case_knows_what_was_transferred_by_hand(self, lead, bruno, leaves, manager, person):
        lead(assigned_to=bruno.user_id)
        leaves(bruno)
        plan = decide(Wanted(giver=bruno.user_id, to=(person("sdr").user_id,)), by=manager)
        batch = acted(transfer, plan, by=manager)
        assert list(case().batches.all()) == [batch]


class TestDeciding:
    def test_to_the_queue_by_hand(self, lead, bruno, leaves, manager):
        one = lead(assigned_to=bruno.user_id)
        leaves(bruno)
        batch = acted(to_queue, case().pk, by=manager)
        assert (owner(one), batch.reason, batch.by_id) == (None, "departure", manager.person_id)
        with pytest.raises(Conflict):
            acted(to_queue, case().pk, by=manager)

    def test_leaving_it_closes_the_case_and_moves_nothing(self, lead, bruno, leaves, manager):
        one = lead(assigned_to=bruno.user_id)
        leaves(bruno)
        acted(leave, case().pk, by=manager)
        assert (case().outcome, owner(one)) == ("left", bruno.user_id)
        for verb in (leave, to_queue, give_back):
            with pytest.raises(Conflict):
                acted(verb, case().pk, by=manager)

    def test_others_may_not_and_elsewhere_it_does_not_exist(self, lead, bruno, leaves, viewer, other_organization):
        lead(assigned_to=bruno.user_id)
        leaves(bruno)
        for verb in (leave, to_queue, give_back):
            with pytest.raises(NotAllowed):
                acted(verb, case().pk, by=viewer("sdr"))
            with pytest.raises(NotFound):
                acted(verb, case().pk, by=viewer("owner", organization=other_organization))
            with pytest.raises(NotFound):
                acted(verb, uuid.uuid4(), by=viewer("owner"))


class TestReturning:
    @pytest.fixture
    def gone(self, lead, bruno, leaves, policy):
        """Two of Bruno's leads, which went to the queue when he left."""
        policy("queue")
        leads = [lead("One", assigned_to=bruno.user_id), lead("Two", assigned_to=bruno.user_id)]
        leaves(bruno)
        carry_out_policies()
        settle()
        assert case().outcome == "moved"
        return leads

    def test_the_case_offers_to_give_back_what_nobody_has_touched(self, gone, bruno, comes_back, manager, person):
        carla = person("sdr")
        acted(edit, gone[0].pk, LeadChanges(assigned_to=carla.user_id), by=manager)
        comes_back(bruno)
        assert case().returned_at
        assert case().closed_at is None
        settle()
        acted(give_back, case().pk, by=manager)
        assert [owner(one) for one in gone] == [carla.user_id, bruno.user_id]
        assert case().outcome == "given_back"

    def test_not_after_thirty_days(self, gone, bruno, comes_back, manager):
        long_ago = timezone.now() - timedelta(days=31)
        Batch.objects.update(began_at=long_ago, ended_at=long_ago)
        comes_back(bruno)
        assert (case().returned_at, case().outcome) == (None, "moved")

    def test_an_offer_ends_after_thirty_days(self, gone, bruno, comes_back):
        comes_back(bruno)
        long_ago = timezone.now() - timedelta(days=31)
        Batch.objects.update(began_at=long_ago, ended_at=long_ago)
        assert (settle(), case().outcome) == (1, "left")

    def test_before_anything_moved_they_have_their_leads_still(self, lead, bruno, leaves, comes_back, policy):
        policy("queue")
        one = lead(assigned_to=bruno.user_id)
        leaves(bruno)
        comes_back(bruno)
        carry_out_policies()
        assert (case().outcome, owner(one)) == ("returned", bruno.user_id)

    def test_and_leaves_again(self, gone, lead, bruno, leaves, comes_back):
        comes_back(bruno)
        lead("Three", assigned_to=bruno.user_id)
        leaves(bruno)
        first, second = DepartureCase.objects.order_by("opened_at")
        assert (first.outcome, second.closed_at, second.leads_by_stage) == ("left", None, {"novo": 1})

    def test_back_and_forth_without_new_leads_the_offer_stands(self, gone, bruno, leaves, comes_back, manager):
        for _ in range(3):
            comes_back(bruno)
            leaves(bruno)
            assert case().closed_at
        comes_back(bruno)
        acted(give_back, case().pk, by=manager)
        assert {owner(one) for one in gone} == {bruno.user_id}

    def test_an_offer_that_was_declined_is_not_made_twice(self, gone, bruno, comes_back, manager):
        comes_back(bruno)
        acted(leave, case().pk, by=manager)
        comes_back(bruno)
        assert case().outcome == "left"

    def test_nobody_else_s_case_is_touched(self, gone, bruno, comes_back, lead, admin, leaves):
        with transaction.atomic():
            dora = add_person(NewPerson(name="Dora", email="", role=Role.SDR), by=admin)
        lead(assigned_to=dora.user_id)
        leaves(dora)
        comes_back(bruno)
        assert DepartureCase.objects.get(person=dora.user).returned_at is None


@pytest.mark.django_db(transaction=True)
def test_two_workers_carry_out_a_policy_once(lead, bruno, leaves, policy):
    policy("queue")
    with transaction.atomic():
        leads = [lead(assigned_to=bruno.user_id) for _ in range(3)]
    leaves(bruno)
    assert at_once([carry_out_policies] * 3) == [None] * 3
    assert Batch.objects.count() == 1
    assert {owner(one) for one in leads} == {None}
    assert not LeadCount.objects.filter(responsible=bruno.user_id, leads__gt=0).exists()


@pytest.mark.django_db(transaction=True)
def test_a_deletion_at_the_door_opens_the_case_in_the_same_commit(lead, policy, marta, organization):
    policy("queue")
    assert deliver(event(id_="user_a", first_name="Ana", public_metadata={"role": "sdr"})) == [204]
    ana = Membership.objects.get(user__clerk_id="user_a")
    with transaction.atomic():
        one = lead(assigned_to=ana.user_id)
    deletion = event("user.deleted", "user_a", updated_at=1_763_000_001_000)
    update = event("user.updated", "user_b", first_name="Bea")
    assert deliver(deletion, deletion, update) == [204] * 3
    assert (case().person_id, case().why, case().to_move) == (ana.user_id, "deleted", True)
    assert Notification.objects.get(kind="departure").recipient_id == marta.user_id
    carry_out_policies()
    assert owner(one) is None


@pytest.mark.django_db(transaction=True)
def test_somebody_banned_and_unbanned_at_the_door_is_back(lead, policy):
    policy("queue")
    said = {"first_name": "Ana", "public_metadata": {"role": "sdr"}}
    deliver(event(id_="user_a", **said))
    ana = Membership.objects.get(user__clerk_id="user_a")
    with transaction.atomic():
        lead(assigned_to=ana.user_id)
    deliver(event("user.updated", "user_a", 1_763_000_001_000, banned=True, **said))
    carry_out_policies()
    deliver(event("user.updated", "user_a", 1_763_000_002_000, **said))
    assert (case().why, case().closed_at) == ("suspended", None)
    assert case().returned_at
