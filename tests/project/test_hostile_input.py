"""Hand-made cursors, headers and parameters: refused by the API, passed over by pages, and never an error of ours."""

import time
import uuid
from base64 import urlsafe_b64encode

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from leadkeeper.leads.create import NewLead, create
from leadkeeper.leads.views.models import SavedView
from leadkeeper.project.api import api as json_api
from leadkeeper.team.viewer import Viewer

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}
NOBODY = "0" * 32


def cursor(text):
    return urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).decode().rstrip("=")


CURSORS = [
    *(
        cursor(NOBODY + time_)
        for time_ in (
            "0001-01-01T00:00:00+23:59",
            "9999-12-31T23:59:59.999999-23:59",
            "0001-01-01T00:00:00+00:00",
            "2026-11-22T10:00:00",
            "2026-11-22",
            "now",
        )
    ),
    cursor(NOBODY),
    cursor(NOBODY + "\0"),
    cursor(NOBODY + "x" * 5_000),
    cursor(NOBODY + NOBODY),
    cursor("f" * 32 + "é"),
    cursor("\ud800" * 40),
    *("x", "\0", "=", "%", "a" * 5_000, "-_-_"),
]
TEXTS = ["", "\0", "\ud800", "²", "٣", "9" * 30, "-1", "%", "'", "[", "http://[", "x" * 5_000, NOBODY]
PARAMETERS = (
    *("q", "cursor", "stage", "assigned_to", "source", "tag", "view", "before", "change", "ids", "limit", "current"),
    *("person", "outcome", "type", "phone", "email", "from", "to", "lead_ids", "all", "add", "without", "plan", "next"),
    *("role", "active", "force", "name", "shared", "language"),
)


def pages(patterns=None, prefix=""):
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLPattern):
            yield prefix + str(pattern.pattern)
        elif pattern.app_name != "ninja":
            yield from pages(pattern.url_patterns, prefix + str(pattern.pattern))


PAGES = sorted({page for page in pages() if not page.startswith("health/")})
# The reads of the API, each with the parameters that it knows.
KNOWN = {
    path.lstrip("/"): [each["name"] for each in operations["get"]["parameters"] if each["in"] == "query"]
    for path, operations in json_api.get_openapi_schema()["paths"].items()
    if "get" in operations
}


@pytest.fixture
def addresses(person, organization):
    """Fills in the ids in the pattern of an address."""
    bruno = person("sdr")
    lead = create(NewLead(name="Marina Lopes", phone="(11) 98765-4321"), by=Viewer.system(organization))
    view = SavedView.objects.create(organization=organization, person=bruno.user, name="View", folded_name="view")

    def fill(pattern):
        known = {"lead_id": lead.pk, "person_id": bruno.user_id, "view_id": view.pk, "token": "x"}
        path = pattern.replace("<uuid:", "<").replace("<str:", "<").replace("{", "<").replace("}", ">")
        while "<" in path:
            name = path.partition("<")[2].partition(">")[0]
            path = path.replace(f"<{name}>", str(known.get(name, uuid.uuid4())))
        return f"/{path}"

    return fill


@pytest.fixture
def admin(person, client_of):
    return client_of(person("owner"))


class TestParameters:
    @pytest.mark.parametrize("pattern", PAGES)
    def test_a_page_passes_over_what_makes_no_sense(self, admin, addresses, pattern):
        address = addresses(pattern)
        for value in (CURSORS[0], CURSORS[1], "\0", "\ud800", "²", "9" * 30, "http://["):
            query = dict.fromkeys(PARAMETERS, value.encode("utf-8", "surrogatepass"))
            assert admin.get(address, query).status_code < 500, value[:50]
        assert admin.get(address, query, headers=PART).status_code < 500

    @pytest.mark.parametrize("pattern", PAGES)
    def test_a_form_does_so_too(self, admin, addresses, pattern):
        if "sign-out" in pattern:
            return
        address = addresses(pattern)
        for value in ("\0", "\ud800", "9" * 30, "http://["):
            sent = dict.fromkeys((*PARAMETERS, "was", "note", "go"), value.encode("utf-8", "surrogatepass"))
            assert admin.post(address, sent, headers=PART).status_code < 500, value[:50]

    @pytest.mark.parametrize("pattern", KNOWN)
    def test_the_api_refuses_it(self, admin, addresses, pattern):
        address = addresses(pattern)
        for value in TEXTS:
            for name in KNOWN.get(pattern, ()):
                answer = admin.get(address, {name: value.encode("utf-8", "surrogatepass")})
                assert answer.status_code in (200, 404, 422), (name, value[:50])
        if "cursor" in KNOWN.get(pattern, ()):
            for bad in CURSORS:
                answer = admin.get(address, {"cursor": bad})
                assert answer.status_code == 200 or answer.json()["errors"][0]["field"] == "cursor", bad[:50]

    @pytest.mark.parametrize("path", ["/api/leads", "/api/directory/deliveries"])
    @pytest.mark.parametrize("bad", CURSORS[:2])
    def test_a_time_that_no_database_knows_is_no_cursor(self, api, path, bad):
        answer = api("owner").get(path, {"cursor": bad})
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == ["cursor"]

    @pytest.mark.parametrize("path", ["/leads", "/leads/unassigned", "/leads/transfers", "/settings/keys"])
    def test_on_a_page_it_is_the_first_page(self, admin, path, organization):
        create(NewLead(name="Marina Lopes", phone="(11) 98765-4321"), by=Viewer.system(organization))
        first = admin.get(path).content.decode()
        for bad in CURSORS[:2]:
            shown = admin.get(path, {"cursor": bad}).content.decode()
            assert shown.count("<tr") == first.count("<tr")
            assert ("Marina Lopes" in shown) == ("Marina Lopes" in first)


