"""A hundred people who assign, take, transfer and undo the same leads at the same moment."""

import itertools
import random

import pytest
from django.db import transaction

from leadkeeper.leads.assign import assign
from leadkeeper.leads.choices import Reason
from leadkeeper.leads.claim import claim, take_next
from leadkeeper.leads.create import NewLead, create
from leadkeeper.leads.find import lock_lead
from leadkeeper.leads.models import Lead
from leadkeeper.leads.transfers.transfer import Wanted, decide, transfer
from leadkeeper.leads.transfers.undo_batch import undo_batch
from leadkeeper.storage.errors import Conflict
from tests.at_once import at_once
from tests.leads.conftest import chained, wrong_counters

WRITERS = 100
LEADS = 5


@pytest.mark.django_db(transaction=True)
def test_histories_are_chains_without_gaps_and_counters_equal_a_recount(person, viewer, organization):
    manager = viewer("manager")
    sellers = [viewer("sdr", name=f"Seller {number}") for number in range(4)]
    people = [seller.person_id for seller in sellers]
    with transaction.atomic():
        leads = [create(NewLead(name=f"Lead {n}", email=f"{n}@example.com"), by=sellers[n % 4]) for n in range(LEADS)]
    by_chance = random.Random(7)

    def give(lead, seller):
        with transaction.atomic():
            locked = lock_lead(lead.pk, manager)
            assign(
                locked,
                seller and locked.organization.memberships.get(user_id=seller).user,
                by=manager,
                reason=Reason.MANUAL,
            )

    def take(lead, seller):
        with transaction.atomic():
            claim(lead.pk, by=seller)

    def take_one(seller):
        with transaction.atomic():
            take_next(seller)

    def move_all(giver, to):
        plan = decide(Wanted(giver=giver, to=(to,)), by=manager)
        with transaction.atomic():
            return transfer(plan, by=manager)

    def move_and_undo(giver, to):
        batch = move_all(giver, to)
        with transaction.atomic():
            undo_batch(batch.pk, by=manager)

    def anything(kind):
        lead, seller, giver, to = (by_chance.choice(some) for some in (leads, sellers, [*people, None], people))
        return {
            0: lambda: give(lead, giver),
            1: lambda: take(lead, seller),
            2: lambda: take_one(seller),
            3: lambda: move_all(giver, to),
            4: lambda: move_and_undo(giver, to),
        }[kind]

    kinds = itertools.cycle(range(5))
    answers = at_once([anything(next(kinds)) for _ in range(WRITERS)])
    odd = [answer for answer in answers if isinstance(answer, Exception) and not isinstance(answer, Conflict)]
    assert odd == []
    assert all(chained(lead) for lead in leads)
    assert wrong_counters(organization) == 0
    assert sum(lead.ownership.count() for lead in Lead.objects.all()) > LEADS
