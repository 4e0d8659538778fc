import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import connection, transaction

from leadkeeper.leads.create import DuplicateLead, NewLead, create
from leadkeeper.leads.delete import delete
from leadkeeper.leads.duplicates import with_mailbox, with_phone
from leadkeeper.leads.load import open_leads
from leadkeeper.leads.models import Lead, LeadCount
from leadkeeper.leads.phone import Phone
from leadkeeper.storage.errors import Invalid, NotAllowed
from leadkeeper.team.models import Organization
from leadkeeper.team.viewer import Kind, Viewer
from tests.at_once import at_once
from tests.conftest import MakePerson
from tests.leads.conftest import MakeLead, chained, history, topics_of, wrong_counters

pytestmark = pytest.mark.django_db
MARINA = NewLead(name="Marina Lopes", phone="(11) 98765-4321")


class TestWhatIsKept:
    def test_a_lead_with_all_its_fields(self, system: Viewer) -> None:
        made = create(
            NewLead(
                name="  João   da\tSilva ",
                phone="011 98765-4321",
                email=" Joao@Example.COM ",
                source="evento",
                campaign="Feira de Recife",
                stage="qualificado",
                temperature="quente",
                message="Quer começar já.\r\nLigar cedo.",
            ),
            by=system,
        )

        lead = Lead.objects.get(pk=made.pk)
        assert (lead.name, lead.phone, lead.email) == ("João da Silva", "+5511987654321", "Joao@Example.COM")
        assert (lead.folded_email, lead.source, lead.campaign) == ("joao@example.com", "evento", "Feira de Recife")
        assert (lead.stage, lead.temperature) == ("qualificado", "quente")
        assert lead.message == "Quer começar já.\nLigar cedo."
        assert (lead.version, lead.assigned_to_id, lead.assigned_at) == (1, None, None)
        assert lead.created_at == lead.updated_at

    def test_a_phone_number_without_a_country_is_of_the_organization_s(self, organization: Organization) -> None:
        organization.country = "GB"
        made = create(NewLead(name="Marina", phone="020 7946 0018"), by=Viewer.system(organization))
        assert made.phone == "+442079460018"

    @pytest.mark.parametrize(
        "name",
        ['O\'Brien "Bob" <b>&amp;</b>', "🙂👩🏽‍💻", "محمد عبد الله", "名" * 200, "Robert'); DROP TABLE leads_lead;--"],
    )
    def test_a_name_is_kept_as_it_is_written(self, system: Viewer, name: str) -> None:
        made = create(replace(MARINA, name=name), by=system)
        assert Lead.objects.get(pk=made.pk).name == name

    def test_what_no_database_keeps_is_left_out(self, system: Viewer) -> None:
        made = create(NewLead(name="Ma\0ri\ud800na", email="m@example.com", message="a\0b\nc"), by=system)
        lead = Lead.objects.get(pk=made.pk)
        assert (lead.name, lead.message) == ("Marina", "ab\nc")

    def test_a_name_that_unfolds_into_thousands_of_letters_is_still_found_by_its_phone(self, system: Viewer) -> None:
        made = create(replace(MARINA, name="ﷺ" * 200), by=system)
        assert Lead.objects.visible_to(system).matching("987654321").get() == made

    def test_open_pages_are_told(self, system: Viewer, organization: Organization) -> None:
        made = create(MARINA, by=system)
        assert topics_of(organization) == {"leads", f"lead:{made.pk}"}


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("field", "bad"),
        [
            ("name", ""),
            ("name", " \t\n"),
            ("name", "\0"),
            ("name", "\u200b"),
            ("name", "\u3164 \u202e"),
            ("name", "x" * 201),
            ("phone", "12"),
            ("email", "marina"),
            ("email", "a@b"),
            ("email", "a b@example.com"),
            ("email", f"{'x' * 60}@{'y' * 60}.{'z' * 60}.{'w' * 60}.{'v' * 60}.com"),
            ("source", "TV spot"),
            ("campaign", "x" * 201),
            ("stage", "sold"),
            ("stage", ""),
            ("temperature", "hot"),
            ("message", "x" * 10_001),
        ],
    )
    def test_a_field_that_makes_no_sense_is_named(self, system: Viewer, field: str, bad: str) -> None:
        with pytest.raises(Invalid) as refused:
            create(replace(MARINA, **{field: bad}), by=system)
        assert refused.value.field == field
        assert not Lead.objects.exists()
        assert not LeadCount.objects.exists()

    def test_a_lead_that_nobody_could_reach(self, system: Viewer) -> None:
        with pytest.raises(Invalid) as refused:
            create(NewLead(name="Marina"), by=system)
        assert refused.value.field == "phone"

    @pytest.mark.parametrize("role", ["cs", "support"])
    def test_roles_that_may_only_look(self, viewer: Callable[..., Viewer], role: str) -> None:
        with pytest.raises(NotAllowed):
            create(MARINA, by=viewer(role))


