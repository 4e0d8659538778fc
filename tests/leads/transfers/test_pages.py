"""Moving leads in bulk, and the unassigned queue, as pages."""

import json
import re
import uuid
from importlib import import_module

import pytest
from django.apps import apps
from django.test import Client

from leadkeeper.leads.models import Lead
from leadkeeper.leads.transfers import batches
from leadkeeper.leads.transfers.batches import carry_on
from leadkeeper.leads.transfers.models import Batch
from leadkeeper.leads.transfers.moved_leads import LEADS_A_PAGE

pytestmark = pytest.mark.django_db
PART = {"hx-request": "true", "accept-language": "en"}
PAGE = {"accept-language": "en"}


@pytest.fixture
def bruno(person):
    return person(name="Bruno Prado")


@pytest.fixture
def carla(person):
    return person(name="Carla <script>")


@pytest.fixture
def manager(person, client_of):
    return client_of(person("manager", name="Marta"))


def text(answer):
    return answer.content.decode()


def owner(lead):
    return Lead.objects.get(pk=lead.pk).assigned_to_id


def form_of(bruno, carla, **more):
    return {"from": str(bruno.user_id), "to": [str(carla.user_id)], **more}


def events(answer):
    return json.loads(answer["HX-Trigger"])


class TestDialog:
    def test_it_says_whose_leads_and_asks_for_somebody_first(self, lead, manager, bruno):
        lead(assigned_to=bruno.user_id)
        shown = manager.get("/leads/transfer", {"from": str(bruno.user_id)}, headers=PART)
        assert shown.status_code == 200
        assert "All leads of Bruno Prado" in text(shown)
        assert "<html" not in text(shown)
        assert '<button type="submit" class="button" data-kind="primary" name="go" value="1" disabled' in text(shown)

    def test_the_preview_has_the_numbers_and_the_exceptions(self, lead, manager, bruno, carla):
        lead(assigned_to=bruno.user_id)
        lead("Closed & gone", assigned_to=bruno.user_id, stage="fechado_ganho")
        shown = text(manager.post("/leads/transfer", form_of(bruno, carla), headers=PART))
        assert "Transfer 1 lead" in shown
        assert "1 lead stays where it is: won or lost" in shown
        assert "Closed &amp; gone" in shown
        assert "Carla &lt;script&gt;" in shown
        assert owner(Lead.objects.get(name="Closed & gone")) == bruno.user_id

    def test_people_are_added_and_taken_out_again(self, lead, manager, bruno, carla, person):
        dora = str(person(name="Dora").user_id)
        added = text(manager.post("/leads/transfer", form_of(bruno, carla, add=dora), headers=PART))
        assert f'name="to" value="{dora}"' in added
        assert 'name="sharing"' in added
        out = form_of(bruno, carla, without=dora) | {"to": [str(carla.user_id), dora]}
        assert f'name="to" value="{dora}"' not in text(manager.post("/leads/transfer", out, headers=PART))

    def test_what_is_chosen_on_the_list_and_all_that_a_filter_finds(self, lead, manager, carla):
        one, _ = lead("Zélia"), lead("Zélia Braga")
        shown = text(manager.get("/leads/transfer", {"lead_ids": [str(one.pk)]}, headers=PART))
        assert "1 selected lead" in shown
        found = {"all": "1", "q": "zelia", "to": [str(carla.user_id)]}
        assert "Transfer 2 leads" in text(manager.post("/leads/transfer", found, headers=PART))

    def test_it_costs_the_same_for_one_lead_and_for_a_hundred(
        self, lead, manager, bruno, carla, django_assert_num_queries
    ):
        lead(assigned_to=bruno.user_id, stage="fechado_ganho")
        with django_assert_num_queries(20, exact=False) as one:
            manager.post("/leads/transfer", form_of(bruno, carla), headers=PART)
        for _ in range(60):
            lead(assigned_to=bruno.user_id)
            lead(assigned_to=bruno.user_id, stage="fechado_ganho")
        with django_assert_num_queries(len(one)):
            manager.post("/leads/transfer", form_of(bruno, carla), headers=PART)


