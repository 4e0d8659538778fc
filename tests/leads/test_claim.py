"""The unassigned queue: the one that has waited longest is next, and nobody gets what another one has."""

import pytest
from django.db import transaction

from leadkeeper.leads.choices import Reason
from leadkeeper.leads.claim import claim, queue, take_next
from leadkeeper.leads.models import Lead, OwnershipChange
from leadkeeper.storage.errors import Conflict, Invalid, NotAllowed, NotFound
from leadkeeper.team.viewer import Viewer
from tests.at_once import at_once
from tests.leads.conftest import chained, wrong_counters

pytestmark = pytest.mark.django_db


def taken(by):
    with transaction.atomic():
        return take_next(by)


def claimed(lead, by):
    with transaction.atomic():
        return claim(lead.pk, by=by)


class TestQueue:
    def test_open_leads_with_nobody_responsible_wait(self, lead, person, viewer):
        waits = lead()
        lead(assigned_to=person().user_id)
        lead(stage="fechado_perdido")
        assert list(queue(viewer("sdr"))) == [waits]


class TestTakeNext:
    def test_the_oldest_first_with_the_reason_until_nothing_waits(self, lead, viewer, organization):
        old, new = lead(), lead()
        me = viewer("sdr")
        assert [taken(me).lead_id, taken(me).lead_id, taken(me)] == [old.pk, new.pk, None]
        change = old.ownership.get()
        assert (change.reason, change.to_user_id, change.by_id) == (Reason.CLAIM, me.person_id, me.person_id)
        assert wrong_counters(organization) == 0

    def test_whoever_may_not_be_responsible_takes_nothing(self, lead, viewer, organization):
        one = lead()
        with pytest.raises(NotAllowed):
            taken(viewer("support"))
        with pytest.raises(Invalid):
            taken(Viewer.system(organization))
        assert Lead.objects.get(pk=one.pk).assigned_to_id is None

    @pytest.mark.django_db(transaction=True)
    def test_ten_who_ask_at_once_get_ten_leads(self, lead, viewer, organization):
        leads = [lead() for _ in range(10)]
        sellers = [viewer("sdr", name=f"Seller {number}") for number in range(10)]
        answers = at_once([lambda seller=seller: taken(seller) for seller in sellers])
        assert {answer.lead_id for answer in answers} == {one.pk for one in leads}
        assert all(chained(one) for one in leads)
        assert wrong_counters(organization) == 0


class TestClaim:
    def test_any_lead_of_the_queue(self, lead, viewer):
        lead()
        one, me = lead(), viewer("member")
        assert claimed(one, me).reason == Reason.CLAIM
        assert Lead.objects.get(pk=one.pk).assigned_to_id == me.person_id

    def test_whoever_comes_second_is_told_who_was_first(self, lead, viewer):
        one, first = lead(), viewer("sdr", name="Zoé Prado")
        claimed(one, first)
        with pytest.raises(Conflict, match="Zoé Prado"):
            claimed(one, viewer("sdr"))

    def test_elsewhere_it_does_not_exist(self, lead, viewer, other_organization):
        with pytest.raises(NotFound):
            claimed(lead(), viewer("sdr", organization=other_organization))

    @pytest.mark.django_db(transaction=True)
    def test_of_two_at_once_one_has_it(self, lead, viewer, organization):
        one, sellers = lead(), [viewer("sdr"), viewer("sdr")]
        answers = at_once([lambda seller=seller: claimed(one, seller) for seller in sellers])
        assert {type(answer) for answer in answers} == {OwnershipChange, Conflict}
        assert (chained(one), wrong_counters(organization)) == (True, 0)
