"""What an organization decides for everybody."""

import uuid

import pytest
from django.db import transaction

from leadkeeper.live.models import Notice
from leadkeeper.storage.errors import Invalid, NotAllowed
from leadkeeper.team.models import Organization
from leadkeeper.team.policies import PolicyChanges, set_policies
from leadkeeper.team.viewer import Viewer


@pytest.mark.django_db
class TestSetPolicies:
    def test_only_what_is_given_is_set(self, organization, viewer):
        after = set_policies(PolicyChanges(visibility="own_and_unassigned"), by=viewer("admin"))
        kept = Organization.objects.get(pk=organization.pk)
        assert (kept.visibility, kept.assigning, kept.name) == ("own_and_unassigned", "anyone", organization.name)
        assert after == kept

    def test_open_pages_are_told_once_something_changed(self, viewer):
        set_policies(PolicyChanges(visibility="all"), by=viewer("admin"))
        assert not Notice.objects.exists()
        set_policies(PolicyChanges(assigning="managers"), by=viewer("admin"))
        assert set(Notice.objects.values_list("topic", flat=True)) == {"team", "leads"}

    @pytest.mark.parametrize("role", ["manager", "member", "sdr", "cs", "support"])
    def test_only_owners_and_administrators_decide(self, viewer, role):
        with pytest.raises(NotAllowed):
            set_policies(PolicyChanges(visibility="own_and_unassigned"), by=viewer(role))

    @pytest.mark.parametrize(
        ("field", "changes"),
        [
            ("name", {"name": "  "}),
            ("name", {"name": "x" * 201}),
            ("name", {"name": "nul\0"}),
            ("country", {"country": "XX"}),
            ("country", {"country": "br"}),
            ("visibility", {"visibility": "some"}),
            ("assigning", {"assigning": ""}),
            ("new_lead_default", {"new_lead_default": "king"}),
            ("new_lead_person", {"new_lead_default": "person"}),
            ("new_lead_person", {"new_lead_person_id": uuid.uuid4()}),
            ("departure_policy", {"departure_policy": "fire"}),
            ("successor", {"departure_policy": "successor"}),
        ],
    )
    def test_what_makes_no_sense_is_refused_by_its_field(self, organization, viewer, field, changes):
        with pytest.raises(Invalid) as refused:
            set_policies(PolicyChanges(**changes), by=viewer("owner"))
        assert refused.value.field == field
        assert str(refused.value)
        assert Organization.objects.get(pk=organization.pk).name == organization.name

    @pytest.mark.parametrize("who", ["inactive", "support", "another organization"])
    def test_only_those_who_may_own_leads_are_named(self, viewer, person, who, other_organization):
        named = {
            "inactive": lambda: person("sdr", active=False),
            "support": lambda: person("support"),
            "another organization": lambda: person("sdr", organization=other_organization),
        }[who]()
        for changes in (
            PolicyChanges(new_lead_default="person", new_lead_person_id=named.user_id),
            PolicyChanges(departure_policy="successor", successor_id=named.user_id),
        ):
            with pytest.raises(Invalid):
                set_policies(changes, by=viewer("owner"))

    def test_who_was_named_and_left_hinders_nobody_from_deciding_the_rest(self, viewer, person):
        named = person("sdr")
        by = viewer("owner")
        set_policies(PolicyChanges(new_lead_default="person", new_lead_person_id=named.user_id), by=by)
        named.active = False
        named.save()
        after = set_policies(PolicyChanges(name="Aurora", new_lead_default="me"), by=by)
        assert (after.name, after.new_lead_default) == ("Aurora", "me")
        with pytest.raises(Invalid):
            set_policies(PolicyChanges(new_lead_default="person"), by=by)

    def test_another_organization_decides_for_itself(self, organization, other_organization):
        set_policies(PolicyChanges(visibility="own_and_unassigned"), by=Viewer.system(other_organization))
        assert Organization.objects.get(pk=organization.pk).visibility == "all"

    def test_no_more_than_it_takes(self, viewer, person, django_assert_num_queries):
        by, named = viewer("owner"), person("sdr")
        with transaction.atomic(), django_assert_num_queries(4):
            set_policies(PolicyChanges(new_lead_default="person", new_lead_person_id=named.user_id), by=by)
