import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import transaction

from leadkeeper.leads.choices import Stage
from leadkeeper.leads.create import DuplicateLead
from leadkeeper.leads.delete import delete
from leadkeeper.leads.edit import LeadChanges, edit
from leadkeeper.leads.models import Lead, LeadCount
from leadkeeper.storage.errors import Conflict, Invalid, NotAllowed, NotFound
from leadkeeper.team.models import Organization
from leadkeeper.team.viewer import Viewer
from tests.at_once import at_once
from tests.conftest import MakePerson
from tests.leads.conftest import MakeLead, chained, history, topics_of, wrong_counters

pytestmark = pytest.mark.django_db


class TestFields:
    def test_what_is_given_changes_and_the_rest_stays(self, lead: MakeLead, system: Viewer) -> None:
        marina = lead(email="m@example.com", source="evento", temperature="frio")
        edit(marina.pk, LeadChanges(name=" Marina  Prado", temperature="quente"), by=system)

        kept = Lead.objects.get(pk=marina.pk)
        assert (kept.name, kept.temperature) == ("Marina Prado", "quente")
        assert (kept.phone, kept.email, kept.source) == (marina.phone, "m@example.com", "evento")
        assert kept.version == 2
        assert kept.updated_at > marina.updated_at

    def test_a_new_name_phone_and_email_are_found(self, lead: MakeLead, system: Viewer) -> None:
        marina = lead()
        changes = LeadChanges(name="Otávio", phone="(21) 99876-5432", email="O@Example.com")
        edit(marina.pk, changes, by=system)
        found = Lead.objects.visible_to(system).matching
        assert found("otavio").get() == found("2199876").get() == found("o example").get() == marina
        assert not found("marina").exists()

    def test_saving_what_is_so_already_is_no_new_version(
        self, lead: MakeLead, system: Viewer, organization: Organization
    ) -> None:
        marina = lead(phone="11 98765-4321")
        edit(marina.pk, LeadChanges(name="Marina Lopes", phone="+55 (11) 98765 4321", assigned_to=None), by=system)
        kept = Lead.objects.get(pk=marina.pk)
        assert (kept.version, kept.updated_at) == (1, marina.updated_at)

    def test_an_email_may_be_cleared_but_not_the_last_way_to_reach_somebody(
        self, lead: MakeLead, system: Viewer
    ) -> None:
        marina = lead(email="m@example.com")
        edit(marina.pk, LeadChanges(email=""), by=system)
        with pytest.raises(Invalid) as refused:
            edit(marina.pk, LeadChanges(phone=""), by=system)
        assert refused.value.field == "phone"
        assert Lead.objects.get(pk=marina.pk).folded_email == ""

    @pytest.mark.parametrize(
        ("field", "bad"),
        [("name", ""), ("phone", "12"), ("email", "x"), ("source", "TV spot"), ("stage", "?"), ("temperature", "?")],
    )
    def test_a_field_that_makes_no_sense_is_named_and_nothing_is_stored(
        self, lead: MakeLead, system: Viewer, field: str, bad: str
    ) -> None:
        marina = lead()
        with pytest.raises(Invalid) as refused:
            edit(marina.pk, replace(LeadChanges(message="new"), **{field: bad}), by=system)
        assert refused.value.field == field
        assert Lead.objects.get(pk=marina.pk).message == ""

    def test_a_new_stage_moves_the_counters(self, lead: MakeLead, system: Viewer, organization: Organization) -> None:
        marina = lead()
        edit(marina.pk, LeadChanges(stage=Stage.WON), by=system)
        assert list(LeadCount.objects.exclude(leads=0).values_list("stage", "leads")) == [(Stage.WON, 1)]
        assert wrong_counters(organization) == 0

    def test_open_pages_are_told_only_of_a_change(
        self, lead: MakeLead, system: Viewer, organization: Organization, other_organization: Organization
    ) -> None:
        from leadkeeper.live.models import Notice

        marina = lead()
        Notice.objects.all().delete()
        edit(marina.pk, LeadChanges(name=marina.name), by=system)
        assert topics_of(organization) == set()
        edit(marina.pk, LeadChanges(name="New"), by=system)
        assert topics_of(organization) == {"leads", f"lead:{marina.pk}"}
        assert topics_of(other_organization) == set()


