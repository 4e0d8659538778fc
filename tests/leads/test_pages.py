"""The list of leads and the page of one, as a browser gets them."""

import json
import re
import uuid
from html import unescape

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from leadkeeper.leads import history as history_module
from leadkeeper.leads.assign import assign
from leadkeeper.leads.choices import Reason
from leadkeeper.leads.find import lock_lead
from leadkeeper.leads.lists.listing import LEADS_A_PAGE
from leadkeeper.leads.models import Lead
from leadkeeper.team.viewer import Viewer
from tests.leads.conftest import history

PART = {"HX-Request": "true"}


def shown(page: str) -> list[str]:
    """The names in the list, in order."""
    return [unescape(name) for name in re.findall(r'class="row-link"[^>]* title="([^"]*)"', page)]


def link(page: str, rel: str) -> str:
    found = re.search(rf'<a href="([^"]*)"[^>]* rel="{rel}"', page)
    return unescape(found[1]) if found else ""


def text(page: str) -> str:
    """What a reader sees of it, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]*>", "", page)).split())


def toast(answer) -> dict:
    return json.loads(answer["HX-Trigger"])["toast"]


@pytest.mark.django_db
class TestLeads:
    def test_who_is_not_signed_in_goes_to_the_door(self, organization):
        assert Client().get("/leads").status_code == 302

    def test_newest_first_with_stage_responsible_source_and_phone(self, person, client_of, lead):
        lucas = person("sdr", name="Lucas Prado")
        lead("First", source="whatsapp", phone="(11) 98765-4321", assigned_to=lucas.user_id)
        lead("Second", source="instagram", stage="fechado_ganho")
        page = client_of(person("support")).get("/leads?stage=any").content.decode()
        assert shown(page) == ["Second", "First"]
        assert "2 leads" in text(page)
        for words in ("Lucas Prado", "WhatsApp", "Instagram", "+55 11 98765-4321", "Won"):
            assert words in page

    def test_an_extension_is_shown_and_called(self, person, client_of, lead):
        one = lead(phone="(11) 3333-4444 ramal 12")
        client = client_of(person("support"))
        assert "+55 11 3333-4444 ext. 12" in client.get("/leads").content.decode()
        page = client.get(f"/leads/{one.pk}", headers={"accept-language": "pt-br"}).content.decode()
        assert '<a href="tel:+551133334444;ext=12">+55 11 3333-4444 ramal 12</a>' in page

    def test_a_name_from_right_to_left_turns_nothing_around(self, person, client_of, lead):
        one = lead("דוד 3", assigned_to=person("sdr", name="محمد").user_id)
        client = client_of(person("manager"))
        page = client.get("/leads").content.decode()
        assert "Responsible for \u2068דוד 3\u2069: </span>" in page
        assert 'aria-label="Select \u2068דוד 3\u2069"' in page
        assert "<bdi>דוד 3</bdi>" in client.get(f"/leads/{one.pk}").content.decode()

    @pytest.mark.parametrize("query", ["%", "'", "---", "🙂"])
    def test_a_search_without_a_letter_or_digit_finds_nothing(self, person, client_of, lead, query):
        lead("Ana 'Grilo' 🙂")
        page = client_of(person()).get("/leads", {"q": query}).content.decode()
        assert (shown(page), "0 leads found" in text(page)) == ([], True)

    def test_leads_of_another_organization_do_not_exist(self, person, client_of, lead, other_organization):
        foreign = lead("Foreign", organization=other_organization)
        client = client_of(person("owner"))
        page = client.get("/leads").content.decode()
        assert shown(page) == []
        assert "No leads yet" in page
        assert client.get(f"/leads/{foreign.id}").status_code == 404

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"q": "marcia"}, ["Márcia"]),
            ({"q": "98765"}, ["Márcia"]),
            ({"stage": "proposta"}, ["Nobody's", "Hers"]),
            ({"assigned_to": "me"}, ["Mine"]),
            ({"assigned_to": "none"}, ["Nobody's", "Márcia"]),
            ({"assigned_to": "none", "stage": "proposta"}, ["Nobody's"]),
            ({"assigned_to": "king", "stage": "x", "cursor": "y"}, ["Nobody's", "Hers", "Mine", "Márcia"]),
        ],
    )
    def test_it_is_narrowed_as_asked_and_nonsense_is_passed_over(self, person, client_of, lead, query, found):
        me, her = person("sdr"), person("member")
        lead("Márcia", phone="(11) 98765-4321")
        lead("Mine", assigned_to=me.user_id)
        lead("Hers", assigned_to=her.user_id, stage="proposta")
        lead("Nobody's", stage="proposta")
        page = client_of(me).get("/leads", query, headers=PART).content.decode()
        assert shown(page) == found
        assert re.search(rf"\b{len(found)} (open )?leads?\b", text(page))

    def test_a_persons_leads_and_mine_are_told_apart(self, person, client_of, lead):
        me, her = person("sdr"), person("member", name="Érica")
        lead("Hers", assigned_to=her.user_id)
        lead("Mine", assigned_to=me.user_id)
        client = client_of(me)
        assert shown(client.get(f"/leads?assigned_to={her.user_id}").content.decode()) == ["Hers"]
        # My own id is the view "Mine".
        page = client.get(f"/leads?assigned_to={me.user_id}", headers=PART)
        assert page["HX-Replace-Url"] == "/leads?assigned_to=me"

    def test_nothing_found_offers_the_way_back(self, person, client_of, lead):
        lead("Somebody")
        page = client_of(person()).get("/leads?q=xavier").content.decode()
        assert "No lead matches" in page
        assert "0 leads found" in text(page)

    def test_no_leads_yet_offers_a_new_one_to_those_who_may(self, person, client_of):
        assert 'href="/leads/new"' in client_of(person("sdr")).get("/leads").content.decode()
        assert 'href="/leads/new"' not in client_of(person("cs")).get("/leads").content.decode()

    def test_forward_and_back_over_the_same_pages(self, person, client_of, lead):
        for number in range(2 * LEADS_A_PAGE + 5):
            lead(f"Lead {number}")
        client, pages, seen = client_of(person()), ["/leads"], []
        while True:
            page = client.get(pages[-1]).content.decode()
            seen += shown(page)
            if not (following := link(page, "next")):
                break
            pages.append(following)
        assert seen == [f"Lead {number}" for number in reversed(range(2 * LEADS_A_PAGE + 5))]
        back = [pages[-1]]
        while previous := link(client.get(back[-1]).content.decode(), "prev"):
            back.append(previous)
        assert back == pages[::-1]

    def test_each_page_says_which_of_all_it_shows(self, person, client_of, lead):
        client = client_of(person())
        lead("Lead")
        assert "1–1 of" not in text(client.get("/leads").content.decode())
        for number in range(2 * LEADS_A_PAGE + 4):
            lead(f"Lead {number}")
        page, seen = client.get("/leads").content.decode(), []
        while True:
            seen += re.findall(r"(\d+–\d+ of [\d,+]+)", text(page))
            if not (following := link(page, "next")):
                break
            page = client.get(following).content.decode()
        assert seen == ["1–50 of 105", "51–100 of 105", "101–105 of 105"]
        page = client.get(link(page, "prev")).content.decode()
        assert "51–100 of 105" in text(page)
        # What somebody made of the address is not believed beyond reason.
        assert client.get("/leads?before=nonsense&cursor=x").status_code == 200

    def test_as_many_queries_for_one_lead_as_for_a_full_page(self, person, client_of, lead, django_assert_num_queries):
        me = person()
        client = client_of(me)
        lead("One", assigned_to=me.user_id)
        # Session, viewer, leads, count, saved views (mine, others'), counts of the views, the people responsible
        # (who, and whether still here), whether the viewer may be it, and what is unread.
        with django_assert_num_queries(10):
            client.get("/leads")
        for number in range(LEADS_A_PAGE):
            lead(f"Lead {number}", assigned_to=person().user_id)
        with django_assert_num_queries(10):
            assert len(shown(client.get("/leads").content.decode())) == LEADS_A_PAGE


@pytest.mark.django_db
class TestLead:
    def test_it_shows_the_lead_and_who_is_responsible(self, person, client_of, lead):
        lucas = person("sdr", name="Lucas Prado")
        one = lead("Marina Lopes", email="marina@example.com", message="Call me\nafter six", assigned_to=lucas.user_id)
        page = client_of(person("sdr")).get(f"/leads/{one.id}").content.decode()
        assert "<title>Marina Lopes · Leadkeeper</title>" in page
        assert 'href="mailto:marina@example.com"' in page
        assert 'value="Lucas Prado"' in page
        assert "Call me\nafter six" in page

    def test_who_may_only_see_sees_no_way_to_change_it(self, person, client_of, lead):
        one = lead(assigned_to=person("sdr", name="Lucas Prado").user_id)
        page = client_of(person("support")).get(f"/leads/{one.id}").content.decode()
        assert "Lucas Prado" in page
        for control in ("<owner-picker", "/edit", "/delete"):
            assert control not in page

    def test_what_does_not_exist_is_not_found(self, person, client_of):
        client = client_of(person())
        assert client.get(f"/leads/{uuid.uuid4()}").status_code == 404
        assert client.get("/leads/42").status_code == 404

    def test_somebody_who_has_left_is_still_named_and_said_to_have_left(self, person, client_of, lead):
        lucas = person("sdr", name="Lucas Prado")
        one = lead(assigned_to=lucas.user_id)
        lucas.active = False
        lucas.save()
        client = client_of(person("sdr"))
        for address in ("/leads", f"/leads/{one.id}"):
            page = client.get(address).content.decode()
            assert "Lucas Prado" in page
            assert "no longer active" in page

    def test_the_history_tells_in_sentences_newest_first(self, person, client_of, lead):
        ana, bruno = person("manager", name="Ana Souza"), person("sdr", name="Bruno Dias")
        one = lead(assigned_to=bruno.user_id)
        client = client_of(ana)
        for to in ("", str(bruno.user_id), str(ana.user_id)):
            client.post(f"/leads/{one.id}/responsible", {"assigned_to": to})
        words = text(client.get(f"/leads/{one.id}", headers=PART).content.decode())
        sentences = [
            "Ana Souza took this lead over from Bruno Dias",
            "Ana Souza made Bruno Dias responsible",
            "Ana Souza took this lead from Bruno Dias and left it unassigned",
            "Leadkeeper added this lead and made Bruno Dias responsible",
        ]
        places = [words.index(sentence) for sentence in sentences]
        assert places == sorted(places)

    @pytest.mark.parametrize(
        ("reason", "from_bruno", "why"),
        [
            ("transfer", True, "Because Ana Souza transferred leads of Bruno Dias on"),
            ("transfer", False, "Because Ana Souza shared out unassigned leads on"),
            ("departure", True, "Because Bruno Dias left on"),
            ("undo", True, "Because Ana Souza undid a change on"),
            ("import", False, "Because Ana Souza imported this lead on"),
            ("rule", False, "By a rule, on"),
            ("claim", False, "Because Ana Souza chose Carla Reis on"),
        ],
    )
    def test_why_it_is_this_person_and_who_was_it_before(self, reason, from_bruno, why, person, client_of, lead):
        ana, bruno = person("manager", name="Ana Souza"), person("sdr", name="Bruno Dias")
        carla, batch = person("sdr", name="Carla Reis"), uuid.uuid4()
        one = lead(assigned_to=bruno.user_id if from_bruno else None)
        with transaction.atomic():
            by = Viewer.of(ana)
            assign(lock_lead(one.pk, by), carla.user, by=by, reason=reason, note="leaving", batch=batch)
        page = client_of(ana).get(f"/leads/{one.id}", headers=PART).content.decode()
        assert why in text(page)
        assert ": “leaving”" in text(page)
        assert f'href="/leads/transfers/{batch}"' in page
        assert ("before: Bruno Dias, under a minute" in text(page)) == from_bruno
        assert f"/leads/transfers/{batch}" not in client_of(person("sdr")).get(f"/leads/{one.id}").content.decode()

    @pytest.mark.parametrize(
        ("language", "why", "told"),
        [
            ("en", r"Because Ana Souza took this lead on [A-Z][a-z]+ \d+\.", "Ana Souza took this lead "),
            ("pt-br", r"Porque Ana Souza assumiu este lead em \d+ de [a-zç]+\.", "Ana Souza assumiu este lead "),
        ],
    )
    def test_one_that_was_taken_by_whoever_has_it_now(self, language, why, told, person, client_of, lead):
        ana, one = person("sdr", name="Ana Souza"), lead()
        client = client_of(ana)
        client.post(f"/leads/{one.pk}/claim", headers=PART)
        words = text(client.get(f"/leads/{one.pk}", headers={**PART, "accept-language": language}).content.decode())
        assert re.search(why, words)
        assert told in words

    def test_of_a_new_lead_the_history_alone_says_why(self, person, client_of, lead):
        ana, bruno = person("sdr", name="Ana Souza"), person("sdr", name="Bruno Dias")
        for one in (lead(assigned_to=bruno.user_id), lead()):
            page = client_of(ana).get(f"/leads/{one.pk}", headers=PART).content.decode()
            assert "Because" not in page
            assert "owner-reason" not in page

    def test_as_many_queries_for_a_long_history_as_for_a_short_one(self, person, client_of, lead):
        ana, one = person("manager"), lead()
        client, by = client_of(ana), Viewer.of(ana)

        def queries() -> int:
            with CaptureQueriesContext(connection) as counted:
                client.get(f"/leads/{one.id}")
            return len(counted)

        def give_to_somebody() -> None:
            with transaction.atomic():
                assign(lock_lead(one.pk, by), person("sdr").user, by=by, reason="manual")

        give_to_somebody()
        first = queries()
        for _ in range(20):
            give_to_somebody()
        assert queries() == first

    def test_a_long_history_is_leafed_through(self, person, client_of, lead, monkeypatch):
        monkeypatch.setattr(history_module, "CHANGES_AT_ONCE", 2)
        ana, bruno = person("admin", name="Ana Souza"), person("sdr", name="Bruno Costa")
        one = lead("Marina Lopes", assigned_to=None)
        for number in range(5):
            to = bruno.user if number % 2 else ana.user
            assign(one, to, by=Viewer.of(ana), reason=Reason.MANUAL, note=f"Change {number}")
        client, address, seen = client_of(ana), f"/leads/{one.id}", []
        for shown, begins in ((["4", "3"], False), (["2", "1"], False), (["0"], True)):
            page = client.get(address).content.decode()
            assert re.findall(r'<p class="lines">Change (\d)</p>', page) == shown
            assert "Because" in page
            assert ("nobody responsible" in page) is begins
            seen += shown
            earlier = re.search(r'href="([^"]*)">Earlier changes', page)
            address = earlier[1] if earlier else ""
        assert seen == ["4", "3", "2", "1", "0"]

    @pytest.mark.parametrize("before", ["x", "-1", "9" * 40, "²"])
    def test_where_no_change_is_named_the_newest_are_shown(self, person, client_of, lead, before):
        ana = person("admin")
        one = lead("Marina Lopes", assigned_to=ana.user_id)
        page = client_of(ana).get(f"/leads/{one.id}", {"before": before})
        assert page.status_code == 200
        assert "ownership-" in page.content.decode()

    def test_the_history_begins_with_the_lead_where_nobody_was_responsible(self, person, client_of, lead):
        page = client_of(person()).get(f"/leads/{lead().id}").content.decode()
        assert "This lead was added with nobody responsible" in page


@pytest.mark.django_db
class TestResponsible:
    def test_choosing_saves_and_can_be_undone(self, person, client_of, lead):
        ana, lucas = person("sdr"), person("sdr", name="Lucas Prado")
        one = lead()
        client = client_of(ana)
        answer = client.post(f"/leads/{one.id}/responsible", {"assigned_to": str(lucas.user_id)})
        assert answer.status_code == 204
        assert toast(answer)["text"] == "Responsible: Lucas Prado"
        undone = client.post(toast(answer)["undo"]["url"])
        assert toast(undone)["text"] == "Nobody is responsible now."
        assert history(one) == [(None, lucas.user_id), (lucas.user_id, None)]
        assert one.ownership.latest("id").reason == "undo"

    def test_undo_never_undoes_what_somebody_else_did_since(self, person, client_of, lead):
        ana, lucas, erica = person("sdr"), person("sdr"), person("manager")
        one = lead()
        client = client_of(ana)
        answer = client.post(f"/leads/{one.id}/responsible", {"assigned_to": str(lucas.user_id)})
        client_of(erica).post(f"/leads/{one.id}/responsible", {"assigned_to": str(erica.user_id)})
        refused = client.post(toast(answer)["undo"]["url"])
        assert refused.status_code == 409
        assert toast(refused)["kind"] == "danger"
        assert Lead.objects.get().assigned_to_id == erica.user_id

    def test_who_saw_another_one_is_told_whose_it_is_now_and_shown_it(self, person, client_of, lead):
        bruno, carla = person("sdr", name="Bruno Dias"), person("sdr")
        one = lead(assigned_to=bruno.user_id)
        client, address = client_of(person()), f"/leads/{one.id}/responsible"
        answer = client.post(address, {"assigned_to": str(carla.user_id), "was": ""})
        assert answer.status_code == 409
        told = toast(answer)["text"]
        assert told == "Somebody changed this to Bruno Dias in the meantime. Your choice was not saved."
        assert f"lead:{one.id}" in json.loads(answer["HX-Trigger"])["live:changed"]["topics"]
        assert client.post(address, {"assigned_to": "", "was": "nonsense"}).status_code == 422
        assert history(one) == [(None, bruno.user_id)]
        assert client.post(address, {"assigned_to": "", "was": str(bruno.user_id)}).status_code == 204

    def test_whoever_chose_says_why_and_it_stands_beside_the_name(self, person, client_of, lead):
        ana, bruno = person("manager", name="Ana Souza"), person("sdr", name="Bruno Dias")
        one = lead()
        client = client_of(ana)
        client.post(f"/leads/{one.id}/responsible", {"assigned_to": str(bruno.user_id)})
        note = f"/leads/{one.id}/responsible/note?change={one.ownership.get().id}"
        assert note in client.get(f"/leads/{one.id}").content.decode()
        assert client.post(note, {"note": "<b>She</b> asked"}, headers=PART).status_code == 204
        assert client.post(note, {"note": "x" * 1001}, headers=PART).status_code == 422
        words = text(client.get(f"/leads/{one.id}", headers=PART).content.decode())
        assert "Because Ana Souza chose Bruno Dias on" in words
        assert ": “<b>She</b> asked”" in words
        other = client_of(person("owner"))
        assert note not in other.get(f"/leads/{one.id}").content.decode()
        assert other.post(note, {"note": "No"}, headers=PART).status_code == 403

    def test_choosing_who_it_is_already_is_nothing(self, person, client_of, lead):
        lucas = person("sdr")
        one = lead(assigned_to=lucas.user_id)
        answer = client_of(person()).post(f"/leads/{one.id}/responsible", {"assigned_to": str(lucas.user_id)})
        assert answer.status_code == 204
        assert "HX-Trigger" not in answer
        assert len(history(one)) == 1

    @pytest.mark.parametrize("chosen", ["gone", "may not", "foreign", "unknown", "malformed"])
    def test_somebody_who_cannot_be_it_is_refused_with_the_reason(
        self, chosen, person, client_of, lead, other_organization
    ):
        ids = {
            "gone": person("sdr", active=False).user_id,
            "may not": person("support").user_id,
            "foreign": person("sdr", organization=other_organization).user_id,
            "unknown": uuid.uuid4(),
            "malformed": "42",
        }
        one = lead()
        answer = client_of(person()).post(f"/leads/{one.id}/responsible", {"assigned_to": str(ids[chosen])})
        assert answer.status_code == 422
        assert toast(answer)["kind"] == "danger"
        assert history(one) == []

    @pytest.mark.parametrize("address", ["responsible", "responsible/undo", "edit", "delete"])
    def test_who_may_only_see_changes_nothing(self, address, person, client_of, lead):
        one = lead()
        answer = client_of(person("support")).post(f"/leads/{one.id}/{address}", {"assigned_to": "", "name": "X"})
        assert answer.status_code == 403
        assert Lead.objects.get(deleted_at=None).version == one.version

    @pytest.mark.parametrize("address", ["responsible", "responsible/undo", "edit", "delete"])
    def test_a_lead_of_another_organization_does_not_exist(self, address, person, client_of, lead, other_organization):
        one = lead(organization=other_organization)
        assert client_of(person("owner")).post(f"/leads/{one.id}/{address}").status_code == 404


@pytest.mark.django_db
class TestDelete:
    def test_it_is_gone_and_the_next_page_says_so_once(self, person, client_of, lead):
        one = lead("Marina Lopes")
        client = client_of(person())
        answer = client.post(f"/leads/{one.id}/delete")
        assert (answer.status_code, answer["Location"]) == (303, "/leads")
        # A part of some other open page does not swallow the message.
        assert "Lead deleted" not in client.get("/leads", headers=PART).content.decode()
        assert "Lead deleted: Marina Lopes." in client.get("/leads").content.decode()
        assert "Lead deleted" not in client.get("/leads").content.decode()
        assert client.get(f"/leads/{one.id}").status_code == 404

    def test_it_takes_a_form_of_ours(self, person, client_of, lead):
        one = lead()
        client = client_of(person())
        client.handler.enforce_csrf_checks = True
        assert client.post(f"/leads/{one.id}/delete").status_code == 403
        assert client.get(f"/leads/{one.id}/delete").status_code == 405
        assert Lead.objects.filter(deleted_at=None).exists()
