import uuid
from collections.abc import Callable

import pytest
from django.test import Client

from leadkeeper.team.models import Membership, Organization
from tests.conftest import MakePerson

pytestmark = pytest.mark.django_db
Api = Callable[..., Client]
PATH = "/api/assignees"


class TestTheDoor:
    def test_401_without_a_key(self, db: None) -> None:
        assert Client().get(PATH).status_code == 401

    @pytest.mark.parametrize(
        ("role", "status"),
        [
            ("owner", 200),
            ("admin", 200),
            ("manager", 200),
            ("member", 200),
            ("sdr", 200),
            ("cs", 403),
            ("support", 403),
        ],
    )
    def test_for_everybody_who_may_write_leads(self, api: Api, role: str, status: int) -> None:
        assert api(role).get(PATH).status_code == status
        assert api(role).get(PATH, {"ids": str(uuid.uuid4())}).status_code == status

    def test_another_organization_s_people_are_not_there(
        self, api: Api, person: MakePerson, other_organization: Organization
    ) -> None:
        bruno = person("sdr")
        theirs = api("admin", organization=other_organization)
        assert theirs.get(PATH).json() == {"items": [], "next": None}
        assert theirs.get(PATH, {"ids": str(bruno.user_id)}).json()["items"] == []


class TestAnswer:
    def test_a_person_as_the_contract_says(self, person: MakePerson, client_of: Callable[[Membership], Client]) -> None:
        bruno = person("sdr", name="Bruno", email="")
        answer = client_of(bruno).get(PATH)
        assert answer.json() == {
            "items": [
                {
                    "id": str(bruno.user_id),
                    "name": "Bruno",
                    "email": None,
                    "role": "sdr",
                    "avatar_url": None,
                    "open_leads": 0,
                    "capacity": None,
                    "away_until": None,
                    "is_me": True,
                    "active": True,
                }
            ],
            "next": None,
        }

    def test_search_and_pages(self, api: Api, person: MakePerson) -> None:
        for name in ("João da Silva", "Joana Silveira", "Bruno"):
            person("sdr", name=name)
        first = api().get(PATH, {"q": "sil joa", "limit": 1}).json()
        assert [found["name"] for found in first["items"]] == ["Joana Silveira"]
        second = api().get(PATH, {"q": "sil joa", "limit": 1, "cursor": first["next"]}).json()
        assert [found["name"] for found in second["items"]] == ["João da Silva"]
        assert second["next"] is None

    def test_exactly_these_people(self, api: Api, person: MakePerson) -> None:
        gone, bruno = person("sdr", name="Gone", active=False), person("sdr", name="Bruno")
        person("sdr", name="Not asked for")
        items = api().get(PATH, {"ids": f"{gone.user_id},{bruno.user_id}", "q": "nothing"}).json()["items"]
        assert [(found["name"], found["active"]) for found in items] == [("Bruno", True), ("Gone", False)]

    @pytest.mark.parametrize(
        ("field", "bad"),
        [
            ("ids", "bruno"),
            ("ids", ","),
            ("ids", "0190c3f2-0000-7000-8000-000000000000,"),
            ("ids", ",".join(f"0190c3f2-0000-7000-8000-{number:012}" for number in range(201))),
            ("limit", "0"),
            ("limit", "201"),
            ("limit", ""),
            ("cursor", "nonsense"),
        ],
    )
    def test_422_names_what_makes_no_sense(self, api: Api, field: str, bad: str) -> None:
        answer = api().get(PATH, {field: bad})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == field
