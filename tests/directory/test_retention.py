"""What is old is forgotten, a bounded number of rows at a time."""

from datetime import timedelta

import pytest
from django.utils import timezone

from leadkeeper.directory import retention
from leadkeeper.directory.deliveries.read import since
from leadkeeper.directory.models import Delivery, Quarantined, Sweep
from leadkeeper.directory.retention import delete_old_deliveries, kept
from leadkeeper.storage.errors import NotAllowed
from leadkeeper.team.viewer import Viewer

# Three looks, three counts, and the inventory written.
QUERIES_OF_A_LOOK = 10
pytestmark = pytest.mark.django_db


@pytest.fixture
def arrived(organization):
    """Keeps a delivery that arrived so many days ago."""

    def arrive(days: float, *, number: int = 0, payload: str = "{}") -> Delivery:
        at = timezone.now() - timedelta(days=days)
        id_ = since(at).int + number
        return Delivery.objects.create(
            id=f"{id_:032x}",
            organization=organization,
            message_id=f"msg_{id_}",
            type="user.updated",
            received_at=at,
            outcome="applied",
            payload=payload,
        )

    return arrive


@pytest.fixture
def swept(organization):
    """A sweep that ended so many days ago."""

    def sweep(days: float, status: str = "complete") -> Sweep:
        at = timezone.now() - timedelta(days=days)
        return Sweep.objects.create(organization=organization, kind="reconcile", status=status, asked_at=at)

    return sweep


def test_deliveries_stay_90_days_and_what_they_said_30(arrived):
    for days in (0, 29, 31, 89, 91, 400):
        arrived(days)
    while delete_old_deliveries():
        pass
    kept = {round((timezone.now() - row.received_at).days): row.payload for row in Delivery.objects.all()}
    assert kept == {0: "{}", 29: "{}", 31: "", 89: ""}


def test_a_look_takes_no_more_than_so_many(arrived, monkeypatch):
    monkeypatch.setattr(retention, "AT_ONCE", 3)
    for number in range(7):
        arrived(100, number=number)
        arrived(40, number=number)
    assert [delete_old_deliveries() for _ in range(4)] == [6, 6, 2, 0]
    assert set(Delivery.objects.values_list("payload", flat=True)) == {""}
    assert Delivery.objects.count() == 7


def test_nothing_to_do_touches_nothing_but_the_inventory(arrived, swept, django_assert_num_queries):
    arrived(1)
    swept(1)
    delete_old_deliveries()
    before = list(Delivery.objects.values()), list(Sweep.objects.values())
    with django_assert_num_queries(QUERIES_OF_A_LOOK):
        assert delete_old_deliveries() == 0
    assert (list(Delivery.objects.values()), list(Sweep.objects.values())) == before


def test_sweeps_stay_90_days_with_what_they_set_aside(swept):
    old, _ = swept(91), swept(89)
    Quarantined.objects.create(sweep=old, clerk_id="user_odd", reason="no time")
    assert delete_old_deliveries() == 1
    assert (Sweep.objects.count(), Quarantined.objects.count()) == (1, 0)


def test_the_newest_sweep_and_the_newest_complete_one_stay_however_old(swept, other_organization):
    swept(400)
    complete, newest = swept(300), swept(200, "incomplete")
    elsewhere = Sweep.objects.create(
        organization=other_organization, kind="backfill", status="complete", asked_at=complete.asked_at
    )
    while delete_old_deliveries():
        pass
    assert set(Sweep.objects.all()) == {complete, newest, elsewhere}


class TestKept:
    """What the Directory page says of it."""

    @pytest.fixture
    def manager(self, organization) -> Viewer:
        return Viewer.system(organization)

    def test_told_to_those_who_manage(self, viewer):
        with pytest.raises(NotAllowed):
            kept(viewer("manager"))

    def test_nothing_at_all(self, manager):
        told = kept(manager)
        assert (told.deliveries, told.payloads, told.oldest_at, told.pruned_at) == (0, 0, None, None)
        assert told.database_bytes > 100_000

    def test_before_the_first_pruning_everything_is_new(self, arrived, manager):
        oldest = arrived(3)
        arrived(1, payload="")
        told = kept(manager)
        assert (told.deliveries, told.payloads, told.oldest_at) == (2, 1, oldest.received_at)

    def test_what_was_counted_when_pruned_and_what_arrived_since(self, arrived, manager):
        for days in (31, 40, 91):
            arrived(days)
        arrived(1)
        Delivery.objects.filter(id=arrived(2, payload="").id).update(outcome="failed")
        while delete_old_deliveries():
            pass
        told = kept(manager)
        assert (told.deliveries, told.payloads) == (4, 1)
        assert told.pruned_at is not None
        arrived(-0.001)
        told = kept(manager)
        assert (told.deliveries, told.payloads, told.is_cut) == (5, 2, False)

    def test_where_much_arrived_since_it_says_at_least(self, arrived, manager, monkeypatch):
        monkeypatch.setattr(retention, "COUNTED_UP_TO", 2)
        for number in range(3):
            arrived(1, number=number)
        told = kept(manager)
        assert (told.deliveries, told.is_cut) == (2, True)

    def test_another_organization_keeps_nothing(self, arrived, other_organization):
        arrived(1)
        delete_old_deliveries()
        told = kept(Viewer.system(other_organization))
        assert (told.deliveries, told.payloads, told.oldest_at) == (0, 0, None)

    @pytest.mark.parametrize("people", [1, 100])
    def test_costs_the_same_for_one_as_for_a_hundred(self, arrived, manager, people, django_assert_num_queries):
        for number in range(people):
            arrived(1, number=number)
        with django_assert_num_queries(5):
            kept(manager)
