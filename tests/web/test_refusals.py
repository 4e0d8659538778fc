"""What is missing or not permitted is said inside the shell, from where people go on."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
PAGE = {"accept-language": "en"}


@pytest.mark.parametrize(
    ("role", "address", "status", "words"),
    [
        ("sdr", "/leads/01a221c9-e396-75bb-bc13-8f204c8f3f0f", 404, "This lead does not exist"),
        ("sdr", "/nowhere/at/all", 404, "It may have been moved or deleted."),
        ("sdr", "/settings", 403, "You may not see this page"),
        ("support", "/leads/new", 403, "You may not see this page"),
    ],
)
def test_the_shell_stays(person, client_of, role, address, status, words):
    answer = client_of(person(role)).get(address, headers=PAGE)
    page = answer.content.decode()
    assert answer.status_code == status
    assert words in page
    for of_the_shell in ('class="rail-pages"', 'href="/leads"', 'class="user-button"', f"Error {status}"):
        assert of_the_shell in page


def test_a_part_and_a_stranger_get_no_shell(person, client_of, organization):
    part = client_of(person("sdr")).get("/settings", headers={**PAGE, "hx-request": "true"})
    assert part.status_code == 403
    assert "rail-pages" not in part.content.decode()
    assert "rail-pages" not in Client().get("/nowhere/at/all", headers=PAGE).content.decode()
