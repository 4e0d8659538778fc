"""Saved views as a browser gets them: the tabs above the list, the dialog, and what is done there."""

import json
import re
from html import unescape

import pytest
from django.test import Client

from leadkeeper.leads.views.models import SavedView

pytestmark = pytest.mark.django_db
PART = {"hx-request": "true", "accept-language": "en"}
PAGE = {"accept-language": "en"}


@pytest.fixture
def sara(person):
    return person("sdr", name="Sara")


@pytest.fixture
def seller(sara, client_of):
    return client_of(sara)


@pytest.fixture
def manager(person, client_of):
    return client_of(person("manager", name="Marta"))


def shown(page):
    return [unescape(name) for name in re.findall(r'class="row-link"[^>]* title="([^"]*)"', page)]


def tabs(client, address="/leads"):
    """The names of the tabs, the open one in brackets."""
    page = client.get(address, headers=PAGE).content.decode()
    found = re.findall(
        r'<a class="tab"[^>]*?( aria-current="page")?(?: title="[^"]*")?>.*?"tab-name">(.*?)</span>', page
    )
    return [f"[{unescape(name)}]" if current else unescape(name) for current, name in found]


def saved(client, name, **filters):
    answer = client.post("/leads/views/new", {"name": name, **filters})
    assert answer.status_code == 303, answer.content
    return SavedView.objects.get(name=name)


OURS = ["All", "Mine", "Unassigned", "Recent"]


class TestTabs:
    def test_ours_then_the_saved_ones_by_name_and_the_open_one_is_marked(self, seller, manager):
        view = saved(seller, "Propostas", stage="proposta")
        saved(manager, "Everybody's", stage="novo", shared="on")
        saved(manager, "Marta's own", stage="novo")
        assert tabs(seller) == ["[All]", *OURS[1:], "Everybody's", "Propostas"]
        assert tabs(seller, f"/leads?stage=proposta&view={view.pk}")[-1] == "[Propostas]"
        assert tabs(seller, "/leads/recent") == ["All", "Mine", "Unassigned", "[Recent]", "Everybody's", "Propostas"]
        assert tabs(seller, "/leads/unassigned")[2] == "[Unassigned]"

    def test_many_are_folded_into_a_menu_but_never_the_open_one(self, seller):
        views = [saved(seller, f"View {number}", stage="novo") for number in range(7)]
        assert tabs(seller)[4:] == [f"View {number}" for number in range(4)]
        assert tabs(seller, f"/leads?stage=novo&view={views[6].pk}")[4:] == [
            *(f"View {n}" for n in range(4)),
            "[View 6]",
        ]
        page = seller.get("/leads", headers=PAGE).content.decode()
        assert "More views" in page
        assert "View 6" in page

    def test_hostile_names_are_text(self, seller):
        saved(seller, "<script>alert(1)</script>", q="<b>")
        page = seller.get("/leads").content.decode()
        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)" in page

    def test_what_is_offered_depends_on_what_is_open(self, seller, manager):
        view = saved(seller, "Propostas", stage="proposta")
        theirs = saved(manager, "Everybody's", stage="novo", shared="on")

        def offered(address):
            page = seller.get(address, headers=PAGE).content.decode()
            return [words for words in ("Save view", "Save as new view", "Update view", "Edit view") if words in page]

        assert offered("/leads") == []
        assert offered("/leads?stage=novo") == ["Save view"]
        assert offered(f"/leads?stage=proposta&view={view.pk}") == ["Edit view"]
        assert offered(f"/leads?stage=novo&view={view.pk}") == ["Save as new view", "Update view", "Edit view"]
        assert offered(f"/leads?stage=proposta&view={theirs.pk}") == ["Save as new view"]
        assert offered("/leads?view=nonsense") == []

    def test_as_many_queries_with_many_views_as_with_one(self, seller, django_assert_num_queries):
        saved(seller, "View", stage="novo")
        seller.get("/leads")
        with django_assert_num_queries(8):
            seller.get("/leads")
        for number in range(40):
            saved(seller, f"View {number}", stage="novo")
        seller.get("/leads")
        with django_assert_num_queries(8):
            seller.get("/leads")


class TestSource:
    def test_the_list_is_narrowed_and_counted_by_source(self, seller, lead):
        lead("One", source="instagram")
        lead("Two", source="whatsapp")
        page = seller.get("/leads", {"source": "instagram"}, headers=PAGE).content.decode()
        assert shown(page) == ["One"]
        assert "1 lead found" in page
        assert '<option value="instagram" selected>' in page
        part = seller.get("/leads", {"source": "whatsapp", "q": "two"}, headers=PART)
        assert part["HX-Replace-Url"] == "/leads?q=two&source=whatsapp"

    def test_one_that_is_none_narrows_nothing(self, seller, lead):
        lead("One", source="instagram")
        assert shown(seller.get("/leads", {"source": "TV spot"}, headers=PAGE).content.decode()) == ["One"]


