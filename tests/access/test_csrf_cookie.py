"""The CSRF cookie is sent once, not with every page."""

from collections.abc import Callable

from django.conf import settings
from django.test import Client

from leadkeeper.team.models import Membership
from tests.conftest import MakePerson

NAME = settings.CSRF_COOKIE_NAME


def test_is_sent_with_the_first_page_only(person: MakePerson, client_of: Callable[[Membership], Client]) -> None:
    browser = client_of(person("owner"))
    browser.cookies.pop(NAME, None)
    assert NAME in browser.get("/team").cookies
    assert NAME not in browser.get("/leads").cookies


def test_what_it_guards_is_guarded(person: MakePerson, client_of: Callable[[Membership], Client]) -> None:
    browser = client_of(person("owner"))
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser.cookies
    page = strict.get("/team")
    token = page.content.decode().partition('name="csrf-token" content="')[2].partition('"')[0]
    assert strict.post("/language", {"language": "en"}).status_code == 403
    assert strict.post("/language", {"language": "en"}, headers={"X-CSRFToken": token}).status_code == 303
    # A cookie of somebody else's making is replaced.
    strict.cookies[NAME] = "x"
    assert NAME in strict.get("/team").cookies
