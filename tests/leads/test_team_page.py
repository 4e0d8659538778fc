"""The Team page says how much everybody has to do, as the picker does."""

import re

import pytest

pytestmark = pytest.mark.django_db
PAGE = {"accept-language": "en"}


def cells(page: str, membership) -> list[str]:
    """What stands in somebody's row, cell by cell."""
    row = page.partition(f'id="person-{membership.user_id}"')[2].partition("</tr>")[0]
    return [" ".join(re.sub(r"<[^>]*>", "", cell).split()) for cell in row.split("</td>")]


@pytest.fixture
def bruno(person, lead):
    bruno = person("sdr", name="Bruno Alves")
    bruno.capacity = 2
    bruno.save()
    lead(assigned_to=bruno.user_id)
    lead(assigned_to=bruno.user_id, stage="fechado_ganho")
    return bruno


def test_open_leads_and_capacity_of_each_lead_to_them(bruno, person, client_of, lead):
    client, free, looker = client_of(person("manager")), person("member"), person("support")
    page = client.get("/team", headers=PAGE).content.decode()
    assert "1 of 2" in cells(page, bruno)
    assert "0" in cells(page, free)
    assert "—" in cells(page, looker)
    assert f'href="/leads?assigned_to={bruno.user_id}"' in page
    assert "over capacity" not in page
    for _ in range(2):
        lead(assigned_to=bruno.user_id)
    page = client.get("/team", headers=PAGE).content.decode()
    assert "3 of 2 over capacity" in cells(page, bruno)


def test_not_to_whom_leads_of_others_are_hidden(bruno, person, client_of, organization):
    organization.visibility = "own_and_unassigned"
    organization.save()
    page = client_of(person("sdr")).get("/team", headers=PAGE).content.decode()
    assert "Bruno Alves" in page
    assert "Open leads" not in page
    assert "1 of 2" not in page