class TestResponsible:
    def test_absent_keeps_an_id_sets_none_clears(self, lead: MakeLead, person: MakePerson, system: Viewer) -> None:
        bruno, erica = person("sdr", name="Bruno"), person("sdr", name="Érica")
        marina = lead(assigned_to=bruno.user_id)

        assert edit(marina.pk, LeadChanges(message="called"), by=system).assigned_to_id == bruno.user_id
        assert edit(marina.pk, LeadChanges(assigned_to=erica.user_id), by=system).assigned_to_id == erica.user_id
        assert edit(marina.pk, LeadChanges(assigned_to=None), by=system).assigned_to_id is None
        assert history(marina) == [
            (None, bruno.user_id),
            (bruno.user_id, erica.user_id),
            (erica.user_id, None),
        ]
        assert set(marina.ownership.values_list("reason", flat=True)) == {"created", "manual"}

    def test_fields_and_responsible_together_are_one_version(
        self, lead: MakeLead, person: MakePerson, system: Viewer, organization: Organization
    ) -> None:
        marina = lead()
        changes = LeadChanges(name="Marina P.", stage=Stage.QUALIFIED, assigned_to=person("sdr").user_id)
        edited = edit(marina.pk, changes, by=system)
        kept = Lead.objects.get(pk=marina.pk)
        assert (kept.version, kept.name, kept.stage) == (2, "Marina P.", Stage.QUALIFIED)
        assert (edited.version, edited.updated_at) == (kept.version, kept.updated_at)
        assert wrong_counters(organization) == 0

    def test_whoever_has_left_stays_responsible_until_somebody_changes_that(
        self, lead: MakeLead, person: MakePerson, system: Viewer
    ) -> None:
        lucas = person("sdr", name="Lucas")
        marina = lead(assigned_to=lucas.user_id)
        lucas.active = False
        lucas.save()

        edit(marina.pk, LeadChanges(message="called"), by=system)
        edit(marina.pk, LeadChanges(message="again", assigned_to=lucas.user_id), by=system)
        assert Lead.objects.get(pk=marina.pk).assigned_to_id == lucas.user_id

        edit(marina.pk, LeadChanges(assigned_to=None), by=system)
        with pytest.raises(Invalid) as refused:
            edit(marina.pk, LeadChanges(assigned_to=lucas.user_id), by=system)
        assert refused.value.field == "assigned_to"
        assert Lead.objects.get(pk=marina.pk).assigned_to_id is None

    def test_who_cannot_be_responsible_is_refused(
        self, lead: MakeLead, person: MakePerson, system: Viewer, other_organization: Organization
    ) -> None:
        marina = lead()
        stranger = person("sdr", organization=other_organization).user_id
        for id_ in (uuid.uuid4(), stranger, person("support").user_id, person("sdr", active=False).user_id):
            with pytest.raises(Invalid) as refused:
                edit(marina.pk, LeadChanges(name="New", assigned_to=id_), by=system)
            assert refused.value.field == "assigned_to"
        assert Lead.objects.get(pk=marina.pk).name == "Marina Lopes"


