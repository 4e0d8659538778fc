"""Setting what is ours of a person on the Team page, in the dialog and without script."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from leadkeeper.team.models import Membership

PART = {"HX-Request": "true"}


def address(membership) -> str:
    return f"/team/{membership.user_id}"


def fields(page: str) -> dict[str, str]:
    """What a browser would send back of the form."""
    found = {
        name: unescape(text)
        for name, text in re.findall(r'<input[^>]* name="(\w+)"[^>]* value="([^"]*)"', page)
        if name != "csrfmiddlewaretoken"
    }
    for attributes, name, options in re.findall(r'<select([^>]* name="(\w+)"[^>]*)>(.*?)</select>', page, re.DOTALL):
        if " disabled" not in attributes:
            chosen = re.search(r'value="([^"]*)" selected', options)
            found[name] = chosen[1] if chosen else ""
    return found


def errors(page: str) -> dict[str, str]:
    """The refusals in place, by the field they stand at."""
    found = re.findall(r'id="[a-z-]*?-(\w+)-error">.*?<span>(.*?)</span>', page, re.DOTALL)
    return {name: unescape(words).strip() for name, words in found}


def kept(membership: Membership) -> Membership:
    return Membership.objects.get(pk=membership.pk)


@pytest.mark.django_db
class TestEditPerson:
    @pytest.fixture
    def ana(self, person) -> Membership:
        return person("admin", name="Ana Souza")

    @pytest.fixture
    def client(self, ana, client_of) -> Client:
        return client_of(ana)

    @pytest.fixture
    def change(self, client):
        """Open the dialog of a person, change some of it, and save."""

        def change(membership, *, by=client, **typed):
            form = fields(by.get(address(membership), headers=PART).content.decode())
            return by.post(address(membership), form | typed, headers=PART)

        return change

    def test_a_role_is_set_here_and_the_list_says_by_whom(self, client, change, person):
        lucas = person("sdr", name="Lucas Prado")
        answer = change(lucas, role="manager")
        events = json.loads(answer["HX-Trigger"])
        assert answer.status_code == 204
        assert events["toast"]["text"] == "Lucas Prado saved. Role: Manager"
        assert "dialog:close" in events
        assert events["live:changed"] == {"topics": ["team"]}
        assert kept(lucas).role == "manager"
        assert ">set here by Ana Souza<" in client.get("/team").content.decode()

    def test_a_role_is_released_to_the_directory(self, client, change, person):
        lucas = person("sdr")
        change(lucas, role="manager")
        assert "From the directory: SDR" in client.get(address(lucas), headers=PART).content.decode()
        assert change(lucas, role="").status_code == 204
        assert (kept(lucas).role, kept(lucas).role_source) == ("sdr", "directory")

    def test_everything_else_is_set_and_cleared(self, change, person):
        lucas = person("cs")
        change(lucas, may_own_leads="yes", capacity="30", away_until="2031-12-24")
        row = kept(lucas)
        assert (row.may_own_leads, row.capacity, str(row.away_until)) == (True, 30, "2031-12-24")
        change(lucas, may_own_leads="", capacity="", away_until="")
        row = kept(lucas)
        assert (row.may_own_leads, row.capacity, row.away_until) == (None, None, None)

    def test_saving_what_was_not_touched_leaves_what_another_set_meanwhile(self, client, change, person):
        lucas = person("sdr")
        form = fields(client.get(address(lucas), headers=PART).content.decode())
        change(lucas, role="manager", capacity="12")
        client.post(address(lucas), form | {"may_own_leads": "no"}, headers=PART)
        row = kept(lucas)
        assert (row.role, row.capacity, row.may_own_leads) == ("manager", 12, False)

    def test_all_that_is_wrong_is_told_at_once(self, client, change, person):
        typed = {"role": "king", "may_own_leads": "perhaps", "capacity": "-1", "away_until": "tomorrow"}
        answer = change(person("sdr"), **typed)
        assert answer.status_code == 422
        assert set(errors(answer.content.decode())) == set(typed)

    @pytest.mark.parametrize(
        ("typed", "field"),
        [
            ({"role": "king"}, "role"),
            ({"may_own_leads": "perhaps"}, "may_own_leads"),
            ({"capacity": "many"}, "capacity"),
            ({"capacity": "-1"}, "capacity"),
            ({"capacity": "9" * 30}, "capacity"),
            ({"away_until": "tomorrow"}, "away_until"),
        ],
    )
    def test_what_makes_no_sense_is_refused_in_place(self, change, person, typed, field):
        lucas = person("sdr")
        answer = change(lucas, **typed)
        assert answer.status_code == 422
        assert list(errors(answer.content.decode())) == [field]
        assert fields(answer.content.decode())[field] == ("" if field in ("role", "may_own_leads") else typed[field])
        assert kept(lucas).role_source == "directory"

    def test_a_role_that_may_not_be_changed_cannot_be_chosen_and_says_why(self, client, change, person, ana):
        owner = person("owner")
        for who, why in ((ana, "You cannot change your own role."), (owner, "Only an owner can give or take")):
            page = client.get(address(who), headers=PART).content.decode()
            assert "role" not in fields(page)
            assert why in page
            answer = change(who, role="member")
            assert errors(answer.content.decode())["role"].startswith(why)
            assert change(who, capacity="7").status_code == 204
            assert kept(who).capacity == 7

    def test_only_an_owner_is_offered_the_role_of_owner(self, client, person, client_of):
        lucas = person("sdr")
        assert 'value="owner"' not in client.get(address(lucas), headers=PART).content.decode()
        owner = client_of(person("owner"))
        assert 'value="owner"' in owner.get(address(lucas), headers=PART).content.decode()

    def test_only_who_manages_people(self, person, client_of):
        lucas = person("sdr")
        seller = client_of(person("member"))
        assert seller.get(address(lucas), headers=PART).status_code == 403
        assert seller.post(address(lucas), {"role": "admin"}).status_code == 403
        assert f'href="{address(lucas)}"' not in seller.get("/team").content.decode()

    def test_a_manager_sets_when_somebody_is_away_and_nothing_else(self, person, client_of):
        lucas = person("sdr")
        manager = client_of(person("manager"))
        page = manager.get(address(lucas), headers=PART).content.decode()
        assert set(fields(page)) == {"was_away_until", "away_until"}
        assert f'href="{address(lucas)}"' in manager.get("/team").content.decode()
        day = (timezone.localdate() + timedelta(days=9)).isoformat()
        assert manager.post(address(lucas), {**fields(page), "away_until": day}, headers=PART).status_code == 204
        assert Membership.objects.get(pk=lucas.pk).away_until.isoformat() == day
        for more in ({"role": "admin"}, {"capacity": "5"}, {"may_own_leads": "no"}, {"deactivate": "1"}):
            assert manager.post(address(lucas), {**fields(page), **more}).status_code == 403
        lucas.refresh_from_db()
        assert (lucas.role, lucas.capacity, lucas.may_own_leads, lucas.active) == ("sdr", None, None, True)

    def test_people_of_another_organization_do_not_exist(self, client, person, other_organization):
        assert client.get(address(person(organization=other_organization))).status_code == 404

    def test_without_script_it_is_a_page_and_then_the_list_with_a_word(self, client, person):
        lucas = person("sdr", name="Lucas Prado")
        page = client.get(address(lucas)).content.decode()
        assert "<h1>Lucas Prado</h1>" in page
        answer = client.post(address(lucas), fields(page) | {"role": "manager"})
        assert (answer.status_code, answer["Location"]) == (303, "/team")
        assert "Lucas Prado saved. Role: Manager" in client.get("/team").content.decode()


@pytest.mark.django_db
class TestWhatTheListSays:
    def test_who_is_away(self, person, client_of):
        lucas = person("sdr")
        for day, shown in (("2999-01-01", True), ("2001-01-01", False)):
            Membership.objects.filter(pk=lucas.pk).update(away_until=day)
            assert ("Away until" in client_of(lucas).get("/team").content.decode()) is shown

    def test_that_nobody_is_left_to_run_it_with_the_way_back(self, person, client_of):
        client = client_of(person("sdr"))
        page = client.get("/team").content.decode()
        assert "There is no active owner or administrator" in page
        assert "leadkeeper admin create" in page
        person("admin")
        assert "There is no active owner or administrator" not in client.get("/team").content.decode()
