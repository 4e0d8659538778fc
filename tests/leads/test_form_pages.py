"""Entering and editing a lead, in the dialog and without script."""

import json
import re
import uuid
from html import unescape

import pytest
from django.test import Client

from leadkeeper.leads.models import Lead
from leadkeeper.team.models import Organization

PART = {"HX-Request": "true"}
MARINA = {"name": "Marina Lopes", "phone": "(11) 98765-4321", "assigned_to": ""}


def value(page: str, name: str) -> str:
    """What a field of the form holds."""
    found = re.search(rf'<input[^>]* name="{name}"[^>]* value="([^"]*)"', page)
    assert found, f"no field {name}"
    return unescape(found[1])


def inputs(page: str) -> dict[str, str]:
    """What a browser would send back of the edit form."""
    page = re.sub(r'<input[^>]* type="radio"(?![^>]* checked)[^>]*>', "", page)
    fields = {
        name: unescape(text)
        for name, text in re.findall(r'<input[^>]* name="(\w+)"[^>]* value="([^"]*)"', page)
        if name != "csrfmiddlewaretoken"
    }
    fields |= {
        name: found[1] if (found := re.search(r'value="([^"]*)" selected', options)) else ""
        for name, options in re.findall(r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', page, re.DOTALL)
    }
    messages = re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    return fields | {name: unescape(message) for name, message in messages}


def errors(page: str) -> dict[str, str]:
    """The errors in place, by the id of their field."""
    found = re.findall(r'id="[a-z-]*?-(\w+)-error">.*?<span>(.*?)</span>', page, re.DOTALL)
    return {name: unescape(words).strip() for name, words in found}


def events(answer) -> dict:
    return json.loads(answer["HX-Trigger"])


@pytest.mark.django_db
class TestNewLead:
    @pytest.fixture
    def ana(self, person):
        return person("sdr", name="Ana Souza")

    @pytest.fixture
    def client(self, ana, client_of) -> Client:
        return client_of(ana)

    def test_it_offers_me_and_says_why(self, client, ana):
        page = client.get("/leads/new", headers=PART).content.decode()
        assert "<html" not in page
        assert value(page, "assigned_to") == str(ana.user_id)
        assert "You, because you are adding this lead." in page

    def test_it_offers_nobody_where_the_organization_wants_that(self, client, organization):
        Organization.objects.update(new_lead_default="nobody")
        assert value(client.get("/leads/new", headers=PART).content.decode(), "assigned_to") == ""

    def test_of_a_lead_that_is_hidden_only_its_responsible_is_named_and_asked(self, client, person, lead):
        lucas = person("sdr", name="Lucas Prado")
        one = lead("Zulmira", phone="(11) 98765-4321", assigned_to=lucas.user_id)
        seen = client.get("/leads/known", {"phone": "(11) 98765-4321"}, headers=PART).content.decode()
        assert "Last changed" in seen
        Organization.objects.update(visibility="own_and_unassigned")
        hidden = client.get("/leads/known", {"phone": "(11) 98765-4321"}, headers=PART).content.decode()
        for words in ("Zulmira", "Last changed", "Open lead"):
            assert words not in hidden
        for words in ("Lucas Prado", f'hx-post="/leads/{one.id}/ask"', "Ask for it"):
            assert words in hidden

    def test_nobody_is_asked_for_what_is_mine_or_nobody_s(self, client, ana, lead):
        lead(phone="(11) 98765-4321", assigned_to=ana.user_id)
        lead(phone="(11) 98765-4322")
        for phone in ("(11) 98765-4321", "(11) 98765-4322"):
            page = client.get("/leads/known", {"phone": phone}, headers=PART).content.decode()
            assert "This lead already exists" in page
            assert "Ask for it" not in page

    def test_what_is_offered_is_said_to_be_the_team_s_default(self, client, organization, person):
        Organization.objects.update(new_lead_default="nobody")
        assert "Nobody at first: this team&#39;s default." in client.get("/leads/new").content.decode()
        lucas = person("sdr", name="Lucas Prado")
        Organization.objects.update(new_lead_default="person", new_lead_person=lucas.user_id)
        page = client.get("/leads/new").content.decode()
        assert value(page, "assigned_to") == str(lucas.user_id)
        assert "This team&#39;s default for new leads." in page
        lucas.active = False
        lucas.save()
        assert "default for new leads" not in client.get("/leads/new").content.decode()

    def test_it_offers_nobody_to_whom_may_not_be_responsible(self, client, ana):
        ana.may_own_leads = False
        ana.save()
        page = client.get("/leads/new", headers=PART).content.decode()
        assert value(page, "assigned_to") == ""
        assert "Assign to me" not in page

    def test_name_phone_responsible_and_e_mail_come_before_all_else(self, client):
        page = client.get("/leads/new", headers=PART).content.decode()
        order = [page.index(f'name="{name}"') for name in ("name", "phone", "assigned_to", "email", "stage", "message")]
        assert order == sorted(order)
        assert page.index('name="email"') < page.index("<details") < page.index('name="stage"')
        assert "Phone or e-mail: one of them is enough." in page

    def test_an_error_elsewhere_leaves_the_warning_of_a_duplicate(self, client, lead):
        lead("Marina L.", phone="+55 11 98765-4321", email="marina@exemplo.example")
        for typed in ({"phone": MARINA["phone"]}, {"phone": "", "email": "Marina@exemplo.example"}):
            answer = client.post("/leads/new", {**MARINA, "name": "", **typed}, headers=PART)
            page = answer.content.decode()
            assert answer.status_code == 422
            assert "This lead already exists" in page
            assert "Marina L." in page

    def test_saving_says_who_is_responsible_and_leads_to_the_lead(self, client, person):
        lucas = person("sdr", name="Lucas Prado")
        answer = client.post("/leads/new", {**MARINA, "assigned_to": str(lucas.user_id)}, headers=PART)
        lead = Lead.objects.get()
        assert answer.status_code == 204
        assert events(answer)["toast"] == {
            "text": "Lead saved. Responsible: Lucas Prado",
            "link": {"url": f"/leads/{lead.id}", "label": "Open lead"},
        }
        assert "dialog:close" in events(answer)
        assert (lead.name, lead.phone, lead.assigned_to) == ("Marina Lopes", "+5511987654321", lucas.user)

    def test_nobody_is_a_choice_and_said_as_such(self, client):
        answer = client.post("/leads/new", MARINA, headers=PART)
        assert events(answer)["toast"]["text"] == "Lead saved. Nobody is responsible yet."
        assert Lead.objects.get().assigned_to is None

    def test_the_next_one_keeps_source_and_responsible(self, client, person):
        lucas = person("sdr")
        sent = {
            **MARINA,
            "source": "evento",
            "campaign": "Fair",
            "message": "Hi",
            "assigned_to": str(lucas.user_id),
            "another": "1",
        }
        answer = client.post("/leads/new", sent, headers=PART)
        page = answer.content.decode()
        assert answer.status_code == 200
        assert answer["HX-Reswap"].startswith("outerHTML")
        assert (value(page, "name"), value(page, "phone")) == ("", "")
        assert value(page, "assigned_to") == str(lucas.user_id)
        assert '<option value="evento" selected>' in page
        assert value(page, "campaign") == "Fair"
        assert Lead.objects.count() == 1

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"name": "  "}, "name"),
            ({"phone": "123"}, "phone"),
            ({"phone": ""}, "phone"),
            ({"email": "nobody"}, "email"),
            ({"name": "x" * 201}, "name"),
            ({"stage": "unknown"}, "stage"),
            ({"temperature": "boiling"}, "temperature"),
            ({"source": "TV spot"}, "source"),
            ({"campaign": "x" * 201}, "campaign"),
            ({"assigned_to": "42"}, "responsible"),
            ({"assigned_to": str(uuid.uuid4())}, "responsible"),
        ],
    )
    def test_bad_input_is_told_in_place_and_what_was_typed_stays(self, client, wrong, field):
        sent = {**MARINA, "message": "Keep <this>\nplease", **wrong}
        answer = client.post("/leads/new", sent, headers=PART)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert list(errors(page)) == [field]
        assert value(page, "name") == sent["name"]
        assert value(page, "phone") == sent["phone"]
        assert "Keep &lt;this&gt;\nplease" in page
        assert not Lead.objects.exists()

    def test_all_that_is_wrong_is_told_at_once(self, client):
        wrong = {
            "name": "",
            "phone": "123",
            "email": "nobody",
            "stage": "unknown",
            "temperature": "boiling",
            "assigned_to": "42",
        }
        answer = client.post("/leads/new", wrong, headers=PART)
        assert answer.status_code == 422
        assert set(errors(answer.content.decode())) == {*wrong, "responsible"} - {"assigned_to"}

    def test_what_is_wrong_is_never_folded_away(self, client):
        folded = client.post("/leads/new", {**MARINA, "name": ""}, headers=PART).content.decode()
        assert '<details class="fold">' in folded
        open_ = client.post("/leads/new", {**MARINA, "stage": "unknown"}, headers=PART).content.decode()
        assert '<details class="fold" open>' in open_

    @pytest.mark.parametrize("typed", [{"source": "evento"}, {"stage": "proposta"}, {"consent": "yes"}])
    def test_nor_is_what_was_typed_when_something_else_is_wrong(self, client, typed):
        page = client.post("/leads/new", {**MARINA, "name": "", **typed}, headers=PART).content.decode()
        assert '<details class="fold" open>' in page

    def test_what_the_next_lead_begins_with_stays_folded_away(self, client):
        sent = {**MARINA, "source": "whatsapp", "another": ""}
        page = client.post("/leads/new", sent, headers=PART).content.decode()
        assert 'value="whatsapp" selected' in page
        assert '<details class="fold">' in page

    def test_a_duplicate_is_shown_with_its_stage_and_responsible(self, client, person, lead):
        lucas = person("sdr", name="Lucas Prado")
        first = lead("Marina L.", phone="+55 11 98765-4321", stage="proposta", assigned_to=lucas.user_id)
        answer = client.post("/leads/new", MARINA, headers=PART)
        page = answer.content.decode()
        assert answer.status_code == 409
        for words in ("This lead already exists", "Marina L.", "Proposal", "Lucas Prado", f"/leads/{first.id}"):
            assert words in page
        assert value(page, "name") == "Marina Lopes"
        assert Lead.objects.count() == 1

    def test_without_script_it_is_a_page(self, client):
        page = client.get("/leads/new").content.decode()
        assert "<html" in page
        refused = client.post("/leads/new", {**MARINA, "name": ""})
        assert refused.status_code == 422
        assert "<html" in refused.content.decode()
        saved = client.post("/leads/new", MARINA)
        lead = Lead.objects.get()
        assert (saved.status_code, saved["Location"]) == (303, f"/leads/{lead.id}")
        assert "Lead saved. Nobody is responsible yet." in client.get(saved["Location"]).content.decode()

    @pytest.mark.parametrize("role", ["cs", "support"])
    def test_who_may_not_is_refused(self, role, person, client_of):
        client = client_of(person(role))
        assert client.get("/leads/new", headers=PART).status_code == 403
        assert client.post("/leads/new", MARINA, headers=PART).status_code == 403
        assert not Lead.objects.exists()