class TestWhoMay:
    @pytest.mark.parametrize("role", ["cs", "support"])
    def test_roles_that_may_only_look(self, lead: MakeLead, viewer: Callable[..., Viewer], role: str) -> None:
        with pytest.raises(NotAllowed):
            edit(lead().pk, LeadChanges(name="New"), by=viewer(role))

    def test_a_lead_of_another_organization_does_not_exist(
        self, lead: MakeLead, system: Viewer, other_organization: Organization
    ) -> None:
        theirs = lead(organization=other_organization)
        with pytest.raises(NotFound):
            edit(theirs.pk, LeadChanges(name="New"), by=system)

    def test_a_deleted_lead_does_not_exist(self, lead: MakeLead, system: Viewer) -> None:
        marina = lead()
        delete(marina.pk, by=system)
        with pytest.raises(NotFound):
            edit(marina.pk, LeadChanges(name="New"), by=system)


class TestVersion:
    def test_an_old_version_is_refused_and_the_present_one_is_not(self, lead: MakeLead, system: Viewer) -> None:
        marina = lead()
        edit(marina.pk, LeadChanges(name="First"), by=system, version=1)
        with pytest.raises(Conflict):
            edit(marina.pk, LeadChanges(name="Second"), by=system, version=1)
        assert edit(marina.pk, LeadChanges(name="Third"), by=system, version=2).name == "Third"


class TestDuplicates:
    def test_the_phone_or_email_of_another_lead_is_refused_with_that_lead(self, lead: MakeLead, system: Viewer) -> None:
        first = lead("First", phone="11 98765-4321", email="first@example.com")
        second = lead("Second")
        for changes in (LeadChanges(phone="+5511987654321"), LeadChanges(email="FIRST@example.com")):
            with pytest.raises(DuplicateLead) as refused:
                edit(second.pk, changes, by=system)
            assert refused.value.existing["id"] == first.pk

    def test_other_letters_in_ones_own_email_are_no_duplicate(self, lead: MakeLead, system: Viewer) -> None:
        marina = lead(email="m@example.com")
        assert edit(marina.pk, LeadChanges(email="M@example.com"), by=system).email == "M@example.com"


@pytest.mark.django_db(transaction=True)
class TestAtTheSameMoment:
    def test_of_two_who_saw_the_same_version_one_comes_too_late(self, lead: MakeLead, system: Viewer) -> None:
        marina = lead()

        def save(name: str) -> Lead:
            with transaction.atomic():
                return edit(marina.pk, LeadChanges(name=name), by=system, version=1)

        answers = at_once([lambda: save("Ana"), lambda: save("Bia")])
        saved = [answer for answer in answers if isinstance(answer, Lead)]
        assert [type(answer) for answer in answers if answer not in saved] == [Conflict]
        assert Lead.objects.get(pk=marina.pk).name == saved[0].name

    def test_two_leads_cannot_take_one_number(self, lead: MakeLead, system: Viewer) -> None:
        leads = [lead(), lead()]

        def take(each: Lead) -> Lead:
            with transaction.atomic():
                return edit(each.pk, LeadChanges(phone="11 98765-4321"), by=system)

        answers = at_once([lambda each=each: take(each) for each in leads])  # type: ignore[misc]
        assert sorted(type(answer).__name__ for answer in answers) == ["DuplicateLead", "Lead"]
        assert Lead.objects.filter(phone="+5511987654321").count() == 1

    def test_twenty_editors_of_one_lead_lose_nothing(
        self, lead: MakeLead, person: MakePerson, system: Viewer, organization: Organization
    ) -> None:
        marina, people = lead(), [person("sdr").user_id for _ in range(3)]

        def change(number: int) -> Lead:
            with transaction.atomic():
                return edit(
                    marina.pk,
                    LeadChanges(
                        message=f"Note {number}",
                        stage=list(Stage)[number % len(Stage)],
                        assigned_to=[*people, None][number % 4],
                    ),
                    by=system,
                )

        answers = at_once([lambda number=number: change(number) for number in range(20)])  # type: ignore[misc]

        assert all(isinstance(answer, Lead) for answer in answers), answers
        assert Lead.objects.get(pk=marina.pk).version == 21
        assert chained(marina)
        assert wrong_counters(organization) == 0
