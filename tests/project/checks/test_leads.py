from collections import Counter

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadkeeper.leads.choices import Stage
from leadkeeper.leads.load import recount
from leadkeeper.leads.models import Lead, LeadCount
from leadkeeper.project.checks import leads

pytestmark = pytest.mark.django_db

STAGES = [Stage.NEW, Stage.WON]
places = st.tuples(st.sampled_from([None, 0, 1]), st.sampled_from(STAGES))


@pytest.fixture
def people(person):
    return [person("sdr").user, person("sdr").user]


class TestCounters:
    def test_of_nothing_are_exact(self, organization):
        assert leads.counters().status == "ok"

    def test_that_are_wrong_are_told_with_the_remedy(self, organization):
        LeadCount.objects.create(organization=organization, responsible=LeadCount.NOBODY, stage=Stage.NEW, leads=3)
        finding = leads.counters()
        assert (finding.status, finding.detail) == ("problem", "1 counter of leads is wrong.")
        assert "--recount" in finding.remedy

    def test_deleted_leads_and_other_organizations_do_not_count(self, organization, other_organization):
        Lead.objects.create(organization=other_organization, name="Elsewhere")
        gone = Lead.objects.create(organization=organization, name="Gone")
        assert leads.wrong_counters() == 1
        gone.deleted_at = gone.created_at
        gone.save()
        assert leads.wrong_counters() == 0

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(there=st.lists(places, max_size=8), kept=st.dictionaries(places, st.integers(0, 3), max_size=6))
    def test_as_many_are_wrong_as_a_recount_corrects(self, organization, people, there, kept):
        Lead.objects.all().delete()
        LeadCount.objects.all().delete()
        for number, stage in there:
            assigned_to = None if number is None else people[number]
            Lead.objects.create(organization=organization, name="Ana", assigned_to=assigned_to, stage=stage)
        for (number, stage), count in kept.items():
            responsible = LeadCount.NOBODY if number is None else people[number].id
            LeadCount.objects.create(organization=organization, responsible=responsible, stage=stage, leads=count)

        counted = Counter(there)
        differing = sum(counted[place] != kept.get(place, 0) for place in {*counted, *kept})
        assert leads.wrong_counters() == differing
        with transaction.atomic():
            assert recount(organization) == differing
        assert leads.wrong_counters() == 0
