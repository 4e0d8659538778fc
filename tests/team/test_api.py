import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from leadkeeper.team.models import Membership, Organization
from tests.conftest import MakePerson

pytestmark = pytest.mark.django_db
Api = Callable[..., Client]
PATH = "/api/team"


def names(answer: Any) -> list[str]:
    return [found["name"] for found in answer.json()["items"]]


def patch(client: Client, id_: object, body: Any) -> Any:
    return client.patch(f"{PATH}/{id_}", body, content_type="application/json")


class TestList:
    def test_a_person_as_the_contract_says(self, api: Api, person: MakePerson) -> None:
        bruno = person("sdr", name="Bruno", email="bruno@example.com")
        answer = api("support").get(PATH)
        assert answer.json() == {
            "items": [
                {
                    "id": str(bruno.user_id),
                    "clerk_id": bruno.user.clerk_id,
                    "name": "Bruno",
                    "email": "bruno@example.com",
                    "role": "sdr",
                    "role_source": "directory",
                    "active": True,
                    "may_own_leads": None,
                    "capacity": None,
                    "away_until": None,
                    "last_synced_at": None,
                }
            ],
            "next": None,
        }

    def test_everybody_by_name_unless_narrowed(self, api: Api, person: MakePerson) -> None:
        person("sdr", name="Érica")
        person("cs", name="Bruno", active=False)
        person("support", name="ana")
        get = api().get
        assert names(get(PATH)) == ["ana", "Bruno", "Érica"]
        assert names(get(PATH, {"active": "true"})) == ["ana", "Érica"]
        assert names(get(PATH, {"active": "false"})) == ["Bruno"]
        assert names(get(PATH, {"role": "sdr"})) == ["Érica"]
        assert names(get(PATH, {"q": "eri"})) == ["Érica"]
        assert names(get(PATH, {"q": "eri", "role": "cs"})) == []

    def test_a_role_set_here_is_the_one_that_counts(self, api: Api, person: MakePerson) -> None:
        bruno = person("sdr", name="Bruno")
        Membership.objects.filter(pk=bruno.pk).update(role_set_here="manager")
        (found,) = api().get(PATH, {"role": "manager"}).json()["items"]
        assert (found["role"], found["role_source"]) == ("manager", "here")
        assert names(api().get(PATH, {"role": "sdr"})) == []

    def test_page_after_page(self, api: Api, person: MakePerson) -> None:
        for name in ("Ana", "Ana", "Bruno"):
            person("sdr", name=name)
        first = api().get(PATH, {"limit": 2})
        second = api().get(PATH, {"limit": 2, "cursor": first.json()["next"]})
        assert names(first) + names(second) == ["Ana", "Ana", "Bruno"]
        assert second.json()["next"] is None

    @pytest.mark.parametrize(
        ("field", "bad"), [("role", "boss"), ("active", "perhaps"), ("limit", "201"), ("cursor", "x")]
    )
    def test_422_names_what_makes_no_sense(self, api: Api, field: str, bad: str) -> None:
        answer = api().get(PATH, {field: bad})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == field

    def test_401_without_a_key(self, db: None) -> None:
        assert Client().get(PATH).status_code == 401

    def test_another_organization_s_people_are_not_there(
        self, api: Api, person: MakePerson, other_organization: Organization
    ) -> None:
        person("sdr")
        assert names(api("admin", organization=other_organization).get(PATH)) == []

    @pytest.mark.parametrize("people", [1, 50])
    def test_as_many_queries_for_fifty_people_as_for_one(
        self, api: Api, person: MakePerson, people: int, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        for number in range(people):
            person("sdr", name=f"Seller {number}")
        client = api()
        client.get(PATH)
        with django_assert_max_num_queries(3):
            assert len(names(client.get(PATH))) == people


class TestChange:
    def test_what_is_given_is_set_and_null_clears(self, api: Api, person: MakePerson) -> None:
        bruno = person("sdr")
        body = {"role": "manager", "capacity": 20, "away_until": "2026-12-24", "may_own_leads": False}
        changed = patch(api("admin"), bruno.user_id, body)
        assert changed.status_code == 200, changed.content
        assert {name: changed.json()[name] for name in body} == body
        assert changed.json()["role_source"] == "here"

        released = patch(api("admin"), bruno.user_id, {"role": None, "away_until": None}).json()
        assert (released["role"], released["role_source"], released["away_until"]) == ("sdr", "directory", None)
        assert (released["capacity"], released["may_own_leads"]) == (20, False)

    @pytest.mark.parametrize(
        ("field", "bad"),
        [
            ("role", "boss"),
            ("role", ""),
            ("capacity", -1),
            ("capacity", "many"),
            ("capacity", True),
            ("capacity", 2**70),
            ("away_until", "soon"),
            ("away_until", 5),
            ("may_own_leads", "perhaps"),
        ],
    )
    def test_422_names_the_field_and_nothing_is_stored(
        self, api: Api, person: MakePerson, field: str, bad: object
    ) -> None:
        bruno = person("sdr")
        good = {"capacity": 7} if field != "capacity" else {"may_own_leads": True}
        answer = patch(api("admin"), bruno.user_id, {**good, field: bad})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == field
        kept = Membership.objects.get(pk=bruno.pk)
        assert (kept.capacity, kept.may_own_leads) == (None, None)

    def test_the_door(self, api: Api, person: MakePerson, other_organization: Organization) -> None:
        bruno, stranger = person("sdr"), person("sdr", organization=other_organization)
        assert patch(Client(), bruno.user_id, {"capacity": 1}).status_code == 401
        for role in ("manager", "member", "sdr", "cs", "support"):
            assert patch(api(role), bruno.user_id, {"capacity": 1}).status_code == 403
        for id_ in (stranger.user_id, uuid.uuid4(), "nonsense"):
            assert patch(api("admin"), id_, {"capacity": 1}).status_code == 404

    def test_owner_is_not_given_by_an_administrator_and_the_last_one_stays(self, api: Api, person: MakePerson) -> None:
        owner, bruno = person("owner"), person("sdr")
        assert patch(api("admin"), bruno.user_id, {"role": "owner"}).status_code == 403
        assert patch(api("owner"), owner.user_id, {"role": "admin"}).status_code == 409
        assert patch(api("owner"), bruno.user_id, {"role": "owner"}).status_code == 200

    def test_nobody_changes_their_own_role(self, person: MakePerson, client_of: Callable[[Membership], Client]) -> None:
        admin = person("admin")
        person("admin")
        assert patch(client_of(admin), admin.user_id, {"role": "member"}).status_code == 403
