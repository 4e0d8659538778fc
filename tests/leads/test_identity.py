"""What makes two leads the same: one line and extension, or one mailbox, however they are written."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from leadkeeper.leads.models import Lead
from leadkeeper.team.models import Organization
from tests.leads.conftest import MakeLead

pytestmark = pytest.mark.django_db
Api = Callable[..., Client]


def post(client: Client, **body: Any) -> Any:
    return client.post("/api/leads", {"name": "Marina", **body}, content_type="application/json")


def patch(client: Client, id_: Any, **body: Any) -> Any:
    return client.patch(f"/api/leads/{id_}", body, content_type="application/json")


def refused(answer: Any) -> tuple[str, str]:
    assert answer.status_code == 422, answer.content
    (error,) = answer.json()["errors"]
    return error["field"], error["message"]


class TestPhones:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("(11) 98765-4321", "(11) 8765-4321"),
            ("(11) 98765-4321", "551187654321"),
            ("(11) 98765-4321", "5511987654321"),
            ("(11) 98765-4321", "0055 11 98765-4321"),
            ("+52 55 1234 5678", "+52 1 55 1234 5678"),
            ("+54 11 2345-6789", "+54 9 11 2345-6789"),
            ("+351 912 345 678", "00 351 912 345 678"),
            ("(11) 3333-4444 ramal 12", "+55 11 3333-4444 x12"),
            ("+54 11 2345-6789 ext. 12", "+54 9 11 2345-6789 ramal 12"),
        ],
    )
    def test_one_line_is_one_lead_in_either_order(self, api: Api, one: str, other: str) -> None:
        client = api()
        for first, second in ((one, other), (other, one)):
            made = post(client, phone=first)
            assert made.status_code == 201, made.content
            again = post(client, phone=second)
            assert again.status_code == 409
            assert again.json()["existing"]["id"] == made.json()["id"]
            client.delete(f"/api/leads/{made.json()['id']}")

    def test_of_argentinian_numbers_the_one_that_can_be_called_is_answered(self, api: Api) -> None:
        assert post(api(), phone="+54 9 11 2345-6789").json()["phone"] == "+5491123456789"
        assert post(api(), phone="+54 11 4321-0000").json()["phone"] == "+541143210000"

    def test_a_number_that_is_refused_stores_nothing(self, api: Api) -> None:
        assert refused(post(api(), phone="98765-4321")) == ("phone", "The area code is missing.")
        assert refused(post(api(), phone="(00) 00000-0000")) == ("phone", "Not a valid phone number.")
        assert not Lead.objects.exists()

    def test_a_number_from_before_is_accepted_as_it_was_answered(self, api: Api, lead: MakeLead) -> None:
        old = lead()
        Lead.objects.update(phone="+5533334444")
        answer = patch(api(), old.pk, phone="+5533334444", message="Called")
        assert (answer.status_code, answer.json()["phone"]) == (200, "+5533334444")
        assert refused(patch(api(), old.pk, phone="3333-4444"))[0] == "phone"

    def test_the_organization_says_where_a_number_is_from(self, api: Api, organization: Organization) -> None:
        organization.country = "MX"
        organization.save()
        assert post(api(), phone="044 55 1234 5678").json()["phone"] == "+525512345678"


class TestExtensions:
    @pytest.mark.parametrize(
        "body",
        [
            {"phone": "(11) 3333-4444 ramal 12"},
            {"phone": "(11) 3333-4444", "phone_extension": "12"},
            {"phone": "(11) 3333-4444 x12", "phone_extension": "12"},
            {"phone": "(11) 3333-4444 ext. 12", "phone_extension": None},
        ],
    )
    def test_written_in_the_number_or_given_by_itself(self, api: Api, body: dict[str, str]) -> None:
        made = post(api(), **body).json()
        assert (made["phone"], made["phone_extension"]) == ("+551133334444", "12")
        assert api().get(f"/api/leads/{made['id']}").json()["phone_extension"] == "12"

    def test_colleagues_at_one_number_are_several_leads(self, api: Api) -> None:
        answers = [post(api(), phone="(11) 3333-4444", phone_extension=extension) for extension in ("12", "13", None)]
        assert [answer.status_code for answer in answers] == [201] * 3
        assert answers[2].json()["phone_extension"] is None
        assert post(api(), phone="(11) 3333-4444 ramal 13").json()["existing"]["id"] == answers[1].json()["id"]
        assert post(api(), phone="(11) 3333-4444").json()["existing"]["id"] == answers[2].json()["id"]

    @pytest.mark.parametrize(
        "body",
        [
            {"phone": "(11) 3333-4444 ramal 12", "phone_extension": "13"},
            {"phone": "(11) 3333-4444", "phone_extension": "ramal"},
            {"phone": "(11) 3333-4444", "phone_extension": "1" * 21},
            {"email": "m@example.com", "phone_extension": "12"},
        ],
    )
    def test_what_makes_no_sense_is_refused_on_its_field(self, api: Api, body: dict[str, str]) -> None:
        assert refused(post(api(), **body))[0] == "phone_extension"

    @pytest.mark.parametrize(
        ("change", "phone", "extension"),
        [
            ({"message": "x"}, "+551133334444", "12"),
            ({"phone_extension": "13"}, "+551133334444", "13"),
            ({"phone_extension": None}, "+551133334444", None),
            ({"phone": "(11) 3333-4444"}, "+551133334444", "12"),
            ({"phone": "+551133334444", "phone_extension": "12"}, "+551133334444", "12"),
            ({"phone": "(11) 3333-4444 ramal 13"}, "+551133334444", "13"),
            ({"phone": "(11) 3333-5555"}, "+551133335555", None),
            ({"phone": None}, None, None),
        ],
    )
    def test_what_a_change_makes_of_it(
        self, api: Api, change: dict[str, str | None], phone: str | None, extension: str | None
    ) -> None:
        made = post(api(), phone="(11) 3333-4444 ramal 12", email="m@example.com").json()
        changed = patch(api(), made["id"], **change).json()
        assert (changed["phone"], changed["phone_extension"]) == (phone, extension)

    def test_the_extension_of_a_colleague_is_taken(self, api: Api, lead: MakeLead) -> None:
        colleague = lead(phone="(11) 3333-4444 ramal 12")
        other = lead(phone="(11) 3333-4444 ramal 13")
        answer = patch(api(), other.pk, phone_extension="12")
        assert (answer.status_code, answer.json()["existing"]["id"]) == (409, str(colleague.pk))


class TestMailboxes:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("Ana@Example.com", "ana@example.COM"),
            ("z@münchen.example", "z@xn--mnchen-3ya.example"),
            ("z@xn--mnchen-3ya.example", "Z@MÜNCHEN.example"),
            ("ana@example.com", "a\u200bna@example.com"),
            ("ana@example.com", "\u202eana@example.com"),
            ("ana@example.com", "ana@exam\u00adple.com"),
            ("ana@example.com", "\ufeffana@example.com"),
        ],
    )
    def test_one_mailbox_is_one_lead(self, api: Api, one: str, other: str) -> None:
        assert post(api(), email=one).status_code == 201
        assert post(api(), email=other).status_code == 409

    def test_what_nobody_sees_of_an_address_is_not_kept(self, api: Api) -> None:
        assert post(api(), email="\u200bAna\u00ad@exam\u2060ple.com\u202c").json()["email"] == "Ana@example.com"

    def test_the_note_below_the_form_knows_all_forms(self, person: Any, client_of: Any, lead: MakeLead) -> None:
        lead("Marina Lopes", phone="(11) 98765-4321", email="z@münchen.example")
        browser = client_of(person("sdr"))
        for typed in (
            {"phone": "(11) 8765-4321"},
            {"phone": "0055 11 98765-4321"},
            {"email": "z@xn--mnchen-3ya.example"},
            {"email": "\u200bz@mün\u00adchen.example"},
        ):
            page = browser.get("/leads/known", typed, headers={"HX-Request": "true"}).content.decode()
            assert "Marina Lopes" in page, typed


class TestNames:
    def test_controls_of_direction_are_dropped(self, api: Api) -> None:
        assert post(api(), name="\u202eaniraM\u202c Lopes", phone="11 98765-4321").json()["name"] == "aniraM Lopes"

    @pytest.mark.parametrize("name", ["\u200b", "\u3164", "\u202e \u2066", "\u2800", "\ufeff"])
    def test_a_name_with_nothing_to_see_is_none(self, api: Api, name: str) -> None:
        assert refused(post(api(), name=name, phone="11 98765-4321")) == ("name", "Enter a name.")