@pytest.mark.django_db
class TestKnownLead:
    def test_a_number_that_somebody_has_shows_the_lead(self, person, client_of, lead):
        lead("Marina Lopes", phone="(11) 98765-4321", email="marina@example.com")
        client = client_of(person())
        for query in (
            {"phone": "+55 (11) 98765 4321"},
            {"email": " Marina@Example.com"},
            {"phone": "1", "email": "marina@example.com"},
        ):
            assert "Marina Lopes" in client.get("/leads/known", query, headers=PART).content.decode()

    def test_else_it_is_nothing_at_all(self, person, client_of, lead, other_organization):
        lead("Foreign", phone="(11) 98765-4321", organization=other_organization)
        client = client_of(person())
        for query in ({}, {"phone": "(11) 98765-4321"}, {"phone": "12"}, {"email": "a@b"}, {"phone": "\x00"}):
            assert client.get("/leads/known", query, headers=PART).content == b""


@pytest.mark.django_db
class TestEditLead:
    @pytest.fixture
    def client(self, person, client_of) -> Client:
        return client_of(person("sdr"))

    def form(self, client: Client, lead: Lead) -> dict[str, str]:
        return inputs(client.get(f"/leads/{lead.id}/edit", headers=PART).content.decode())

    def save(self, client: Client, lead: Lead, sent: dict[str, str]):
        return client.post(f"/leads/{lead.id}/edit", sent, headers=PART)

    def test_nothing_changed_is_nothing_saved(self, client, lead):
        one = lead(
            email="Marina@example.com", source="outro", campaign="Radio", message="a\nb\n\nc", temperature="quente"
        )
        answer = self.save(client, one, self.form(client, one))
        assert answer.status_code == 204
        assert Lead.objects.get().version == one.version

    def test_every_fact_can_be_changed(self, client, lead):
        one = lead()
        new = {
            "name": "Marina L. Prado",
            "phone": "(21) 98765-4321",
            "email": "m@example.com",
            "source": "evento",
            "campaign": "Feira de Recife",
            "stage": "proposta",
            "temperature": "morno",
            "message": "one\r\ntwo",
        }
        answer = self.save(client, one, self.form(client, one) | new)
        assert answer.status_code == 204
        assert events(answer)["toast"]["text"] == "Lead saved."
        saved = Lead.objects.get()
        assert (saved.name, saved.phone, saved.email) == ("Marina L. Prado", "+5521987654321", "m@example.com")
        assert (saved.source, saved.stage, saved.temperature) == ("evento", "proposta", "morno")
        assert saved.message == "one\ntwo"

    def test_a_responsible_who_has_left_stays(self, client, person, lead):
        lucas = person("sdr")
        one = lead(assigned_to=lucas.user_id)
        lucas.active = False
        lucas.save()
        self.save(client, one, self.form(client, one) | {"name": "New name"})
        saved = Lead.objects.get()
        assert (saved.name, saved.assigned_to_id) == ("New name", lucas.user_id)

    def test_two_who_change_different_facts_do_not_disturb_each_other(self, client, person, client_of, lead):
        one = lead("Marina")
        mine, theirs = self.form(client, one), self.form(client, one)
        other = client_of(person("manager"))
        assert self.save(other, one, theirs | {"stage": "proposta"}).status_code == 204
        assert self.save(client, one, mine | {"name": "Marina Lopes"}).status_code == 204
        saved = Lead.objects.get()
        assert (saved.name, saved.stage) == ("Marina Lopes", "proposta")

    def test_two_who_change_the_same_fact_are_told_and_nothing_typed_is_lost(self, client, person, client_of, lead):
        one = lead("Marina")
        mine, theirs = self.form(client, one), self.form(client, one)
        self.save(client_of(person("manager")), one, theirs | {"name": "Marina P.", "source": "evento"})
        answer = self.save(client, one, mine | {"name": "Marina Lopes", "message": "long text"})
        page = answer.content.decode()
        assert answer.status_code == 409
        assert "“Marina P.”" in errors(page)["name"]
        assert Lead.objects.get().name == "Marina P."
        # What was typed is still there, and what nobody typed into is as it is now: saving again is safe.
        again = inputs(page)
        assert (again["name"], again["message"], again["source"]) == ("Marina Lopes", "long text", "evento")
        assert self.save(client, one, again).status_code == 204
        saved = Lead.objects.get()
        assert (saved.name, saved.message, saved.source) == ("Marina Lopes", "long text", "evento")

    def test_two_who_change_the_same_fact_alike_agree(self, client, person, client_of, lead):
        one = lead("Marina")
        mine = self.form(client, one)
        for sender in (client_of(person("manager")), client):
            assert self.save(sender, one, mine | {"name": "Marina Lopes"}).status_code == 204

    def test_a_duplicate_shows_whose_number_it_is(self, client, lead):
        lead("Other", phone="(11) 98765-4321")
        one = lead("Marina", email="m@example.com")
        answer = self.save(client, one, self.form(client, one) | {"phone": "11987654321", "name": "Typed"})
        page = answer.content.decode()
        assert answer.status_code == 409
        assert "Other" in page
        assert value(page, "name") == "Typed"

    def test_an_extension_is_part_of_the_number(self, client, lead):
        one = lead("Marina", phone="(11) 3333-4444 ramal 12")
        form = self.form(client, one)
        assert form["phone"] == "+55 11 3333-4444 ext. 12"
        assert self.save(client, one, form | {"name": "Marina L."}).status_code == 204
        assert Lead.objects.get().phone_extension == "12"
        form = self.form(client, one)
        assert self.save(client, one, form | {"phone": "+55 11 3333-4444 ramal 13"}).status_code == 204
        assert Lead.objects.get().phone_extension == "13"
        form = self.form(client, one)
        assert self.save(client, one, form | {"phone": "+55 11 3333-4444"}).status_code == 204
        assert (Lead.objects.get().phone, Lead.objects.get().phone_extension) == ("+551133334444", "")

    def test_bad_input_is_told_in_place(self, client, lead):
        one = lead("Marina")
        answer = self.save(client, one, self.form(client, one) | {"name": ""})
        assert answer.status_code == 422
        assert errors(answer.content.decode()) == {"name": "Enter a name."}

    def test_without_script_it_is_a_page(self, client, lead):
        one = lead("Marina")
        page = client.get(f"/leads/{one.id}/edit").content.decode()
        assert "<html" in page
        saved = client.post(f"/leads/{one.id}/edit", inputs(page) | {"name": "Marina Lopes"})
        assert (saved.status_code, saved["Location"]) == (303, f"/leads/{one.id}")
        assert Lead.objects.get().name == "Marina Lopes"
