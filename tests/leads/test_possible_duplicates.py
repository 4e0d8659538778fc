"""Leads of one phone or mailbox that were there before the product could tell: both stay until somebody decides."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from leadkeeper.leads.delete import delete
from leadkeeper.leads.duplicates import DuplicateLead
from leadkeeper.leads.edit import LeadChanges, edit
from leadkeeper.leads.models import Lead
from leadkeeper.leads.possible_duplicates import confirm_distinct, possible_duplicates, shared
from leadkeeper.project.checks import leads as checks
from leadkeeper.storage.errors import NotAllowed, NotFound
from leadkeeper.team.models import Organization
from leadkeeper.team.viewer import Viewer
from tests.conftest import MakePerson
from tests.leads.conftest import MakeLead

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(lead: MakeLead) -> tuple[Lead, Lead]:
    """An earlier lead, and a later one with its phone number, as a migration leaves them."""
    earlier, later = lead("Earlier", phone="(11) 98765-4321"), lead("Later", email="m@example.com")
    Lead.objects.filter(pk=later.pk).update(duplicate_of=earlier, phone=earlier.phone)
    return earlier, Lead.objects.get(pk=later.pk)


def undecided(viewer: Viewer) -> list[Lead]:
    return list(possible_duplicates(viewer))


class TestThePairs:
    def test_both_are_there_and_the_pair_waits(self, system: Viewer, pair: tuple[Lead, Lead]) -> None:
        earlier, later = pair
        assert undecided(system) == [later]
        assert shared(later, earlier) == ["phone"]
        assert Lead.objects.visible_to(system).count() == 2
        finding = checks.possible_duplicates()
        assert (finding.status, finding.detail) == ("warning", "1 lead may be there twice.")

    def test_what_they_share_is_told_as_the_constraints_see_it(self, lead: MakeLead) -> None:
        one = lead(phone="+54 9 11 2345-6789", email="z@münchen.example")
        other = Lead(phone="+541123456789", email="z@xn--mnchen-3ya.example", folded_email=one.folded_email)
        assert shared(one, other) == ["phone", "email"]
        other.phone_extension = "12"
        assert shared(one, other) == ["email"]
        assert shared(Lead(), Lead()) == []

    def test_nobody_else_sees_them(
        self, pair: tuple[Lead, Lead], viewer: Callable[..., Viewer], other_organization: Organization
    ) -> None:
        assert undecided(Viewer.system(other_organization)) == []
        for role in ("member", "sdr", "cs", "support"):
            with pytest.raises(NotAllowed):
                possible_duplicates(viewer(role))


class TestDeciding:
    def test_that_they_are_two(self, system: Viewer, pair: tuple[Lead, Lead]) -> None:
        earlier, later = pair
        confirm_distinct(later.pk, by=system)
        assert undecided(system) == []
        assert checks.possible_duplicates().status == "ok"
        with pytest.raises(NotFound):
            confirm_distinct(earlier.pk, by=system)

    def test_sellers_do_not(self, pair: tuple[Lead, Lead], viewer: Callable[..., Viewer]) -> None:
        with pytest.raises(NotAllowed):
            confirm_distinct(pair[1].pk, by=viewer("sdr"))

    def test_the_later_one_gets_another_number(self, system: Viewer, lead: MakeLead, pair: tuple[Lead, Lead]) -> None:
        edit(pair[1].pk, LeadChanges(phone="(11) 98765-0000"), by=system)
        assert undecided(system) == []
        with pytest.raises(DuplicateLead):
            lead(phone="(11) 98765-0000")

    def test_the_earlier_one_gets_another_number(self, system: Viewer, lead: MakeLead, pair: tuple[Lead, Lead]) -> None:
        edit(pair[0].pk, LeadChanges(phone="(11) 98765-0000"), by=system)
        assert undecided(system) == []
        with pytest.raises(DuplicateLead) as refused:
            lead(phone="(11) 98765-4321")
        assert refused.value.lead == pair[1]

    def test_the_earlier_one_is_deleted_and_the_number_stays_taken(
        self, system: Viewer, lead: MakeLead, pair: tuple[Lead, Lead]
    ) -> None:
        delete(pair[0].pk, by=system)
        assert undecided(system) == []
        with pytest.raises(DuplicateLead) as refused:
            lead(phone="(11) 98765-4321")
        assert refused.value.lead == pair[1]

    def test_of_three_the_second_follows_the_first(
        self, system: Viewer, lead: MakeLead, pair: tuple[Lead, Lead]
    ) -> None:
        earlier, later = pair
        third = lead("Third")
        Lead.objects.filter(pk=third.pk).update(duplicate_of=earlier, phone=earlier.phone)
        delete(earlier.pk, by=system)
        assert [(one, one.duplicate_of) for one in undecided(system)] == [(third, later)]

    def test_a_pair_of_one_mailbox_can_be_renamed(self, system: Viewer, lead: MakeLead) -> None:
        earlier, later = lead("Earlier", email="m@example.com"), lead("Later")
        Lead.objects.filter(pk=later.pk).update(duplicate_of=earlier, email=earlier.email, folded_email=earlier.email)
        for one in (earlier, later):
            edit(one.pk, LeadChanges(name="New"), by=system)
            edit(one.pk, LeadChanges(phone=f"(11) 98765-000{len(one.name) - 5}"), by=system)
        assert undecided(system) == [later]

    def test_other_fields_of_both_can_be_changed(self, system: Viewer, pair: tuple[Lead, Lead]) -> None:
        for one in pair:
            edit(one.pk, LeadChanges(name="New", email=f"{one.name}@example.com"), by=system)
        assert undecided(system) == [pair[1]]

    def test_a_number_that_changes_to_a_third_leads_is_refused(
        self, system: Viewer, lead: MakeLead, pair: tuple[Lead, Lead]
    ) -> None:
        lead(phone="(11) 98765-1111")
        with pytest.raises(DuplicateLead):
            edit(pair[1].pk, LeadChanges(phone="(11) 98765-1111"), by=system)


class TestThePage:
    @pytest.fixture
    def client(self, person: MakePerson, client_of: Callable[..., Client]) -> Client:
        return client_of(person("manager"))

    def test_it_is_offered_where_there_are_any(
        self, client: Client, person: MakePerson, client_of: Any, lead: MakeLead
    ) -> None:
        lead()
        assert "/leads/duplicates" not in client.get("/leads").content.decode()
        later = lead()
        Lead.objects.filter(pk=later.pk).update(duplicate_of=Lead.objects.exclude(pk=later.pk).get())
        assert 'href="/leads/duplicates"' in client.get("/leads").content.decode()
        assert "/leads/duplicates" not in client_of(person("sdr")).get("/leads").content.decode()

    def test_each_pair_leads_to_both(self, client: Client, pair: tuple[Lead, Lead]) -> None:
        page = client.get("/leads/duplicates").content.decode()
        assert all(f'href="/leads/{one.pk}"' in page for one in pair)
        assert "Keep both: Later and Earlier" in page

    def test_keeping_both_takes_the_pair_away(self, client: Client, pair: tuple[Lead, Lead]) -> None:
        answer = client.post(f"/leads/{pair[1].pk}/distinct")
        assert (answer.status_code, answer["Location"]) == (303, "/leads/duplicates")
        page = client.get("/leads/duplicates").content.decode()
        assert "Both leads stay." in page
        assert "No two leads share" in page

    def test_it_is_answered_in_parts_too(self, client: Client, pair: tuple[Lead, Lead]) -> None:
        answer = client.post(f"/leads/{pair[1].pk}/distinct", headers={"HX-Request": "true"})
        assert (answer.status_code, "Both leads stay." in answer["HX-Trigger"]) == (204, True)
        assert client.post(f"/leads/{pair[0].pk}/distinct").status_code == 404

    def test_as_many_queries_for_one_pair_as_for_many(
        self, client: Client, lead: MakeLead, pair: tuple[Lead, Lead], django_assert_num_queries: Any
    ) -> None:
        with django_assert_num_queries(5):
            client.get("/leads/duplicates")
        for _ in range(5):
            Lead.objects.filter(pk=lead().pk).update(duplicate_of=pair[0])
        with django_assert_num_queries(5):
            client.get("/leads/duplicates")