class TestDo:
    def test_a_toast_with_the_way_back(self, lead, manager, bruno, carla):
        one = lead(assigned_to=bruno.user_id)
        done = manager.post("/leads/transfer", form_of(bruno, carla, go="1", note="Holidays"), headers=PART)
        assert (done.status_code, owner(one)) == (204, carla.user_id)
        toast = events(done)["toast"]
        assert toast["text"] == "1 lead transferred."
        assert {"dialog:close", "selection:clear", "live:changed"} <= events(done).keys()
        back = manager.post(toast["undo"]["url"], headers=PART)
        assert (back.status_code, owner(one)) == (204, bruno.user_id)
        assert events(back)["toast"]["text"] == "1 lead given back."
        again = manager.post(toast["undo"]["url"], headers=PART)
        assert (again.status_code, events(again)["toast"]["kind"]) == (409, "danger")

    def test_without_script_the_batch_is_the_next_page(self, lead, manager, bruno, carla):
        lead(assigned_to=bruno.user_id)
        done = manager.post("/leads/transfer", form_of(bruno, carla, go="1"), headers=PAGE)
        batch = Batch.objects.get()
        assert (done.status_code, done["Location"]) == (303, f"/leads/transfers/{batch.pk}")
        assert "<html" in text(manager.get("/leads/transfer", {"from": "none"}, headers=PAGE))

    def test_what_has_changed_since_the_preview_is_shown_again_and_nothing_moves(self, lead, manager, bruno, carla):
        one = lead(assigned_to=bruno.user_id)
        refused = manager.post("/leads/transfer", form_of(bruno, carla, go="1", plan="older"), headers=PART)
        assert (refused.status_code, owner(one)) == (409, bruno.user_id)
        assert "Something has changed in the meantime" in text(refused)

    def test_bad_input_is_shown_at_its_field(self, manager, bruno, person):
        gone = person(name="Gone", active=False)
        refused = manager.post("/leads/transfer", form_of(bruno, gone, go="1"), headers=PART)
        assert (refused.status_code, "Gone is no longer active." in text(refused)) == (422, True)
        for nonsense in ({"from": "x"}, {"lead_ids": ["x"]}, {"lead_ids": [str(uuid.uuid4())]}, {}):
            sent = nonsense | {"to": [str(bruno.user_id)], "go": "1"}
            assert manager.post("/leads/transfer", sent, headers=PART).status_code == 422, nonsense


class TestBatches:
    def test_a_batch_that_moves_shows_how_far_it_is_and_one_that_has_ended_the_way_back(
        self, lead, manager, bruno, carla, monkeypatch
    ):
        monkeypatch.setattr(batches, "AT_ONCE", 1)
        for _ in range(2):
            lead(assigned_to=bruno.user_id)
        done = manager.post("/leads/transfer", form_of(bruno, carla, go="1"), headers=PART)
        address = done["HX-Redirect"]
        assert "<progress" in text(manager.get(address, headers=PAGE))
        carry_on()
        shown = text(manager.get(address, headers=PAGE))
        assert ("<progress" in shown, "Undo: give 2 leads back" in shown) == (False, True)
        manager.post(f"{address}/undo", headers=PAGE)
        carry_on()
        assert "Undone by Marta." in text(manager.get(address, headers=PAGE))

    def test_the_list_of_batches(self, lead, manager, bruno, carla, django_assert_num_queries):
        assert "Nothing has been transferred in bulk yet" in text(manager.get("/leads/transfers", headers=PAGE))
        lead(assigned_to=bruno.user_id)
        manager.post("/leads/transfer", form_of(bruno, carla, go="1", note="Holidays"), headers=PART)
        with django_assert_num_queries(20, exact=False) as one:
            shown = text(manager.get("/leads/transfers", headers=PAGE))
        cost = len(one)
        assert all(words in shown for words in ("Transfer: 1 lead", "Holidays", "Marta", "Carla &lt;script&gt;"))
        for _ in range(60):
            lead(assigned_to=bruno.user_id)
            manager.post("/leads/transfer", form_of(bruno, carla, go="1"), headers=PART)
        with django_assert_num_queries(cost):
            first = text(manager.get("/leads/transfers", headers=PAGE))
        assert "cursor=" in first
        assert manager.get("/leads/transfers?cursor=nonsense", headers=PAGE).status_code == 200


