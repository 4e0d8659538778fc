"""A step that fails every time: it is put aside, said, tried again on demand or undone; everything else goes on."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from leadkeeper.leads.models import Lead
from leadkeeper.leads.transfers import batches
from leadkeeper.leads.transfers.batches import MOST_TRIES, UNDO_WITHIN, carry_on
from leadkeeper.leads.transfers.models import Batch, BatchStep
from leadkeeper.leads.transfers.transfer import Wanted, decide, transfer
from leadkeeper.leads.transfers.try_batch_again import try_batch_again
from leadkeeper.leads.transfers.undo_batch import undo_batch
from leadkeeper.storage.errors import Conflict, NotAllowed, NotFound
from tests.at_once import at_once
from tests.leads.conftest import chained, topics_of, wrong_counters

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_steps(monkeypatch):
    monkeypatch.setattr(batches, "A_STEP", 2)
    monkeypatch.setattr(batches, "AT_ONCE", 0)


@pytest.fixture
def manager(viewer):
    return viewer("manager", name="Marta Reis")


@pytest.fixture
def bruno(person):
    return person(name="Bruno")


@pytest.fixture
def carla(person):
    return person(name="Carla")


@pytest.fixture
def poison(monkeypatch):
    """Leads that make any step they are in raise, until they are taken out of this set."""
    leads, really = set(), batches.assign_many

    def assign_many(organization_id, moves, **how):
        if leads & {move.lead for move in moves}:
            raise ValueError("a lead that cannot be moved")
        return really(organization_id, moves, **how)

    monkeypatch.setattr(batches, "assign_many", assign_many)
    return leads


def moved(giver, to, by):
    plan = decide(Wanted(giver=giver.user_id, to=(to.user_id,)), by=by)
    with transaction.atomic():
        return transfer(plan, by=by)


def wait_and_carry_on(times=MOST_TRIES):
    """As the background does, with the pauses between the tries over."""
    for _ in range(times):
        BatchStep.objects.update(try_at=None)
        carry_on()


def again(batch, by):
    with transaction.atomic():
        return try_batch_again(batch.pk, by=by)


def owners(leads):
    return [Lead.objects.get(pk=lead.pk).assigned_to_id for lead in leads]


class TestAPoisonousStep:
    def test_it_holds_up_neither_other_batches_nor_the_rest_of_its_own(self, lead, bruno, carla, manager, poison):
        leads = [lead(assigned_to=bruno.user_id) for _ in range(6)]
        other = lead(assigned_to=carla.user_id)
        poison.add(leads[2].pk)
        moved(bruno, carla, manager)
        moved(carla, bruno, manager)
        carry_on()
        assert owners([other]) == [bruno.user_id]
        assert owners(leads) == [carla.user_id] * 2 + [bruno.user_id] * 2 + [carla.user_id] * 2

    def test_it_is_not_tried_again_at_once(self, lead, bruno, carla, manager, poison):
        poison.add(lead(assigned_to=bruno.user_id).pk)
        batch = moved(bruno, carla, manager)
        carry_on()
        carry_on()
        assert BatchStep.objects.get(batch=batch, number=1).tries == 1

    def test_after_a_few_tries_the_batch_has_failed_and_says_why(
        self, lead, bruno, carla, manager, poison, organization
    ):
        leads = [lead(assigned_to=bruno.user_id) for _ in range(4)]
        poison.add(leads[0].pk)
        batch = moved(bruno, carla, manager)
        wait_and_carry_on(MOST_TRIES - 1)
        batch.refresh_from_db()
        assert (batch.has_failed, batch.ended_at, batch.moved) == (False, None, 2)
        wait_and_carry_on(1)
        batch.refresh_from_db()
        assert (batch.has_failed, bool(batch.ended_at), batch.moved) == (True, True, 2)
        assert "a lead that cannot be moved" in batch.failure
        assert {"transfers", f"batch:{batch.pk}"} <= topics_of(organization)
        assert all(chained(one) for one in leads)
        assert wrong_counters(organization) == 0

    def test_what_had_failed_now_and_then_leaves_no_trace(self, lead, bruno, carla, manager, poison):
        one = lead(assigned_to=bruno.user_id)
        poison.add(one.pk)
        batch = moved(bruno, carla, manager)
        wait_and_carry_on(MOST_TRIES - 1)
        poison.clear()
        wait_and_carry_on(1)
        batch.refresh_from_db()
        assert (batch.has_failed, batch.failure, batch.moved) == (False, "", 1)

    def test_the_healthy_step_that_comes_last_ends_the_batch_as_failed(self, lead, bruno, carla, manager, poison):
        leads = [lead(assigned_to=bruno.user_id) for _ in range(4)]
        poison.add(leads[0].pk)
        batch = moved(bruno, carla, manager)
        BatchStep.objects.filter(batch=batch, number=1).update(tries=MOST_TRIES)
        Batch.objects.filter(pk=batch.pk).update(failure="It broke.")
        carry_on()
        batch.refresh_from_db()
        assert (batch.has_failed, batch.moved) == (True, 2)


@pytest.fixture
def failed(lead, bruno, carla, manager, poison):
    """Two of three leads moved, the last one would not."""
    leads = [lead(assigned_to=bruno.user_id) for _ in range(3)]
    poison.add(leads[2].pk)
    batch = moved(bruno, carla, manager)
    wait_and_carry_on()
    return Batch.objects.get(pk=batch.pk)


class TestTryAgain:
    def test_the_rest_moves_once_nothing_is_in_the_way(self, failed, bruno, carla, manager, poison, organization):
        poison.clear()
        batch = again(failed, manager)
        assert (batch.has_failed, batch.ended_at, batch.failure) == (False, None, "")
        carry_on()
        batch.refresh_from_db()
        assert (batch.moved, bool(batch.ended_at)) == (3, True)
        assert set(Lead.objects.values_list("assigned_to", flat=True)) == {carla.user_id}
        assert wrong_counters(organization) == 0

    def test_it_may_fail_again(self, failed, manager):
        again(failed, manager)
        wait_and_carry_on()
        failed.refresh_from_db()
        assert (failed.has_failed, failed.moved) == (True, 2)

    def test_only_what_has_failed_and_is_still_kept(self, failed, manager, poison):
        again(failed, manager)
        with pytest.raises(Conflict):
            again(failed, manager)
        wait_and_carry_on()
        Batch.objects.update(ended_at=timezone.now() - UNDO_WITHIN - timedelta(days=1))
        with pytest.raises(Conflict):
            again(failed, manager)

    def test_only_for_managers_of_the_organization(self, failed, viewer, other_organization):
        with pytest.raises(NotAllowed):
            again(failed, viewer("member"))
        with pytest.raises(NotFound):
            again(failed, viewer("owner", organization=other_organization))


class TestUndo:
    def test_what_had_moved_goes_back_and_the_rest_is_not_tried_any_more(self, failed, bruno, manager, poison):
        with transaction.atomic():
            undo_batch(failed.pk, by=manager)
        poison.clear()
        wait_and_carry_on()
        assert set(Lead.objects.values_list("assigned_to", flat=True)) == {bruno.user_id}
        with pytest.raises(Conflict):
            again(failed, manager)


@pytest.mark.django_db(transaction=True)
def test_two_try_again_in_the_same_moment(failed, manager):
    answers = at_once([lambda: again(failed, manager)] * 2)
    assert sorted((type(answer) for answer in answers), key=lambda kind: kind.__name__) == [Batch, Conflict]


class TestPages:
    @pytest.fixture
    def client(self, person, client_of):
        return client_of(person("manager"))

    def test_what_was_moved_the_reason_and_both_ways_on(self, failed, client):
        page = client.get(f"/leads/transfers/{failed.pk}", headers={"accept-language": "en"}).content.decode()
        assert "2 of 3" in page
        assert "a lead that cannot be moved" in page
        assert "Try again" in page
        assert "Undo: give 2 leads back" in page
        listed = client.get("/leads/transfers", headers={"accept-language": "en"}).content.decode()
        assert "Failed" in listed

    def test_the_button_starts_it_again_and_a_second_press_is_told_why_not(self, failed, client):
        address = f"/leads/transfers/{failed.pk}/try-again"
        assert client.post(address)["Location"] == f"/leads/transfers/{failed.pk}"
        assert Batch.objects.get(pk=failed.pk).ended_at is None
        assert client.post(address, headers={"hx-request": "true"}).status_code == 409

    def test_the_api_says_so_too(self, failed, api):
        told = api("manager").get(f"/api/leads/transfer/{failed.pk}").json()
        assert (told["status"], told["moved"], told["can_be_undone"]) == ("failed", 2, True)
        assert "a lead that cannot be moved" in told["failure"]

    def test_not_for_members(self, failed, person, client_of):
        assert client_of(person("member")).post(f"/leads/transfers/{failed.pk}/try-again").status_code == 403
