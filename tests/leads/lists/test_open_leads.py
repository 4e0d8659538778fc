"""Lists and the numbers beside them mean open leads, unless they say otherwise; who sells begins with their own."""

import re
from html import unescape

import pytest
from django.utils.http import urlencode

from leadkeeper.leads.views.models import SavedView
from tests.leads.test_pages import shown, text

pytestmark = pytest.mark.django_db
PART = {"hx-request": "true", "accept-language": "en"}
PAGE = {"accept-language": "en"}


def counts(page: str) -> dict[str, str]:
    """The numbers in the tabs, by their names."""
    return dict(re.findall(r'class="tab-name">([^<]*)</span><span class="count">([^<]*)<', page))


@pytest.fixture
def seller(person):
    return person("sdr", name="Sara")


@pytest.fixture
def leads(seller, lead):
    """Of Sara and of nobody one that is open, one won, one lost."""
    for stage in ("novo", "fechado_ganho", "fechado_perdido"):
        lead(f"Sara's {stage}", stage=stage, assigned_to=seller.user_id)
        lead(f"Nobody's {stage}", stage=stage)


@pytest.mark.usefixtures("leads")
class TestList:
    @pytest.mark.parametrize(
        ("query", "found", "number"),
        [
            ({}, ["Nobody's novo", "Sara's novo"], "2 open leads"),
            ({"stage": "open"}, ["Nobody's novo", "Sara's novo"], "2 open leads"),
            ({"assigned_to": "me"}, ["Sara's novo"], "1 lead found"),
            ({"assigned_to": "none"}, ["Nobody's novo"], "1 lead found"),
            ({"q": "sara"}, ["Sara's novo"], "1 lead found"),
            ({"stage": "fechado_ganho"}, ["Nobody's fechado_ganho", "Sara's fechado_ganho"], "2 leads found"),
            (
                {"stage": "any", "assigned_to": "me"},
                ["Sara's fechado_perdido", "Sara's fechado_ganho", "Sara's novo"],
                "3 leads found",
            ),
        ],
    )
    def test_shows_and_counts_open_leads_unless_a_stage_says_otherwise(self, seller, client_of, query, found, number):
        page = client_of(seller).get("/leads", query, headers=PAGE).content.decode()
        assert shown(page) == found
        assert number in text(page)

    def test_tabs_and_picker_say_the_numbers_that_the_lists_show(self, seller, client_of):
        client = client_of(seller)
        page = client.get("/leads", headers=PAGE).content.decode()
        assert counts(page) == {"All": "2", "Mine": "1", "Unassigned": "1"}
        (me, *_others) = client.get("/api/assignees").json()["items"]
        assert me["open_leads"] == 1

    def test_the_way_to_won_and_lost_ones_is_a_press_away_from_a_search(self, seller, client_of):
        client = client_of(seller)
        for q in ("ganho", "sara"):
            page = client.get("/leads", {"q": q, "assigned_to": "me"}, headers=PAGE).content.decode()
            address = "/leads?" + urlencode({"q": q, "stage": "any", "assigned_to": "me"})
            assert address in unescape(page)
            assert "Sara's fechado_ganho" in shown(client.get(address).content.decode())
        everything = client.get("/leads", {"q": "sara", "stage": "any"}, headers=PAGE).content.decode()
        assert "Search won and lost leads too" not in everything
        assert "Search won and lost leads too" not in client.get("/leads", headers=PAGE).content.decode()

    def test_the_filter_says_which(self, seller, client_of):
        page = client_of(seller).get("/leads", headers=PAGE).content.decode()
        assert '<option value="" selected>Open leads</option>' in page
        page = client_of(seller).get("/leads?stage=any", headers=PAGE).content.decode()
        assert '<option value="any" selected>Any stage</option>' in page

    def test_all_that_the_list_shows_is_transferred_and_no_more(self, seller, person, client_of):
        manager, taker = client_of(person("manager")), person(name="Tom")
        for filters, number in (({"assigned_to": str(seller.user_id)}, 1), ({"stage": "any", "q": "sara"}, 3)):
            asked = {"all": "1", "to": str(taker.user_id), "closed": "on", **filters}
            assert f"Transfer {number} lead" in manager.post("/leads/transfer", asked, headers=PART).content.decode()


class TestSavedView:
    def test_keeps_every_stage_where_it_says_so(self, seller, client_of, leads):
        client = client_of(seller)
        client.post("/leads/views/new", {"name": "Everything of mine", "stage": "any", "assigned_to": "me"})
        view = SavedView.objects.get()
        page = client.get(f"/leads?stage=any&assigned_to=me&view={view.pk}", headers=PAGE).content.decode()
        assert len(shown(page)) == 3
        assert "Update view" not in page


class TestApi:
    def test_open_is_a_stage_to_ask_for(self, seller, client_of, leads):
        client = client_of(seller)
        asked = {stage: client.get(f"/api/leads?stage={stage}").json()["items"] for stage in ("", "open")}
        assert {stage: len(items) for stage, items in asked.items()} == {"": 6, "open": 2}


class TestFirstPage:
    @pytest.mark.parametrize(
        ("role", "has_one", "address"),
        [
            ("sdr", False, "/leads?assigned_to=me"),
            ("member", True, "/leads?assigned_to=me"),
            ("manager", True, "/leads?assigned_to=me"),
            ("manager", False, "/leads"),
            ("owner", False, "/leads"),
            ("support", False, "/leads"),
        ],
    )
    def test_ones_own_leads_for_who_sells(self, person, client_of, lead, role, has_one, address):
        somebody = person(role)
        lead(stage="fechado_ganho", assigned_to=None if role == "support" else somebody.user_id)
        if has_one:
            lead(assigned_to=somebody.user_id)
        answer = client_of(somebody).get("/")
        assert (answer.status_code, answer["Location"]) == (302, address)

    def test_who_is_not_signed_in_goes_to_the_door(self, organization, client):
        assert "/sign-in" in client.get("/")["Location"]


class TestEmpty:
    def test_of_mine_offers_what_waits_else_a_new_lead(self, seller, client_of, lead):
        client = client_of(seller)
        page = client.get("/leads?assigned_to=me", headers=PAGE).content.decode()
        assert "No open lead is yours yet" in page
        assert "Search by" not in page
        assert 'href="/leads/new"' in page.partition('class="empty"')[2]
        lead("Waiting")
        page = client.get("/leads?assigned_to=me", headers=PAGE).content.decode()
        assert 'href="/leads/unassigned"' in page.partition('class="empty"')[2]

    def test_of_nobody_s_says_that_nothing_waits(self, seller, client_of):
        page = client_of(seller).get("/leads?assigned_to=none", headers=PAGE).content.decode()
        assert "Nothing waiting" in page

    def test_of_filters_alone_speaks_of_no_search(self, seller, client_of):
        page = client_of(seller).get("/leads?stage=proposta", headers=PAGE).content.decode()
        assert "No lead matches these filters." in page
        assert "Search by" not in page
