"""Choosing by hand who is responsible, and saying why."""

from collections.abc import Callable

import pytest
from django.db import transaction

from leadkeeper.leads.choose import ChangedMeanwhile, choose, explain
from leadkeeper.leads.models import Lead
from leadkeeper.storage.errors import Conflict, Invalid, NotAllowed, NotFound
from leadkeeper.team.models import Organization
from leadkeeper.team.viewer import Viewer
from tests.at_once import at_once
from tests.conftest import MakePerson
from tests.leads.conftest import MakeLead, chained, history, topics_of

pytestmark = pytest.mark.django_db
MakeViewer = Callable[..., Viewer]


class TestChoose:
    def test_who_sees_it_as_it_is_chooses(self, lead: MakeLead, person: MakePerson, viewer: MakeViewer) -> None:
        bruno, ana = person("sdr"), viewer("manager")
        marina, change = choose(lead().pk, bruno.user_id, by=ana, seen=None)
        assert marina.assigned_to == bruno.user
        assert change is not None
        assert (change.reason, change.by_id) == ("manual", ana.person_id)

    def test_who_has_not_seen_what_happened_meanwhile_is_told_and_changes_nothing(
        self, lead: MakeLead, person: MakePerson, viewer: MakeViewer
    ) -> None:
        bruno, carla = person("sdr", name="Bruno Dias"), person("sdr")
        marina = lead(assigned_to=bruno.user_id)
        with pytest.raises(ChangedMeanwhile, match="Somebody changed this to Bruno Dias"):
            choose(marina.pk, carla.user_id, by=viewer("manager"), seen=None)
        assert history(marina) == [(None, bruno.user_id)]

    def test_nobody_is_named_as_such(self, lead: MakeLead, person: MakePerson, viewer: MakeViewer) -> None:
        bruno, carla = person("sdr"), person("sdr")
        with pytest.raises(ChangedMeanwhile, match="removed the responsible person"):
            choose(lead().pk, carla.user_id, by=viewer("manager"), seen=bruno.user_id)

    def test_two_who_want_the_same_do_not_disturb_each_other(
        self, lead: MakeLead, person: MakePerson, viewer: MakeViewer
    ) -> None:
        bruno = person("sdr")
        _, change = choose(lead(assigned_to=bruno.user_id).pk, bruno.user_id, by=viewer("sdr"), seen=None)
        assert change is None

    def test_who_does_not_say_what_they_saw_is_taken_at_their_word(
        self, lead: MakeLead, person: MakePerson, viewer: MakeViewer
    ) -> None:
        marina = lead(assigned_to=person("sdr").user_id)
        choose(marina.pk, None, by=viewer("sdr"))
        assert Lead.objects.get(pk=marina.pk).assigned_to is None

    @pytest.mark.parametrize("role", ["cs", "support"])
    def test_who_may_not_edit_leads_chooses_nobody(self, lead: MakeLead, viewer: MakeViewer, role: str) -> None:
        with pytest.raises(NotAllowed):
            choose(lead().pk, None, by=viewer(role))

    def test_a_lead_of_another_organization_does_not_exist(
        self, lead: MakeLead, viewer: MakeViewer, other_organization: Organization
    ) -> None:
        with pytest.raises(NotFound):
            choose(lead(organization=other_organization).pk, None, by=viewer("owner"))


@pytest.mark.django_db(transaction=True)
def test_of_two_who_choose_at_the_same_moment_one_is_told_of_the_other(
    lead: MakeLead, person: MakePerson, viewer: MakeViewer
) -> None:
    marina = lead()
    people = [person("sdr"), person("sdr")]
    choosers = [viewer("manager"), viewer("manager")]

    def chooses(number: int) -> Callable[[], object]:
        def run() -> object:
            with transaction.atomic():
                return choose(marina.pk, people[number].user_id, by=choosers[number], seen=None)

        return run

    answers = at_once([chooses(0), chooses(1)])
    assert [type(answer) for answer in answers].count(ChangedMeanwhile) == 1
    assert len(history(marina)) == 1
    assert chained(marina)


class TestExplain:
    def test_whoever_made_the_change_says_why_and_open_pages_show_it(
        self, lead: MakeLead, person: MakePerson, viewer: MakeViewer, organization: Organization
    ) -> None:
        ana = viewer("manager")
        marina, change = choose(lead().pk, person("sdr").user_id, by=ana)
        assert change is not None
        explain(marina.pk, change.pk, "  She asked\x00 for him ", by=ana)
        assert marina.ownership.get().note == "She asked for him"
        assert f"lead:{marina.pk}" in topics_of(organization)
        explain(marina.pk, change.pk, "", by=ana)
        assert marina.ownership.get().note == ""

    def test_nobody_else_does(self, lead: MakeLead, person: MakePerson, viewer: MakeViewer, system: Viewer) -> None:
        marina, change = choose(lead().pk, person("sdr").user_id, by=viewer("manager"))
        assert change is not None
        for other in (viewer("owner"), system):
            with pytest.raises(NotAllowed):
                explain(marina.pk, change.pk, "I know better", by=other)

    def test_a_change_that_another_one_followed_stays_as_it_is(
        self, lead: MakeLead, person: MakePerson, viewer: MakeViewer
    ) -> None:
        ana = viewer("manager")
        marina, change = choose(lead().pk, person("sdr").user_id, by=ana)
        choose(marina.pk, None, by=viewer("manager"))
        assert change is not None
        for id_ in (change.pk, 0):
            with pytest.raises(Conflict):
                explain(marina.pk, id_, "Too late", by=ana)

    def test_a_note_that_is_too_long_is_refused(self, lead: MakeLead, person: MakePerson, viewer: MakeViewer) -> None:
        ana = viewer("manager")
        marina, change = choose(lead().pk, person("sdr").user_id, by=ana)
        assert change is not None
        with pytest.raises(Invalid, match="1000"):
            explain(marina.pk, change.pk, "x" * 1001, by=ana)
