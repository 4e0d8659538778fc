"""The Settings page, as an administrator uses it."""

import re
from html import unescape

import pytest
from django.test import Client

from leadkeeper.team.models import Organization
from tests.at_once import at_once


def fields(page: str) -> dict[str, str]:
    """What a browser would send back of the form."""
    found = {}
    for tag in re.findall(r"<input[^>]*>", page):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        chosen = attributes.get("type") != "radio" or " checked" in tag
        if chosen and "name" in attributes and attributes["name"] not in ("csrfmiddlewaretoken", "next"):
            found[attributes["name"]] = unescape(attributes.get("value", ""))
    for name, options in re.findall(r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return found


def errors(page: str) -> dict[str, str]:
    found = re.findall(r'id="(?:field|settings)-(\w+)-error">.*?<span>(.*?)</span>', page, re.DOTALL)
    return {name: unescape(words).strip() for name, words in found}


@pytest.mark.django_db
class TestSettings:
    @pytest.fixture
    def client(self, person, client_of) -> Client:
        return client_of(person("admin", name="Ana Souza"))

    @pytest.fixture
    def save(self, client):
        """Open the page, change some of it, and save."""

        def save(*, by=client, **typed):
            return by.post("/settings", fields(by.get("/settings").content.decode()) | typed)

        return save

    def kept(self) -> Organization:
        return Organization.objects.get()

    def test_who_is_not_signed_in_goes_to_the_door(self, organization):
        assert Client().get("/settings").status_code == 302

    def test_the_time_zone_is_chosen_from_those_there_are(self, client, save):
        page = client.get("/settings").content.decode()
        assert "As on the server: America/Sao_Paulo (UTC−03:00)" in page
        assert page.index('value="America/Rio_Branco"') < page.index('value="Africa/Abidjan"')
        assert save(time_zone="America/Rio_Branco").status_code == 303
        assert self.kept().time_zone == "America/Rio_Branco"
        assert fields(client.get("/settings").content.decode())["time_zone"] == "America/Rio_Branco"
        assert save(time_zone="").status_code == 303
        assert self.kept().time_zone == ""

    def test_an_old_name_that_is_kept_is_still_shown(self, client, organization):
        Organization.objects.update(time_zone="Brazil/East")
        assert fields(client.get("/settings").content.decode())["time_zone"] == "Brazil/East"

    @pytest.mark.parametrize("zone", ["Mars/Olympus", "America", "../../etc/passwd", "x" * 500])
    def test_a_time_zone_that_is_none_is_refused_in_place(self, save, zone):
        answer = save(time_zone=zone)
        assert answer.status_code == 422
        assert errors(answer.content.decode()) == {"time_zone": "There is no such time zone."}
        assert self.kept().time_zone == ""

    @pytest.mark.parametrize("role", ["manager", "member", "sdr", "cs", "support"])
    def test_it_is_for_owners_and_administrators(self, person, client_of, role):
        client = client_of(person(role))
        assert client.get("/settings").status_code == 403
        assert client.post("/settings", {"visibility": "own_and_unassigned"}).status_code == 403
        assert 'href="/settings"' not in client.get("/team").content.decode()
        assert self.kept().visibility == "all"

    def test_everything_is_set_and_said(self, client, save, person):
        lucas = person("sdr", name="Lucas Prado")
        answer = save(
            name="Aurora Energia",
            country="PT",
            visibility="own_and_unassigned",
            assigning="managers",
            new_lead_default="person",
            new_lead_person=str(lucas.user_id),
            departure_policy="successor",
            successor=str(lucas.user_id),
        )
        assert (answer.status_code, answer["Location"]) == (303, "/settings")
        kept = self.kept()
        assert (kept.name, kept.country, kept.visibility, kept.assigning) == (
            *("Aurora Energia", "PT", "own_and_unassigned", "managers"),
        )
        assert (kept.new_lead_default, kept.new_lead_person, kept.departure_policy, kept.successor) == (
            *("person", lucas.user, "successor", lucas.user),
        )
        page = client.get("/settings").content.decode()
        assert "Settings saved." in page
        assert fields(page)["new_lead_person"] == str(lucas.user_id)

    def test_all_that_is_wrong_is_told_at_once(self, save):
        typed = {"name": " ", "country": "XX", "visibility": "some", "new_lead_person": "king"}
        answer = save(**typed)
        assert answer.status_code == 422
        assert set(errors(answer.content.decode())) == set(typed)

    @pytest.mark.parametrize(
        ("typed", "field"),
        [
            ({"name": " "}, "name"),
            ({"country": "XX"}, "country"),
            ({"visibility": "some"}, "visibility"),
            ({"new_lead_default": "person"}, "new_lead_person"),
            ({"new_lead_default": "person", "new_lead_person": "king"}, "new_lead_person"),
            ({"departure_policy": "successor"}, "successor"),
        ],
    )
    def test_bad_input_names_the_field_and_keeps_what_was_typed(self, save, typed, field):
        before = self.kept()
        answer = save(assigning="managers", **typed)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert set(errors(page)) == {field}
        assert fields(page)["assigning"] == "managers"
        assert self.kept().assigning == before.assigning

    def test_two_who_decide_different_things_do_not_disturb_each_other(self, client, person, client_of):
        other = client_of(person("owner"))
        mine, theirs = (fields(each.get("/settings").content.decode()) for each in (client, other))
        assert client.post("/settings", mine | {"name": "Aurora"}).status_code == 303
        assert other.post("/settings", theirs | {"assigning": "managers"}).status_code == 303
        assert (self.kept().name, self.kept().assigning) == ("Aurora", "managers")

    def test_two_who_decide_the_same_thing_are_told(self, client, person, client_of):
        other = client_of(person("owner"))
        mine, theirs = (fields(each.get("/settings").content.decode()) for each in (client, other))
        client.post("/settings", mine | {"new_lead_default": "nobody"})
        answer = other.post("/settings", theirs | {"new_lead_default": "person"})
        page = answer.content.decode()
        assert answer.status_code == 409
        assert "“Nobody”" in errors(page)["new_lead_default"]
        assert self.kept().new_lead_default == "nobody"
        # Whoever saves again has seen it.
        again = fields(page) | {"new_lead_default": "me"}
        assert other.post("/settings", again).status_code == 303
        assert self.kept().new_lead_default == "me"

    @pytest.mark.django_db(transaction=True)
    def test_two_at_the_very_same_moment(self, client, person, client_of):
        other = client_of(person("owner"))
        forms = [fields(each.get("/settings").content.decode()) for each in (client, other)]
        answers = at_once(
            [
                lambda: client.post("/settings", forms[0] | {"name": "First"}),
                lambda: other.post("/settings", forms[1] | {"name": "Second"}),
            ]
        )
        assert sorted(answer.status_code for answer in answers) == [303, 409]

    def test_a_named_person_who_has_left_is_warned_of(self, client, save, person):
        lucas = person("sdr", name="Lucas Prado")
        save(new_lead_default="person", new_lead_person=str(lucas.user_id))
        assert "New leads become unassigned" not in client.get("/settings").content.decode()
        lucas.active = False
        lucas.save()
        page = client.get("/settings").content.decode()
        assert "New leads become unassigned" in page
        assert "Lucas Prado can no longer be responsible for leads" in page
        assert save(name="Aurora").status_code == 303
        lucas.user.delete()
        assert "The chosen person has left" in client.get("/settings").content.decode()
