"""What is old is forgotten, a bounded number of rows at a time."""

from datetime import timedelta

import pytest
from django.utils import timezone

from leadkeeper.directory import retention
from leadkeeper.directory.deliveries import since
from leadkeeper.directory.models import Delivery, Quarantined, Sweep
from leadkeeper.directory.retention import forget_what_is_old, sizes
from leadkeeper.team.errors import NotAllowed
from leadkeeper.team.viewer import Viewer

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
    while forget_what_is_old():
        pass
    kept = {round((timezone.now() - row.received_at).days): row.payload for row in Delivery.objects.all()}
    assert kept == {0: "{}", 29: "{}", 31: "", 89: ""}


def test_a_look_takes_no_more_than_so_many(arrived, monkeypatch):
    monkeypatch.setattr(retention, "AT_ONCE", 3)
    for number in range(7):
        arrived(100, number=number)
        arrived(40, number=number)
    assert [forget_what_is_old() for _ in range(4)] == [6, 6, 2, 0]
    assert set(Delivery.objects.values_list("payload", flat=True)) == {""}
    assert Delivery.objects.count() == 7


def test_nothing_to_do_writes_nothing(arrived, swept, django_assert_num_queries):
    arrived(1)
    swept(1)
    with django_assert_num_queries(3):
        assert forget_what_is_old() == 0


def test_sweeps_stay_90_days_with_what_they_set_aside(swept):
    old, _ = swept(91), swept(89)
    Quarantined.objects.create(sweep=old, clerk_id="user_odd", reason="no time")
    assert forget_what_is_old() == 1
    assert (Sweep.objects.count(), Quarantined.objects.count()) == (1, 0)


def test_the_newest_sweep_and_the_newest_complete_one_stay_however_old(swept, other_organization):
    swept(400)
    complete, newest = swept(300), swept(200, "incomplete")
    elsewhere = Sweep.objects.create(
        organization=other_organization, kind="backfill", status="complete", asked_at=complete.asked_at
    )
    while forget_what_is_old():
        pass
    assert set(Sweep.objects.all()) == {complete, newest, elsewhere}


def test_sizes_are_told_to_those_who_manage(arrived, swept, organization, viewer):
    oldest = arrived(3)
    arrived(1)
    Quarantined.objects.create(sweep=swept(1), clerk_id="user_odd", reason="no time")
    told = sizes(Viewer.system(organization))
    assert (told.deliveries, told.sweeps, told.quarantined) == (2, 1, 1)
    assert told.oldest_delivery_at == oldest.received_at
    assert told.database_bytes > 100_000
    with pytest.raises(NotAllowed):
        sizes(viewer("manager"))
