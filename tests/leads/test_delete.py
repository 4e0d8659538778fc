from collections.abc import Callable

import pytest

from leadkeeper.leads.delete import delete
from leadkeeper.leads.models import Lead, LeadCount
from leadkeeper.team.errors import NotAllowed, NotFound
from leadkeeper.team.models import Organization
from leadkeeper.team.viewer import Viewer
from tests.conftest import MakePerson
from tests.leads.conftest import MakeLead, wrong_counters

pytestmark = pytest.mark.django_db


class TestDelete:
    def test_nobody_sees_it_nobody_counts_it_and_its_history_is_kept(
        self, lead: MakeLead, person: MakePerson, system: Viewer, organization: Organization
    ) -> None:
        marina = lead(assigned_to=person("sdr").user_id)
        delete(marina.pk, by=system)

        assert not Lead.objects.visible_to(system).exists()
        assert Lead.objects.get(pk=marina.pk).ownership.count() == 1
        assert not LeadCount.objects.exclude(leads=0).exists()
        assert wrong_counters(organization) == 0

    def test_twice_is_once(self, lead: MakeLead, system: Viewer, organization: Organization) -> None:
        marina = lead()
        delete(marina.pk, by=system)
        with pytest.raises(NotFound):
            delete(marina.pk, by=system)
        assert wrong_counters(organization) == 0

    def test_a_lead_of_another_organization_does_not_exist(
        self, lead: MakeLead, system: Viewer, other_organization: Organization
    ) -> None:
        theirs = lead(organization=other_organization)
        with pytest.raises(NotFound):
            delete(theirs.pk, by=system)

    def test_roles_that_may_only_look(self, lead: MakeLead, viewer: Callable[..., Viewer]) -> None:
        with pytest.raises(NotAllowed):
            delete(lead().pk, by=viewer("support"))