class TestFirstResponsible:
    def test_the_chosen_person_with_the_first_line_of_history(self, system: Viewer, person: MakePerson) -> None:
        bruno = person("sdr", name="Bruno")
        made = create(replace(MARINA, assigned_to=bruno.user_id), by=system)

        lead = Lead.objects.get(pk=made.pk)
        change = lead.ownership.get()
        assert lead.assigned_to_id == bruno.user_id
        assert lead.assigned_at is not None
        assert lead.version == 1
        assert history(lead) == [(None, bruno.user_id)]
        assert (change.reason, change.by_kind, change.by_id) == ("created", "system", None)

    def test_nobody_when_that_is_said(self, viewer: Callable[..., Viewer]) -> None:
        made = create(replace(MARINA, assigned_to=None), by=viewer("sdr"))
        assert made.assigned_to is None
        assert history(made) == []

    def test_whoever_enters_it_when_nothing_is_said(self, viewer: Callable[..., Viewer]) -> None:
        ana = viewer("sdr")
        made = create(MARINA, by=ana)
        assert made.assigned_to_id == ana.person_id

    def test_nobody_when_nothing_is_said_and_the_organization_prefers_that(self, viewer: Callable[..., Viewer]) -> None:
        ana = viewer("sdr")
        ana.organization.new_lead_default = Organization.NewLeadDefault.NOBODY
        assert create(MARINA, by=ana).assigned_to is None

    def test_nobody_when_nothing_is_said_by_somebody_who_may_not_own_leads(self, person: MakePerson) -> None:
        manager = person("manager")
        manager.may_own_leads = False
        manager.save()
        assert create(MARINA, by=Viewer.of(manager)).assigned_to is None

    def test_nobody_when_nothing_is_said_by_a_key(self, system: Viewer) -> None:
        assert create(MARINA, by=replace(system, kind=Kind.KEY, key_id=uuid.uuid4())).assigned_to is None

    def test_who_cannot_be_responsible_is_refused(
        self, system: Viewer, person: MakePerson, other_organization: Organization
    ) -> None:
        refused_here = {
            "unknown": uuid.uuid4(),
            "departed": person("sdr", active=False).user_id,
            "support": person("support").user_id,
            "elsewhere": person("sdr", organization=other_organization).user_id,
        }
        for who, id_ in refused_here.items():
            with pytest.raises(Invalid) as refused, transaction.atomic():
                create(replace(MARINA, assigned_to=id_), by=system)
            assert refused.value.field == "assigned_to", who
        assert not Lead.objects.exists()

    def test_support_that_was_allowed_to_own_leads(self, system: Viewer, person: MakePerson) -> None:
        helper = person("support")
        helper.may_own_leads = True
        helper.save()
        assert create(replace(MARINA, assigned_to=helper.user_id), by=system).assigned_to_id == helper.user_id


