"""Leads and people that were stored before one line, one mailbox and one word were told by their better forms."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test.utils import CaptureQueriesContext

from leadkeeper.leads.fields import words_of
from leadkeeper.leads.models import Lead
from leadkeeper.leads.search.search import search
from leadkeeper.storage.words import searchable, sortable
from leadkeeper.team.models import Membership
from leadkeeper.team.organizations import HOME_ID, home
from leadkeeper.team.viewer import Viewer

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = [("leads", "0009_quicker_lists"), ("team", "0004_room_for_updates")]
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def migrate(targets: list[tuple[str, str]]) -> Any:
    """Answers the models as they are then."""
    executor = MigrationExecutor(connection)
    return executor.migrate(targets).apps


def latest() -> list[tuple[str, str]]:
    return [leaf for leaf in MigrationExecutor(connection).loader.graph.leaf_nodes() if leaf[0] in ("leads", "team")]


@pytest.fixture
def before() -> Iterator[SimpleNamespace]:
    """The models of the release before, and a way to store leads and people as it did."""
    models = migrate(BEFORE)
    leads, users, memberships = (
        models.get_model(*name) for name in (("leads", "Lead"), ("team", "User"), ("team", "Membership"))
    )

    def lead(name: str, *, phone: str = "", email: str = "", **more: Any) -> uuid.UUID:
        more = {"created_at": NOW + timedelta(seconds=leads.objects.count()), **more}
        words = "".join(f" {word}" for word in (phone.removeprefix("+"), *name.casefold().split()) if word)
        folded = email.casefold()
        made = leads.objects.create(
            organization_id=HOME_ID, name=name, phone=phone, email=email, folded_email=folded, words=words, **more
        )
        return uuid.UUID(str(made.pk))

    def person(name: str) -> None:
        user = users.objects.create(id=uuid.uuid4(), username=uuid.uuid4().hex, name=name)
        memberships.objects.create(
            organization_id=HOME_ID, user=user, folded_name=name.casefold(), words=f" {name.casefold()}"
        )

    yield SimpleNamespace(lead=lead, person=person, models=models, leads=leads)
    migrate(latest())


def after(id_: uuid.UUID) -> Lead:
    return Lead.objects.get(pk=id_)


class TestForward:
    def test_words_are_folded_as_they_are_from_now_on(self, before: SimpleNamespace) -> None:
        ids = [before.lead(name) for name in ("Łukasz Søren", "Jo\u00adana", "João", "Ana", "محمد")]
        before.person("Łukasz")
        migrate(latest())
        for id_ in ids:
            assert after(id_).words in (words_of(after(id_)), f" {after(id_).name.casefold()}")
        system = Viewer.system(home())
        assert [lead.pk for lead in search(system, query="lukasz soren")] == ids[:1]
        assert [lead.pk for lead in search(system, query="joana")] == ids[1:2]
        membership = Membership.objects.get(user__name="Łukasz")
        assert (membership.folded_name, membership.words) == (sortable("Łukasz"), searchable("Łukasz"))

    PHONES: ClassVar = (
        ("+551187654321", "+5511987654321"),
        ("+5215512345678", "+525512345678"),
        ("+551133334444", "+551133334444"),
        ("+541123456789", "+541123456789"),
        # Nobody knows where these are from.
        ("+5533334444", "+5533334444"),
        ("+5511111111111", "+5511111111111"),
        # 0055 11 98765-4399, which was read as a number of the United States; and 0055 31 …, of the Netherlands.
        ("+11987654399", "+5511987654399"),
        ("+3133334444", "+553133334444"),
        # A valid number of another country is one.
        ("+12125550123", "+12125550123"),
        ("+31201234567", "+31201234567"),
    )

    def test_a_phone_in_an_old_form_is_rewritten(self, before: SimpleNamespace) -> None:
        ids = [before.lead("Marina", phone=stored) for stored, _phone in self.PHONES]
        migrate(latest())
        for id_, (stored, phone) in zip(ids, self.PHONES, strict=True):
            lead = after(id_)
            assert (lead.phone, lead.phone_extension, lead.duplicate_of) == (phone, "", None)
            if phone != stored:
                assert lead.words == words_of(lead)

    def test_an_address_loses_what_nobody_sees_and_is_compared_as_dns_has_it(self, before: SimpleNamespace) -> None:
        hidden = before.lead("Ana", email="a\u200bna@example.com")
        unicode = before.lead("Zoe", email="Z@MÜNCHEN.example")
        migrate(latest())
        assert (after(hidden).email, after(hidden).folded_email) == ("ana@example.com", "ana@example.com")
        assert (after(unicode).email, after(unicode).folded_email) == ("Z@MÜNCHEN.example", "z@xn--mnchen-3ya.example")
        assert [lead.pk for lead in search(Viewer.system(home()), query="z@münchen.example")] == [unicode]

    PAIRS: ClassVar = (
        ({"phone": "+5511987654321"}, {"phone": "+551187654321"}),
        ({"phone": "+551187654322"}, {"phone": "+5511987654322"}),
        ({"phone": "+541123456789"}, {"phone": "+5491123456789"}),
        ({"phone": "+5511987654323"}, {"phone": "+11987654323"}),
        ({"email": "z@münchen.example"}, {"email": "z@xn--mnchen-3ya.example"}),
        ({"email": "ana@example.com"}, {"email": "ana\u200b@example.com"}),
        ({"email": "\u200bbia@example.com"}, {"email": "bia\u200b@example.com"}),
    )

    def test_two_that_turn_out_to_be_one_stay_and_the_later_one_is_marked(self, before: SimpleNamespace) -> None:
        pairs = [(before.lead("Marina", **one), before.lead("Marina L.", **other)) for one, other in self.PAIRS]
        migrate(latest())
        for earlier, later in pairs:
            assert (after(earlier).duplicate_of_id, after(later).duplicate_of_id) == (None, earlier)
        assert Lead.objects.visible_to(Viewer.system(home())).count() == 2 * len(pairs)

    def test_of_many_the_first_is_the_one_that_others_meet(self, before: SimpleNamespace) -> None:
        phones, emails = ["+5511987654321", "+551187654321"], ["ana@example.com", "ana\u200b@example.com"]
        by_mailbox = before.lead("A", email=emails[1])
        by_phone = before.lead("B", phone=phones[1])
        both = before.lead("C", phone=phones[0], email=emails[0])
        migrate(latest())
        assert [after(id_).duplicate_of_id for id_ in (by_mailbox, by_phone)] == [None, None]
        assert after(both).duplicate_of_id == by_mailbox

    def test_one_that_equals_two_others_makes_these_not_equal(self, before: SimpleNamespace) -> None:
        by_mailbox = before.lead("A", email="ana@example.com")
        by_phone = before.lead("B", phone="+5511987654321")
        both = before.lead("C", phone="+551187654321", email="ana\u200b@example.com")
        migrate(latest())
        assert [after(id_).duplicate_of_id for id_ in (by_mailbox, by_phone, both)] == [None, None, by_mailbox]

    def test_a_lead_that_is_older_than_those_it_equals(self, before: SimpleNamespace) -> None:
        by_mailbox = before.lead("A", email="ana@example.com")
        by_phone = before.lead("B", phone="+5511987654321")
        first = before.lead(
            "C", phone="+551187654321", email="ana\u200b@example.com", created_at=NOW - timedelta(days=1)
        )
        migrate(latest())
        assert after(first).duplicate_of is None
        assert {after(id_).duplicate_of_id for id_ in (by_mailbox, by_phone)} == {first}

    def test_what_is_deleted_keeps_nobody_out(self, before: SimpleNamespace) -> None:
        before.lead("Gone", phone="+5511987654321", deleted_at=NOW)
        id_ = before.lead("Marina", phone="+551187654321")
        migrate(latest())
        assert after(id_).duplicate_of is None

    def test_who_was_changed_last_and_when_is_not_touched(self, before: SimpleNamespace) -> None:
        id_ = before.lead("Łukasz", phone="+551187654321", updated_at=NOW, version=7)
        migrate(latest())
        assert (after(id_).updated_at, after(id_).version) == (NOW, 7)

    def test_two_views_of_a_person_whose_names_become_the_same_stay(self, before: SimpleNamespace) -> None:
        before.person("Ana")
        user = before.models.get_model("team", "User").objects.get()
        views = before.models.get_model("leads", "SavedView").objects
        for name in ("Lodz", "Łódź", "Ærø"):
            views.create(organization_id=HOME_ID, person=user, name=name, folded_name=name.casefold())
        models = migrate(latest())
        names = models.get_model("leads", "SavedView").objects.values_list("name", "folded_name")
        assert dict(names) == {"Lodz": "lodz", "Łódź": "łódź", "Ærø": "aero"}

    def test_nothing_is_written_of_leads_that_are_as_they_should_be(self, before: SimpleNamespace) -> None:
        for number in range(5):
            before.lead(f"João {number}", phone=f"+551198765432{number}", email=f"joao{number}@example.com")
        with CaptureQueriesContext(connection) as captured:
            migrate([("leads", "0013_phone_and_extension_once"), ("team", "0007_plain_letters")])
        assert not [query for query in captured if query["sql"].startswith('UPDATE "leads_lead"')]


class TestBackAgain:
    def test_the_release_before_finds_what_it_looks_for(self, before: SimpleNamespace) -> None:
        lead = before.lead("Łukasz", phone="+551187654321", email="Z@MÜNCHEN.example")
        before.person("Łukasz")
        migrate(latest())
        models = migrate(BEFORE)
        back = models.get_model("leads", "Lead").objects.get(pk=lead)
        assert (back.phone, back.folded_email) == ("+5511987654321", "z@münchen.example")
        assert set(back.words.split()) >= {"łukasz", "5511987654321", "11987654321", "987654321"}
        membership = models.get_model("team", "Membership").objects.get(user__name="Łukasz")
        assert (membership.folded_name, membership.words) == ("łukasz", " łukasz")

    def test_colleagues_at_one_number_are_one_lead_there_and_stay_two_rows(self, before: SimpleNamespace) -> None:
        migrate(latest())
        for extension in ("12", "13"):
            Lead.objects.create(
                organization_id=HOME_ID, name=f"At {extension}", phone="+551133334444", phone_extension=extension
            )
        models = migrate(BEFORE)
        first, second = models.get_model("leads", "Lead").objects.order_by("created_at")
        assert (first.duplicate_of_id, second.duplicate_of_id) == (None, first.pk)
