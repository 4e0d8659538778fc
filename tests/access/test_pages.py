"""The sign-in page, signing out, and the language."""

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client


@pytest.mark.django_db
class TestSignIn:
    def test_it_says_how_to_get_in(self):
        page = Client().get("/sign-in").content.decode()
        assert "leadkeeper sign-in-link" in page

    @pytest.mark.parametrize(
        ("next_", "to"),
        [
            ("/leads?q=a", "/leads?q=a"),
            ("", "/"),
            ("leads", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example/", "/"),
            ("javascript:alert(1)", "/"),
            ("/\t/evil.example", "/"),
        ],
    )
    def test_whoever_is_in_goes_on_within_the_product(self, person, client_of, next_, to):
        answer = client_of(person()).get("/sign-in", {"next": next_})
        assert (answer.status_code, answer["Location"]) == (302, to)


@pytest.mark.django_db
class TestSignOut:
    def test_it_ends_the_session(self, person, client_of):
        client = client_of(person())
        stolen = client.cookies[settings.SESSION_COOKIE_NAME].value
        answer = client.post("/sign-out")
        assert (answer.status_code, answer["Location"]) == (303, "/sign-in")
        assert not Session.objects.exists()
        client.cookies[settings.SESSION_COOKIE_NAME] = stolen
        assert client.get("/api/team").status_code == 401

    def test_a_link_somewhere_cannot_do_it(self, person, client_of):
        client = client_of(person())
        assert client.get("/sign-out").status_code == 405
        client.handler.enforce_csrf_checks = True
        assert client.post("/sign-out").status_code == 403
        assert client.get("/api/team").status_code == 200

    def test_whoever_is_not_in_is_out(self):
        assert Client().post("/sign-out").status_code == 303


@pytest.mark.django_db
class TestSetLanguage:
    def test_the_page_changes_its_language(self):
        client = Client()
        answer = client.post("/language", {"language": "pt-br", "next": "/sign-in"})
        assert (answer.status_code, answer["Location"]) == (303, "/sign-in")
        assert client.get("/sign-in")["Content-Language"] == "pt-br"
        client.post("/language", {"language": "en"})
        assert client.get("/sign-in")["Content-Language"] == "en"

    def test_it_is_remembered_of_the_person(self, person, client_of):
        membership, other = person(), person()
        client_of(membership).post("/language", {"language": "pt-br"})
        membership.user.refresh_from_db()
        other.user.refresh_from_db()
        assert (membership.user.language, other.user.language) == ("pt-br", "")

    @pytest.mark.parametrize("language", ["", "de", "pt", "../../etc/passwd", "en\r\nSet-Cookie: a=b"])
    def test_a_language_we_do_not_have_changes_nothing(self, person, client_of, language):
        membership = person()
        client = client_of(membership)
        assert client.post("/language", {"language": language}).status_code == 303
        membership.user.refresh_from_db()
        assert membership.user.language == ""
        assert settings.LANGUAGE_COOKIE_NAME not in client.cookies

    @pytest.mark.parametrize("next_", ["//evil.example", "https://evil.example/leads", "\\\\evil.example"])
    def test_nobody_is_led_to_another_site(self, next_):
        answer = Client().post("/language", {"language": "en", "next": next_})
        assert answer["Location"] == "/"

    @pytest.mark.parametrize("referer", ["http://[evil/", "http://[::1", "\\"])
    def test_a_referer_that_is_no_address_is_as_none(self, referer):
        answer = Client(headers={"referer": referer}).post("/language", {"language": "en"})
        assert (answer.status_code, answer["Location"]) == (303, "/")

    def test_without_an_address_it_leads_back_to_the_page(self):
        answer = Client(headers={"referer": "http://127.0.0.1:8000/sign-in?next=/team"}).post(
            "/language", {"language": "en"}
        )
        assert answer["Location"] == "/sign-in?next=/team"

    def test_only_by_a_form_of_ours(self):
        assert Client().get("/language").status_code == 405
        assert Client(enforce_csrf_checks=True).post("/language", {"language": "en"}).status_code == 403
