"""Who gets in with a session, and who is sent to the sign-in page."""

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from leadkeeper.access.viewer import viewer_of_cookies
from leadkeeper.team.roles import Role


def cookies(client):
    """The headers a browser would send to a native door."""
    return [(b"cookie", f"{name}={morsel.value}".encode()) for name, morsel in client.cookies.items()]


@pytest.mark.django_db
class TestSignedIn:
    def test_somebody_signed_in_sees_pages(self, person, client_of):
        client = client_of(person("sdr"))
        assert client.get("/sign-in").status_code == 302
        assert client.get("/sign-in")["Location"] == "/"

    def test_it_takes_one_query_beside_the_session(self, person, client_of, django_assert_num_queries):
        client = client_of(person())
        with django_assert_num_queries(2):
            client.get("/sign-in")

    def test_nobody_is_asked_for_without_a_cookie(self, django_assert_num_queries):
        with django_assert_num_queries(0):
            Client().get("/sign-in")

    @pytest.mark.parametrize(
        "address", ["/", "/leads", "/team", "/settings", "/leads/unassigned", "/nope", "/style", "/directory"]
    )
    @pytest.mark.parametrize("role", ["owner", "sdr"])
    def test_what_they_see_is_stored_in_no_cache(self, person, client_of, role, address):
        answer = client_of(person(role)).get(address)
        assert {"no-store", "private"} <= set(answer["Cache-Control"].split(", "))

    def test_the_native_door_sees_the_same_person(self, person, client_of):
        membership = person("manager", name="Érica")
        viewer = viewer_of_cookies(cookies(client_of(membership)))
        assert (viewer.person_id, viewer.role, viewer.name) == (membership.user_id, Role.MANAGER, "Érica")

    @pytest.mark.parametrize(
        "headers",
        [
            [],
            [(b"cookie", b"")],
            [(b"cookie", b"leadkeeper_session=")],
            [(b"cookie", b"leadkeeper_session=no-such-session")],
            [(b"cookie", b"\xff\xfe=\x00; ;;==")],
            [(b"cookie", b"leadkeeper_session=" + b"x" * 9000)],
        ],
    )
    def test_the_native_door_sees_nobody_without_a_session(self, headers):
        assert viewer_of_cookies(headers) is None


@pytest.mark.django_db
class TestDeparted:
    """Out at once, whatever session they hold."""

    def out(self, client):
        assert viewer_of_cookies(cookies(client)) is None
        answer = client.get("/team")
        assert (answer.status_code, answer["Location"]) == (302, "/sign-in?next=%2Fteam")
        assert client.get("/api/team").status_code == 401

    def test_membership_ended(self, person, client_of):
        membership = person()
        client = client_of(membership)
        membership.active = False
        membership.save()
        self.out(client)

    def test_person_turned_off(self, person, client_of):
        membership = person()
        client = client_of(membership)
        membership.user.is_active = False
        membership.user.save()
        self.out(client)

    def test_back_again_their_old_session_stays_ended(self, person, client_of):
        membership = person()
        client = client_of(membership)
        membership.user.session_generation += 1
        membership.user.save()
        self.out(client)

    def test_person_deleted(self, person, client_of):
        membership = person()
        client = client_of(membership)
        membership.user.delete()
        self.out(client)

    def test_the_session_is_gone_from_the_database_and_the_browser(self, person, client_of):
        membership = person()
        client = client_of(membership)
        membership.active = False
        membership.save()
        answer = client.get("/team")
        assert not Session.objects.exists()
        assert answer.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == 0


@pytest.mark.django_db
class TestWhatIsPersonal:
    @pytest.mark.parametrize("address", ["/", "/leads", "/team", "/settings/keys", "/style", "/nowhere", "/leads/x"])
    def test_no_cache_keeps_it(self, person, client_of, address):
        client = client_of(person("admin"))
        assert set(client.get(address)["Cache-Control"].split(", ")) == {"private", "no-store"}

    @pytest.mark.parametrize("address", ["/leads", "/team", "/nowhere"])
    def test_a_part_of_an_open_page_is_asked_for_anew_each_time(self, person, client_of, address):
        answer = client_of(person("admin")).get(address, headers={"HX-Request": "true"})
        assert set(answer["Cache-Control"].split(", ")) == {"private", "no-cache"}

    def test_nor_a_refusal_that_shows_who_asks(self, person, client_of):
        answer = client_of(person("sdr", name="Lucas Prado")).get("/settings")
        assert (answer.status_code, "no-store" in answer["Cache-Control"]) == (403, True)


@pytest.mark.django_db
class TestNotSignedIn:
    @pytest.mark.parametrize(
        ("address", "next_"),
        [("/", ""), ("/leads?q=a&b=c", "?next=%2Fleads%3Fq%3Da%26b%3Dc"), ("/team", "?next=%2Fteam")],
    )
    def test_pages_lead_to_the_sign_in_page_and_back(self, address, next_):
        answer = Client().get(address)
        assert (answer.status_code, answer["Location"]) == (302, "/sign-in" + next_)

    @pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
    @pytest.mark.parametrize(
        "address", ["/nope", "//clerk/users", "/Clerk/Users", "/clerk/user", "/leads/", "/leads/not-an-id", "/TEAM"]
    )
    def test_an_address_that_leads_nowhere_is_not_found(self, method, address):
        client = Client(enforce_csrf_checks=True)
        assert getattr(client, method)(address).status_code == 404
        assert getattr(client, method)(address, headers={"HX-Request": "true"}).status_code == 404

    def test_a_form_sent_too_late_does_not_lead_back_to_its_address(self):
        assert Client().post("/leads")["Location"] == "/sign-in"

    def test_a_part_of_a_page_is_told_to_go_to_the_sign_in_page(self):
        answer = Client(headers={"HX-Request": "true", "HX-Current-URL": "http://127.0.0.1:8000/leads?page=2#row"}).get(
            "/team"
        )
        assert answer.status_code == 401
        assert answer["HX-Redirect"] == "/sign-in?next=%2Fleads%3Fpage%3D2"

    @pytest.mark.parametrize("address", ["http://[x", "//[", "http://[::1", "\x00"])
    def test_a_header_that_is_no_address_leads_to_the_sign_in_page(self, address):
        answer = Client(headers={"HX-Request": "true", "HX-Current-URL": address}).get("/team")
        assert answer.status_code == 401
        assert answer["HX-Redirect"].startswith("/sign-in")

    @pytest.mark.parametrize("address", ["/health/live", "/health/ready", "/sign-in", "/api/openapi.json"])
    def test_some_addresses_are_open(self, address):
        assert Client().get(address).status_code == 200

    def test_the_api_never_redirects(self):
        answer = Client().get("/api/team")
        assert answer.status_code == 401
        assert answer["Content-Type"] == "application/problem+json"
