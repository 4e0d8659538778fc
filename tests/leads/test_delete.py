from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.test import Client

from leadkeeper.access.models import ApiKey
from leadkeeper.leads.delete import delete
from leadkeeper.leads.models import Lead, LeadCount
from leadkeeper.project.log import LineFormatter
from leadkeeper.storage.errors import NotAllowed, NotFound
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

    def test_who_did_it_is_stored(self, lead: MakeLead, viewer: Callable[..., Viewer]) -> None:
        by = viewer("sdr", name="Ana Souza")
        marina = lead()
        delete(marina.pk, by=by)
        marina.refresh_from_db()
        assert (marina.deleted_by_kind, marina.deleted_by_id, marina.deleted_by_name) == (
            "person", by.person_id, "Ana Souza",
        )  # fmt: skip

    def test_by_the_api_it_is_the_key(self, lead: MakeLead, api: Callable[..., Client]) -> None:
        marina = lead()
        assert api("member").delete(f"/api/leads/{marina.pk}").status_code == 204
        marina.refresh_from_db()
        key = ApiKey.objects.get()
        assert (marina.deleted_by_kind, marina.deleted_by_id, marina.deleted_by_name) == ("key", key.pk, key.name)

    def test_a_line_in_the_log_says_so_by_ids(
        self,
        lead: MakeLead,
        system: Viewer,
        caplog: pytest.LogCaptureFixture,
        django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[list[object]]],
    ) -> None:
        marina = lead()
        caplog.set_level("INFO", "leadkeeper")
        with django_capture_on_commit_callbacks(execute=True):
            delete(marina.pk, by=system)
        (line,) = [LineFormatter().format(one) for one in caplog.records if one.name == "leadkeeper.leads.delete"]
        assert (
            f'lead deleted lead="{marina.pk}" organization="{system.organization_id}" by_kind="system" by=null' in line
        )
        assert marina.name not in line

    def test_a_lead_of_another_organization_does_not_exist(
        self, lead: MakeLead, system: Viewer, other_organization: Organization
    ) -> None:
        theirs = lead(organization=other_organization)
        with pytest.raises(NotFound):
            delete(theirs.pk, by=system)

    def test_roles_that_may_only_look(self, lead: MakeLead, viewer: Callable[..., Viewer]) -> None:
        with pytest.raises(NotAllowed):
            delete(lead().pk, by=viewer("support"))