class TestWhoseLeadsTheyWere:
    def test_the_list_and_the_batch_name_who_gave_them(self, lead, manager, bruno, carla, person):
        dora = person(name="Dora")
        ids = [str(lead(assigned_to=giver).pk) for giver in (bruno.user_id, bruno.user_id, dora.user_id, None)]
        sent = {"lead_ids": ids, "to": [str(carla.user_id)], "go": "1"}
        assert manager.post("/leads/transfer", sent, headers=PART).status_code == 204
        batch = Batch.objects.get()
        assert sorted(batches.givers_of(batch), key=lambda one: -one.gives)[0] == (bruno.user_id, 2)
        assert {one.id for one in batches.givers_of(batch)} == {bruno.user_id, dora.user_id, None}
        shown = text(manager.get("/leads/transfers", headers=PAGE))
        assert 'title="Bruno Prado, Dora, Nobody"' in shown
        shown = text(manager.get(f"/leads/transfers/{batch.pk}", headers=PAGE))
        givers = shown[shown.index("Who gave leads") : shown.index("Who received leads")]
        assert all(name in givers for name in ("Bruno Prado", "Dora", "Nobody", "−2"))

    def test_of_very_many_the_first_three(self, lead, manager, carla, person):
        for number in range(5):
            lead(assigned_to=person(name=f"Seller {number}").user_id)
        manager.post("/leads/transfer", {"all": "1", "to": [str(carla.user_id)], "go": "1"}, headers=PART)
        assert "Seller 0, Seller 1, Seller 2 and 2 more" in text(manager.get("/leads/transfers", headers=PAGE))

    def test_the_way_back_names_those_who_give_them_back(self, lead, manager, bruno, carla):
        lead(assigned_to=bruno.user_id)
        manager.post("/leads/transfer", form_of(bruno, carla, go="1"), headers=PART)
        manager.post(f"/leads/transfers/{Batch.objects.get().pk}/undo", headers=PART)
        assert batches.givers_of(Batch.objects.get(undoes__isnull=False)) == [(carla.user_id, 1)]

    def test_a_batch_from_before_this_was_kept(self, lead, manager, bruno, carla):
        lead(assigned_to=bruno.user_id)
        manager.post("/leads/transfer", form_of(bruno, carla, go="1"), headers=PART)
        Batch.objects.update(givers=[])
        assert manager.get("/leads/transfers", headers=PAGE).status_code == 200
        assert "Who gave leads" not in text(manager.get(f"/leads/transfers/{Batch.objects.get().pk}", headers=PAGE))
        migration = import_module("leadkeeper.leads.migrations.0016_batch_givers")
        migration.read_givers_from_the_history(apps, None)
        assert batches.givers_of(Batch.objects.get()) == [(bruno.user_id, 1)]


class TestWhichLeadsMoved:
    def test_page_after_page_each_with_a_link(self, lead, manager, bruno, carla, django_assert_num_queries):
        leads = [lead(f"Lead {number:02}", assigned_to=bruno.user_id) for number in range(LEADS_A_PAGE + 3)]
        manager.post("/leads/transfer", form_of(bruno, carla, go="1"), headers=PART)
        address = f"/leads/transfers/{Batch.objects.get().pk}"
        with django_assert_num_queries(20, exact=False) as full:
            first = text(manager.get(address, headers=PAGE))
        found = re.search(rf'href="({address}\?after=\d+)"', first)
        with django_assert_num_queries(len(full)):
            second = text(manager.get(found[1], headers=PAGE))
        link = re.compile(r'class="row-link" href="/leads/([\w-]+)" title="(Lead \d+)"')
        shown = [link.findall(page) for page in (first, second)]
        assert [len(rows) for rows in shown] == [LEADS_A_PAGE, 3]
        assert sorted(shown[0] + shown[1]) == sorted((str(one.pk), one.name) for one in leads)
        # What is fetched again is the same page of them.
        assert f'data-live-src="{found[1]}"' in second

    def test_what_was_deleted_since_is_not_named(self, lead, manager, bruno, carla):
        one = lead("Secret name", assigned_to=bruno.user_id)
        manager.post("/leads/transfer", form_of(bruno, carla, go="1"), headers=PART)
        manager.post(f"/leads/{one.pk}/delete", headers=PAGE)
        shown = text(manager.get(f"/leads/transfers/{Batch.objects.get().pk}", headers={**PART}))
        assert ("Secret name" in shown, "A lead that was deleted" in shown) == (False, True)

    @pytest.mark.parametrize("after", ["x", "-1", "9" * 30, "²", "1.5"])
    def test_an_address_that_makes_no_sense_shows_the_first_ones(self, lead, manager, bruno, carla, after):
        lead("Marina", assigned_to=bruno.user_id)
        manager.post("/leads/transfer", form_of(bruno, carla, go="1"), headers=PART)
        shown = text(manager.get(f"/leads/transfers/{Batch.objects.get().pk}?after={after}", headers=PAGE))
        assert 'title="Marina"' in shown