class TestDuplicates:
    def test_the_same_number_in_another_form_leads_to_the_lead_that_exists(
        self, system: Viewer, person: MakePerson
    ) -> None:
        bruno = person("sdr")
        first = create(replace(MARINA, assigned_to=bruno.user_id), by=system)
        with pytest.raises(DuplicateLead) as refused:
            create(NewLead(name="M. Lopes", phone="+55 11 987654321"), by=system)
        assert refused.value.existing == {
            "id": first.pk,
            "name": "Marina Lopes",
            "stage": "novo",
            "assigned_to": bruno.user_id,
        }
        assert Lead.objects.count() == 1

    def test_the_same_mailbox_in_other_letters(self, system: Viewer) -> None:
        create(NewLead(name="Marina", email="Marina@Example.com"), by=system)
        with pytest.raises(DuplicateLead):
            create(NewLead(name="Other", phone="11 3333-4444", email="marina@example.COM"), by=system)

    def test_many_leads_without_a_phone_or_without_an_email_are_no_duplicates(self, system: Viewer) -> None:
        for number in range(3):
            create(NewLead(name="Marina", email=f"m{number}@example.com"), by=system)
            create(NewLead(name="Marina", phone=f"11 3333-444{number}"), by=system)
        assert Lead.objects.count() == 6

    def test_another_organization_may_know_the_same_person(
        self, system: Viewer, other_organization: Organization
    ) -> None:
        create(MARINA, by=system)
        create(MARINA, by=Viewer.system(other_organization))
        assert Lead.objects.count() == 2

    def test_a_deleted_lead_frees_its_phone_and_its_mailbox(self, system: Viewer) -> None:
        both = replace(MARINA, email="m@example.com")
        delete(create(both, by=system).pk, by=system)
        assert create(both, by=system).phone == "+5511987654321"

    @pytest.mark.parametrize("index", ["lead_phone_and_extension_once", "lead_email_once"])
    def test_looking_first_is_quick_among_a_million_leads(self, system: Viewer, index: str) -> None:
        Lead.objects.bulk_create(
            Lead(organization=system.organization, name="Many", phone=f"+55{number}", folded_email=f"{number}@x.com")
            for number in range(500)
        )
        here = system.organization_id
        looked_at = with_mailbox(here, "x") if index == "lead_email_once" else with_phone(here, Phone("+551133334444"))
        asked = looked_at.order_by("pk")[:1]
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                # Among so few it would rather read them all; and of an empty table any index would do.
                cursor.execute("SET LOCAL enable_seqscan = off")
                cursor.execute("ANALYZE leads_lead")
            assert index in asked.explain()


@pytest.mark.django_db(transaction=True)
class TestAtTheSameMoment:
    def test_twelve_enter_one_lead_and_one_comes_through(self, system: Viewer, person: MakePerson) -> None:
        people = [person("sdr", name=f"Seller {number}") for number in range(12)]

        def enter(number: int) -> Lead:
            data = NewLead(
                name=f"Marina {number}",
                phone="11 98765-4321" if number % 2 else "+5511987654321",
                email="marina@example.com",
                assigned_to=people[number].user_id,
            )
            with transaction.atomic():
                return create(data, by=system)

        answers = at_once([lambda number=number: enter(number) for number in range(12)])  # type: ignore[misc]

        made = [answer for answer in answers if isinstance(answer, Lead)]
        refused = [answer for answer in answers if isinstance(answer, DuplicateLead)]
        assert (len(made), len(refused)) == (1, 11), answers
        assert {answer.existing["id"] for answer in refused} == {made[0].pk}
        assert Lead.objects.get() == made[0]
        assert chained(made[0])
        assert wrong_counters(system.organization) == 0

    def test_a_phone_of_one_and_a_mailbox_of_another_are_one_lead_too(self, system: Viewer) -> None:
        def enter(email: str, phone: str) -> Lead:
            with transaction.atomic():
                return create(NewLead(name="Marina", email=email, phone=phone), by=system)

        both, phone_only, email_only = at_once(
            [
                lambda: enter("m@example.com", "11 98765-4321"),
                lambda: enter("", "11 98765-4321"),
                lambda: enter("m@example.com", ""),
            ]
        )
        made = [answer for answer in (both, phone_only, email_only) if isinstance(answer, Lead)]
        assert len(made) == (1 if isinstance(both, Lead) else 2)
        assert Lead.objects.count() == len(made)

    def test_many_sellers_enter_many_leads_and_every_one_is_counted(
        self, system: Viewer, person: MakePerson, organization: Organization
    ) -> None:
        bruno, carla = person("sdr", name="Bruno"), person("sdr", name="Carla")

        def enter(number: int) -> Lead:
            owner = (bruno.user_id, carla.user_id, None)[number % 3]
            with transaction.atomic():
                return create(NewLead(name="Lead", phone=f"11 98765-{number:04}", assigned_to=owner), by=system)

        answers = at_once([lambda number=number: enter(number) for number in range(24)])  # type: ignore[misc]

        assert all(isinstance(answer, Lead) for answer in answers), answers
        assert open_leads(organization.id, [bruno.user_id, carla.user_id]) == {bruno.user_id: 8, carla.user_id: 8}
        assert wrong_counters(organization) == 0


def test_the_factory_makes_leads_of_their_own(lead: MakeLead) -> None:
    assert lead().phone != lead().phone
