"""The Team page, as a browser gets it."""

import re
from html import unescape

import pytest
from django.test import Client

from leadkeeper.team.pages import PEOPLE_A_PAGE


def people(client: Client, **query: str) -> str:
    """The part of the page that is fetched again: the sentence and the list."""
    return client.get("/team", query, headers={"HX-Request": "true"}).content.decode()


def names(page: str) -> list[str]:
    """The names in the list, in order."""
    return [unescape(name) for name in re.findall(r'class="person-name truncate" title="([^"]*)"', page)]


def link(page: str, rel: str) -> str:
    """Where the link to the next or the previous page leads, or nothing."""
    found = re.search(rf'<a href="([^"]*)"[^>]* rel="{rel}"', page)
    return unescape(found[1]) if found else ""


@pytest.mark.django_db
class TestTeam:
    def test_who_is_not_signed_in_goes_to_the_door_and_comes_back(self, organization):
        answer = Client().get("/team?q=ana")
        assert (answer.status_code, answer["Location"]) == (302, "/sign-in?next=%2Fteam%3Fq%3Dana")

    def test_everybody_is_there_though_nobody_ever_signed_in(self, person, client_of):
        me = person("support", name="Ana Souza", email="ana@example.com")
        person("sdr", name="Lucas Prado", email="lucas@example.com")
        person("manager", name="Érica Nogueira", active=False)
        page = client_of(me).get("/team").content.decode()
        assert "3 people, 2 active" in page
        assert page.index("Ana Souza") < page.index("Érica Nogueira") < page.index("Lucas Prado")
        assert "lucas@example.com" in page
        assert "SDR" in page
        assert page.count("No longer active</span>") == 1

    def test_one_person_is_no_people(self, person, client_of):
        assert "1 person, 1 active" in people(client_of(person("owner")))

    def test_it_says_where_a_role_comes_from(self, person, client_of):
        me = person("admin")
        set_here = person("sdr", name="Set Here")
        set_here.role_set_here = "manager"
        set_here.save()
        stated_nowhere = person("sdr", name="Stated Nowhere")
        stated_nowhere.directory_role = None
        stated_nowhere.save()
        page = people(client_of(me))
        for words in ("set here", "by default"):
            assert page.count(f">{words}<") == 1, words
        # The rule, which need not be said in every row.
        assert "from the directory" not in page

    def test_people_of_another_organization_do_not_exist(self, person, client_of, other_organization):
        person("owner", name="Somebody Else", organization=other_organization)
        page = client_of(person("owner")).get("/team").content.decode()
        assert "Somebody Else" not in page
        assert "1 person, 1 active" in page

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"q": "joao sil"}, ["João da Silva"]),
            ({"q": "SILVA"}, ["João da Silva"]),
            ({"active": "true"}, ["Ana Souza", "João da Silva"]),
            ({"active": "false"}, ["Lucas Prado"]),
            ({"role": "sdr"}, ["João da Silva", "Lucas Prado"]),
            ({"role": "sdr", "active": "true"}, ["João da Silva"]),
            ({"active": "perhaps", "role": "king", "cursor": "garbage"}, ["Ana Souza", "João da Silva", "Lucas Prado"]),
        ],
    )
    def test_it_is_narrowed_as_asked_and_nonsense_is_passed_over(self, person, client_of, query, found):
        client = client_of(person("owner", name="Ana Souza"))
        person("sdr", name="João da Silva")
        person("sdr", name="Lucas Prado", active=False)
        assert names(people(client, **query)) == found

    def test_nobody_found_offers_the_way_back(self, person, client_of):
        page = people(client_of(person()), q="xavier")
        assert "No matches" in page
        assert 'href="/team"' in page

    def test_the_address_in_the_browser_says_what_is_shown_and_no_more(self, person, client_of):
        client = client_of(person())
        asked = client.get("/team?q=ana&active=&role=&cursor=", headers={"HX-Request": "true"})
        assert asked["HX-Replace-Url"] == "/team?q=ana"
        refreshed = client.get("/team?q=ana", headers={"HX-Request": "true", "X-Live": "true"})
        assert "HX-Replace-Url" not in refreshed

    def test_names_are_shown_as_they_are_written(self, person, client_of):
        person(name='<script>alert("x")</script>')
        person(name="ليلى 🦊 " + "o" * 200)
        page = client_of(person()).get("/team").content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt;" in page
        assert "ليلى 🦊" in page

    def test_only_who_may_manage_gets_the_backfill(self, person, client_of):
        assert "/directory/backfill" in client_of(person("admin")).get("/team").content.decode()
        assert "/directory/backfill" not in client_of(person("manager")).get("/team").content.decode()


@pytest.mark.django_db
class TestPaging:
    @pytest.fixture
    def client(self, person, client_of) -> Client:
        for number in range(2 * PEOPLE_A_PAGE + 5):
            person(name=f"Person {number:04}", email="")
        return client_of(person("owner", name="Zuleica"))

    def test_forward_and_back_over_the_same_pages(self, client):
        pages, seen = ["/team"], []
        while True:
            page = client.get(pages[-1]).content.decode()
            seen += names(page)
            if not (following := link(page, "next")):
                break
            pages.append(following)
        assert len(seen) == len(set(seen)) == 2 * PEOPLE_A_PAGE + 6
        back = [pages[-1]]
        while previous := link(client.get(back[-1]).content.decode(), "prev"):
            back.append(previous)
        assert back == pages[::-1]

    def test_as_many_queries_for_one_person_as_for_a_full_page(self, client, django_assert_num_queries):
        # Session, viewer, people, their open leads, the two counts in one, and those of the shell: what is unread, and
        # departures.
        with django_assert_num_queries(7):
            assert names(client.get("/team?q=zuleica").content.decode()) == ["Zuleica"]
        with django_assert_num_queries(7):
            assert len(names(client.get("/team").content.decode())) == PEOPLE_A_PAGE