class TestQueue:
    def test_what_waits_with_its_source_and_buttons_to_take_it(self, lead, client_of, person):
        lead("Zélia Prado", source="whatsapp")
        seller = client_of(person("sdr"))
        shown = text(seller.get("/leads/unassigned", headers=PAGE))
        assert all(words in shown for words in ("1 lead waiting", "Zélia Prado", "WhatsApp", "Take next"))
        support = text(client_of(person("support")).get("/leads/unassigned", headers=PAGE))
        assert ("Zélia Prado" in support, "Take next" in support) == (True, False)

    def test_take_next_goes_to_the_lead(self, lead, client_of, person):
        old, _ = lead(), lead()
        me = person("sdr")
        seller = client_of(me)
        taken = seller.post("/leads/unassigned/next", headers=PART)
        assert (taken["HX-Redirect"], owner(old)) == (f"/leads/{old.pk}", me.user_id)
        assert seller.post("/leads/unassigned/next", headers=PAGE).status_code == 303
        nothing = seller.post("/leads/unassigned/next", headers=PART)
        assert (nothing.status_code, "The queue is empty" in nothing["HX-Trigger"]) == (409, True)
        assert "Nothing waiting" in text(seller.get("/leads/unassigned", headers=PAGE))

    def test_taking_one_that_somebody_else_has_just_taken(self, lead, client_of, person):
        one, first = lead(), person("sdr", name="Zoé")
        assert client_of(first).post(f"/leads/{one.pk}/claim", headers=PART).status_code == 204
        second = client_of(person("sdr")).post(f"/leads/{one.pk}/claim", headers=PART)
        assert (second.status_code, owner(one)) == (409, first.user_id)

    def test_it_costs_the_same_for_one_and_for_fifty(self, lead, client_of, person, django_assert_num_queries):
        seller = client_of(person("sdr"))
        lead()
        with django_assert_num_queries(20, exact=False) as one:
            seller.get("/leads/unassigned", headers=PAGE)
        for _ in range(60):
            lead()
        with django_assert_num_queries(len(one)):
            assert "cursor=" in text(seller.get("/leads/unassigned", headers=PAGE))


ADDRESSES = [
    ("get", "/leads/transfer"),
    ("post", "/leads/transfer"),
    ("get", "/leads/transfers"),
    ("get", f"/leads/transfers/{uuid.UUID(int=1)}"),
    ("post", f"/leads/transfers/{uuid.UUID(int=1)}/undo"),
]


@pytest.mark.parametrize(("method", "address"), ADDRESSES)
def test_sellers_may_not_and_strangers_sign_in_first(method, address, person, client_of):
    assert getattr(Client(), method)(address).status_code == 302
    for role in ("member", "sdr", "cs", "support"):
        assert getattr(client_of(person(role)), method)(address).status_code == 403


def test_a_batch_of_another_organization_does_not_exist(
    lead, manager, bruno, carla, client_of, person, other_organization
):
    lead(assigned_to=bruno.user_id)
    manager.post("/leads/transfer", form_of(bruno, carla, go="1"), headers=PART)
    elsewhere = client_of(person("admin", organization=other_organization))
    batch = Batch.objects.get().pk
    assert elsewhere.get(f"/leads/transfers/{batch}").status_code == 404
    assert elsewhere.post(f"/leads/transfers/{batch}/undo").status_code == 404


def test_the_list_lets_those_who_may_select_and_transfer(lead, manager, client_of, person, bruno):
    lead(assigned_to=bruno.user_id)
    assert 'name="lead_ids"' in text(manager.get("/leads", headers=PAGE))
    assert "Transfer all of Bruno Prado" in text(manager.get(f"/leads?assigned_to={bruno.user_id}", headers=PAGE))
    assert f"/leads/transfer?from={bruno.user_id}" in text(manager.get("/team", headers=PAGE))
    seller = client_of(person("sdr"))
    for address in ("/leads", f"/leads?assigned_to={bruno.user_id}", "/team"):
        shown = text(seller.get(address, headers=PAGE))
        assert ('name="lead_ids"' in shown, "/leads/transfer" in shown) == (False, False), address
