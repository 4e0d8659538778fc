"""What caches may do with a page."""

from collections.abc import Callable

from django.test import Client

from leadkeeper.team.models import Membership
from tests.conftest import MakePerson


def test_a_page_is_stored_nowhere_and_its_parts_are_asked_for_anew(
    person: MakePerson, client_of: Callable[[Membership], Client]
) -> None:
    browser = client_of(person("owner"))
    assert browser.get("/team")["Cache-Control"] == "private, no-store"
    part = browser.get("/team", headers={"HX-Request": "true"})
    # With no-store here, a browser would not show the page again on Back: see tests/browser/test_back.py.
    assert part["Cache-Control"] == "private, no-cache"