HEADERS = {
    "HX-Current-URL": ["http://[x", "http://[", "//[x", "x" * 50_000, "\x80", "http://a:b:c/", "http://a/\x7f"],
    "Referer": ["http://[evil/", "http://[", "\x80", "//", "http://testserver:x/leads"],
    "Origin": ["http://[x", "null", "x"],
    "Accept-Language": ["x" * 5_000, "pt-br;q=x", ";", "*", "\x80"],
    "Accept": ["\x80", ";", "x" * 5_000],
    "Authorization": ["Bearer", "Bearer \x80", "Basic x", "Bearer " + "x" * 50_000],
    "Cookie": ["leadkeeper_session=\x80", "leadkeeper_language=\x80; leadkeeper_csrf=x", "=;=", "django_language=[x"],
    "If-Modified-Since": ["x", "Thu, 01 Jan 0000 00:00:00 GMT"],
    "If-None-Match": ['"', "x"],
    "Range": ["bytes=x", "bytes=9-1"],
    "X-Forwarded-Proto": ["x"],
    "X-Live": ["x"],
    "X-CSRFToken": ["\x80", "x" * 5_000],
    "Content-Type": ["application/x-www-form-urlencoded; charset=x", "multipart/form-data", "\x80", ";", "a/b; c=\x80"],
    "Last-Event-ID": ["²"],
    "Idempotency-Key": ["\x80", "x" * 5_000],
}


class TestHeaders:
    @pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in HEADERS.items() for value in values])
    def test_one_that_cannot_be_read_is_ignored(self, admin, person, client_of, organization, name, value):
        headers, strict = {name: value}, Client(enforce_csrf_checks=True)
        strict.cookies = client_of(person("owner")).cookies
        body = "language=en"
        for client in (admin, Client(), strict):
            for part in ({}, PART):
                for path in ("/leads", "/sign-in", "/api/leads", "/nope"):
                    assert client.get(path, headers=headers | part).status_code < 500
                for path in ("/language", "/leads/new", "/api/leads", "/api/directory/backfill"):
                    kind = {} if name == "Content-Type" else {"content_type": "application/x-www-form-urlencoded"}
                    assert client.generic("POST", path, body, headers=headers | part, **kind).status_code < 500

    def test_of_an_address_that_is_none_nothing_is_left(self, organization):
        answer = Client().get("/leads", headers=PART | {"HX-Current-URL": "http://[x"})
        assert (answer.status_code, answer["HX-Redirect"]) == (401, "/sign-in")
        answer = Client().post("/language", {"language": "en"}, headers={"Referer": "http://[evil/"})
        assert (answer.status_code, answer["Location"]) == (303, "/")


class TestLongText:
    """Decomposing a text takes a time that grows with its square: what is too long is refused before."""

    # Marks above and below by turns, all of which have to be sorted.
    MARKS = "\u0307\u0323" * 60_000

    @pytest.mark.parametrize("path", ["/api/leads", "/api/team", "/api/assignees"])
    def test_a_search_through_the_api(self, api, path):
        answer = api("owner").get(path, {"q": "x" * 201})
        assert [error["field"] for error in answer.json()["errors"]] == ["q"]
        assert api("owner").get(path, {"q": "x" * 200}).status_code == 200

    def test_nothing_takes_long(self, admin, api):
        began = time.process_time()
        get = {"q": self.MARKS[:60_000], "person": self.MARKS[:60_000], "email": self.MARKS[:60_000]}
        for path in ("/leads", "/team", "/directory", "/leads/known", "/leads/unassigned", "/leads/transfer"):
            admin.get(path, get)
        sent = {"all": "1", "to": [str(uuid.uuid4())], "go": "1", "q": self.MARKS, "name": self.MARKS}
        for path in (
            "/leads/transfer",
            "/leads/new",
            "/leads/views/new",
            "/team/new",
            "/settings/keys/new",
        ):
            assert admin.post(path, sent).status_code == 422
        names = ("name", "phone", "email", "source", "campaign", "message", "stage")
        fields = dict.fromkeys(names, self.MARKS[:40_000])
        answer = api("owner").post("/api/leads", fields, "application/json")
        assert {error["field"] for error in answer.json()["errors"]} == set(fields)
        assert time.process_time() - began < 3
