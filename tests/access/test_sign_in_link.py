"""One-time sign-in links: once, for 15 minutes, for those who may come in."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from leadkeeper.access.models import SignInLink
from leadkeeper.access.sign_in_link import make_link, redeem
from leadkeeper.project.log import LineFormatter
from leadkeeper.storage.errors import Conflict
from sandbox import NewPerson, Sandbox
from tests.at_once import at_once


def token_of(link):
    return link.rpartition("/")[2]


def path_of(link):
    return link.removeprefix(settings.LEADKEEPER_URL)


@pytest.mark.django_db
class TestMakeLink:
    def test_it_is_absolute_and_only_its_hash_is_kept(self, person):
        link = make_link(person().user)
        assert link.startswith("http://127.0.0.1:8000/sign-in/link/")
        kept = SignInLink.objects.get()
        assert token_of(link) not in (kept.hash, str(kept.pk))
        assert timedelta(minutes=14) < kept.expires_at - timezone.now() <= timedelta(minutes=15)


@pytest.mark.django_db
class TestRedeem:
    def test_it_answers_the_person_once(self, person):
        membership = person()
        token = token_of(make_link(membership.user))
        assert redeem(token) == membership.user
        with pytest.raises(Conflict):
            redeem(token)

    def test_not_after_15_minutes(self, person):
        token = token_of(make_link(person().user))
        SignInLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        with pytest.raises(Conflict):
            redeem(token)

    @pytest.mark.parametrize("left", ["membership", "person"])
    def test_not_for_somebody_who_has_left_since(self, person, left):
        membership = person()
        token = token_of(make_link(membership.user))
        if left == "membership":
            membership.active = False
            membership.save()
        else:
            membership.user.is_active = False
            membership.user.save()
        with pytest.raises(Conflict):
            redeem(token)

    @pytest.mark.parametrize("token", ["", "x", "é" * 300])
    def test_not_what_was_never_made(self, db, token):
        with pytest.raises(Conflict):
            redeem(token)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_press_at_once_one_signs_in(person):
    link = path_of(make_link(person().user))
    answers = at_once([lambda: Client().post(link).status_code] * 8)
    assert sorted(answers) == [303] + [410] * 7


@pytest.mark.django_db
class TestOpening:
    def test_it_asks_by_a_button_whether_to_enter_as_the_person(self, person):
        answer = Client().get(path_of(make_link(person(name="Ana <Souza>").user)))
        page = answer.content.decode()
        assert answer.status_code == 200
        assert "Enter as Ana &lt;Souza&gt;" in page
        assert '<form method="post">' in page

    def test_what_only_opens_links_uses_up_none(self, person):
        link = path_of(make_link(person().user))
        assert Client().head(link).status_code == 405
        for _ in range(3):
            preview = Client()
            assert preview.get(link).status_code == 200
            assert preview.get("/api/team").status_code == 401
        assert Client().post(link).status_code == 303

    def test_neither_answer_is_stored_or_tells_other_sites_the_address(self, person):
        link = path_of(make_link(person().user))
        for answer in (Client().get(link), Client().post(link), Client().get(link)):
            assert answer["Referrer-Policy"] == "no-referrer"
            assert "no-store" in answer["Cache-Control"]

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_a_link_that_was_never_made_says_so(self, db, method):
        answer = getattr(Client(), method)("/sign-in/link/never-made")
        assert answer.status_code == 410
        assert "no longer works" in answer.content.decode()

    @pytest.mark.parametrize("method", ["get", "post"])
    @pytest.mark.parametrize(
        ("column", "value", "sentence"),
        [
            ("used_at", timezone.now(), "used already"),
            ("expires_at", timezone.now() - timedelta(minutes=1), "older than 15 minutes"),
        ],
    )
    def test_a_link_of_no_use_says_why(self, person, method, column, value, sentence):
        link = path_of(make_link(person().user))
        SignInLink.objects.update(**{column: value})
        answer = getattr(Client(), method)(link)
        assert answer.status_code == 410
        assert sentence in answer.content.decode()


@pytest.mark.django_db
class TestEntering:
    def test_it_signs_in_and_leads_to_the_first_page(self, person):
        client = Client()
        answer = client.post(path_of(make_link(person().user)))
        assert (answer.status_code, answer["Location"]) == (303, "/")
        assert client.get("/api/team").status_code == 200
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"

    def test_the_form_of_the_page_is_enough(self, person):
        link, client = path_of(make_link(person().user)), Client(enforce_csrf_checks=True)
        page = client.get(link).content.decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
        assert client.post(link, {"csrfmiddlewaretoken": token}).status_code == 303

    def test_another_site_cannot_sign_anybody_in(self, person):
        link = path_of(make_link(person().user))
        assert Client(enforce_csrf_checks=True).post(link).status_code == 403
        assert Client().post(link).status_code == 303

    def test_the_second_press_says_so(self, person):
        link = path_of(make_link(person().user))
        Client().post(link)
        client = Client()
        answer = client.post(link)
        assert answer.status_code == 410
        assert "used already" in answer.content.decode()
        assert client.get("/api/team").status_code == 401

    @pytest.mark.parametrize("same", [True, False], ids=["the same person", "somebody else"])
    def test_the_session_before_ends(self, person, client_of, same):
        before = person("owner", name="Before")
        client = client_of(before)
        old = client.cookies[settings.SESSION_COOKIE_NAME].value
        after = before if same else person("support", name="After")
        client.post(path_of(make_link(after.user)))
        assert client.cookies[settings.SESSION_COOKIE_NAME].value != old
        assert client.get("/api/team").status_code == 200
        client.cookies[settings.SESSION_COOKIE_NAME] = old
        assert client.get("/api/team").status_code == 401

    def test_a_session_planted_before_is_not_the_one_after(self, person):
        client = Client()
        client.cookies[settings.SESSION_COOKIE_NAME] = "planted"
        client.post(path_of(make_link(person().user)))
        assert client.cookies[settings.SESSION_COOKIE_NAME].value != "planted"

    def test_a_link_used_in_vain_leaves_one_signed_in(self, person, client_of):
        client = client_of(person())
        assert client.post("/sign-in/link/never-made").status_code == 410
        assert client.get("/api/team").status_code == 200

    def test_the_page_comes_in_the_language_of_the_person(self, person):
        membership = person()
        membership.user.language = "pt-br"
        membership.user.save()
        client = Client()
        client.post(path_of(make_link(membership.user)))
        assert client.cookies[settings.LANGUAGE_COOKIE_NAME].value == "pt-br"


@pytest.mark.django_db
class TestLog:
    def refused(self, caplog):
        (record,) = (one for one in caplog.records if one.name == "leadkeeper.access.pages")
        return LineFormatter().format(record)

    def test_an_unknown_link_leaves_a_line_without_its_secret(self, caplog):
        Client().post("/sign-in/link/a-secret-that-never-was")
        line = self.refused(caplog)
        assert 'sign-in link refused why="unknown" person=null address="127.0.0.1"' in line
        assert "a-secret" not in line

    def test_a_used_one_names_its_person_by_id(self, person, caplog):
        membership = person(name="Ana Souza")
        link = path_of(make_link(membership.user))
        Client().post(link)
        Client().post(link)
        line = self.refused(caplog)
        assert f'why="used" person="{membership.user_id}"' in line
        assert token_of(link) not in line
        assert "Ana" not in line


@pytest.mark.django_db
class TestCommand:
    def link_for(self, name):
        out = StringIO()
        call_command("sign_in_link", name, stdout=out)
        return out.getvalue().splitlines()[-1]

    def test_by_email_in_any_case(self, person):
        membership = person(email="Ana@Example.com")
        assert redeem(token_of(self.link_for("ana@example.COM"))) == membership.user

    def test_by_id(self, person):
        membership = person(email="")
        assert redeem(token_of(self.link_for(str(membership.user_id)))) == membership.user

    def test_by_the_id_of_the_directory(self, person):
        membership = person()
        membership.user.clerk_id = "user_29w83sxmDNGwOuEthce5gg56FcC"
        membership.user.save()
        assert redeem(token_of(self.link_for("user_29w83sxmDNGwOuEthce5gg56FcC"))) == membership.user

    def test_somebody_whom_only_the_directory_knows_is_fetched(self, organization, settings):
        with Sandbox(None, "http://127.0.0.1:9/", people=3) as sandbox:
            settings.CLERK_API_URL, settings.CLERK_SECRET_KEY = sandbox.url, sandbox.secret_key
            clerk_id = sandbox.people.add(NewPerson("Lucas", "Prado", role="sdr"))["id"]
            user = redeem(token_of(self.link_for(clerk_id)))
            with pytest.raises(CommandError, match="Nobody here"):
                self.link_for("user_neverseen")
        assert (user.clerk_id, user.name) == (clerk_id, "Lucas Prado")
        assert user.memberships.get().role == "sdr"
        assert not type(user).objects.filter(clerk_id="user_neverseen").exists()

    def test_where_the_directory_cannot_be_asked_it_says_why(self, organization, settings):
        settings.CLERK_SECRET_KEY = ""
        with pytest.raises(CommandError, match=r"user_29w83.*CLERK_SECRET_KEY is not set"):
            self.link_for("user_29w83")

    def test_an_email_that_two_have_lists_their_ids(self, person):
        two = [person(email="both@example.com"), person(email="BOTH@example.com")]
        with pytest.raises(CommandError) as refused:
            self.link_for("both@example.com")
        assert all(str(membership.user_id) in str(refused.value) for membership in two)
        assert refused.value.returncode == 1
        assert not SignInLink.objects.exists()

    def test_one_of_two_who_has_left_does_not_count(self, person):
        person(email="both@example.com", active=False)
        membership = person(email="both@example.com")
        assert redeem(token_of(self.link_for("both@example.com"))) == membership.user

    @pytest.mark.parametrize("name", ["nobody@example.com", "", "%", "0190c3f2-0000-7000-8000-000000000000"])
    def test_nobody_of_that_name(self, person, name):
        person(email="")
        with pytest.raises(CommandError, match="Nobody"):
            self.link_for(name)

    def test_somebody_inactive(self, person):
        person(email="gone@example.com", active=False)
        with pytest.raises(CommandError, match="not active"):
            self.link_for("gone@example.com")

    def test_somebody_of_another_organization(self, person, other_organization):
        person(email="theirs@example.com", organization=other_organization)
        with pytest.raises(CommandError, match="Nobody"):
            self.link_for("theirs@example.com")
