"""A search without any letter or digit finds nothing, in every list that can be searched: it once found everything."""

from collections.abc import Callable

import pytest
from django.test import Client

from leadkeeper.leads.transfers.transfer import Filter, Wanted, decide
from leadkeeper.team.viewer import Viewer
from tests.conftest import MakePerson
from tests.leads.conftest import MakeLead

pytestmark = [pytest.mark.django_db, pytest.mark.parametrize("query", ["%", "'", "---", "🙂", "\u200b%"])]


@pytest.mark.parametrize("path", ["/api/leads", "/api/assignees", "/api/team"])
def test_in_the_api(api: Callable[..., Client], person: MakePerson, lead: MakeLead, path: str, query: str) -> None:
    lead("Ana 100% 🙂", assigned_to=person("sdr", name="Ana 100% 🙂").user_id)
    client = api()
    assert len(client.get(path).json()["items"]) == 1
    assert client.get(path, {"q": query}).json() == {"items": [], "next": None}


@pytest.mark.parametrize("path", ["/leads", "/team", "/leads/people"])
def test_on_pages(client_of: Callable[..., Client], person: MakePerson, lead: MakeLead, path: str, query: str) -> None:
    lead("Zulmira 🙂", assigned_to=person("sdr", name="Zulmira 🙂").user_id)
    client = client_of(person("manager", name="Ana"))
    part = {"HX-Request": "true"}
    assert "Zulmira" in client.get(path, headers=part).content.decode()
    assert "Zulmira" not in client.get(path, {"q": query}, headers=part).content.decode()


def test_in_a_transfer_of_all_that_is_found(person: MakePerson, lead: MakeLead, system: Viewer, query: str) -> None:
    bruno = person("sdr")
    lead("Ana 100% 🙂")
    wanted = Wanted(to=(bruno.user_id,), filter=Filter(query=query))
    assert decide(wanted, by=system).moves == []