class TestSave:
    def test_the_dialog_keeps_what_the_list_was_narrowed_to(self, seller, lead):
        lead("Found", source="evento")
        asked = seller.get("/leads/views/new?source=evento&q=fo", headers=PART).content.decode()
        assert 'name="source" value="evento"' in asked
        assert "Event" in asked
        answer = seller.post("/leads/views/new", {"name": "Events", "source": "evento", "q": "fo"}, headers=PART)
        assert answer.status_code == 204
        assert shown(seller.get(answer["HX-Redirect"]).content.decode()) == ["Found"]

    def test_bad_input_keeps_what_was_typed(self, seller):
        saved(seller, "Events", source="evento")
        again = seller.post("/leads/views/new", {"name": "Events", "source": "evento"}, headers=PART)
        assert again.status_code == 422
        assert 'value="Events"' in again.content.decode()
        assert seller.post("/leads/views/new", {"name": "All"}, headers=PAGE).status_code == 422

    def test_all_that_is_wrong_is_told_at_once(self, seller):
        answer = seller.post("/leads/views/new", {"name": ""}, headers=PART).content.decode()
        assert "Enter a name." in answer
        assert "Narrow the list first" in answer

    def test_who_may_not_share_is_not_offered_to_and_is_refused(self, seller, manager):
        assert "Share with everybody" not in seller.get("/leads/views/new?q=x", headers=PAGE).content.decode()
        assert "Share with everybody" in manager.get("/leads/views/new?q=x", headers=PAGE).content.decode()
        assert seller.post("/leads/views/new", {"name": "X", "q": "x", "shared": "on"}).status_code == 403

    def test_who_is_not_signed_in_goes_to_the_door(self, organization):
        assert Client().post("/leads/views/new", {"name": "X", "q": "x"}).status_code == 302


class TestChange:
    def test_renamed_and_the_tabs_are_fetched_again(self, seller):
        view = saved(seller, "Old", stage="novo")
        answer = seller.post(f"/leads/views/{view.pk}", {"name": "New"}, headers=PART)
        events = json.loads(answer["HX-Trigger"])
        assert (answer.status_code, events["live:changed"]) == (204, {"topics": ["views"]})
        assert tabs(seller)[-1] == "New"

    def test_updated_to_what_the_list_shows_now(self, seller):
        view = saved(seller, "View", stage="novo")
        answer = seller.post(f"/leads/views/{view.pk}/filters", {"stage": "proposta", "assigned_to": "me"})
        assert answer["Location"] == f"/leads?stage=proposta&assigned_to=me&view={view.pk}"
        view.refresh_from_db()
        assert (view.stage, view.assigned_to) == ("proposta", "me")
        assert seller.post(f"/leads/views/{view.pk}/filters", {}, headers=PART).status_code == 422

    def test_deleted(self, seller):
        view = saved(seller, "View", stage="novo")
        assert seller.post(f"/leads/views/{view.pk}", {"delete": "1"})["Location"] == "/leads"
        assert not SavedView.objects.exists()
        assert seller.post(f"/leads/views/{view.pk}", {"delete": "1"}).status_code == 404

    def test_not_by_others(self, seller, manager, person, client_of, other_organization):
        own, shared = saved(manager, "Own", q="x"), saved(manager, "Shared", q="x", shared="on")
        foreign = client_of(person("owner", organization=other_organization))
        for client, view, status in ((seller, own, 404), (seller, shared, 403), (foreign, shared, 404)):
            assert client.get(f"/leads/views/{view.pk}").status_code == status
            assert client.post(f"/leads/views/{view.pk}", {"name": "Taken"}).status_code == status
            assert client.post(f"/leads/views/{view.pk}/filters", {"q": "y"}).status_code == status


def test_somebody_of_another_organization_is_not_named(manager, person, other_organization):
    foreign = person(name="Farida Forasteira", organization=other_organization)
    for address in ("/leads", "/leads/views/new"):
        assert "Farida" not in manager.get(address, {"assigned_to": str(foreign.user_id)}).content.decode()


class TestSomebodyWhoLeft:
    def test_their_view_still_names_them_and_offers_to_transfer_their_leads(self, manager, person, lead):
        gone = person(name="Otto Partiu")
        lead("Left behind", assigned_to=gone.user_id)
        view = saved(manager, "Otto's", assigned_to=str(gone.user_id))
        gone.active = False
        gone.save()
        page = manager.get(f"/leads?assigned_to={gone.user_id}&view={view.pk}", headers=PAGE).content.decode()
        assert shown(page) == ["Left behind"]
        assert "Transfer all of Otto Partiu's leads" in unescape(page)
        assert f"/leads/transfer?from={gone.user_id}" in page
        assert "Otto Partiu" in manager.get(f"/leads/views/{view.pk}", headers=PART).content.decode()
