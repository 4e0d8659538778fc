"""The owner picker wherever a responsible person is shown: with keys, by touch, with two at once, with 5,000 people."""

import json
import re
import subprocess
import sys
import time
import urllib.request
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Complaints, OpenPage, enter, settle
from tests.browser.product import Product
from tests.browser.test_pages import NOTHING, PHONE, STUMBLES, sideways

pytestmark = pytest.mark.browser

HOSTILE = [
    "<script>alert(1)</script>",
    'Maria "Mia" d\'Ávila & Filhos',
    "Zoé 🦊 Açaí",
    "\u202eמרים כהן",
    "Wolfeschlegelsteinhausenbergerdorff " * 5 + "Extraordinária da Silva",
]
ADD_PEOPLE = """
import json, sys, uuid, django
django.setup()
from leadkeeper.team.models import Membership, User
from leadkeeper.team.organizations import home
from leadkeeper.storage.words import searchable, sortable
names = json.load(sys.stdin)
people = [User(username=uuid.uuid4().hex, name=name, email=f"p{at}@aurora.example") for at, name in enumerate(names)]
User.objects.bulk_create(people)
Membership.objects.bulk_create(
    Membership(organization=home(), user=user, directory_role="sdr", capacity=40,
               folded_name=sortable(user.name), words=searchable(user.name, user.email)) for user in people)
"""


def add_people(product: Product, names: list[str]) -> None:
    """As the directory would have: straight into the database, for thousands come at once."""
    environment = {**product.environment, "DJANGO_SETTINGS_MODULE": "leadkeeper.project.settings"}
    subprocess.run([sys.executable, "-c", ADD_PEOPLE], input=json.dumps(names).encode(), env=environment, check=True)


class Api:
    """The JSON API, asked with a key of an owner."""

    def __init__(self, product: Product) -> None:
        self._url = product.url
        self._key = product.command("api-key", "create", "--name", "Robot", "--role", "owner").split()[-1]

    def __call__(self, path: str, method: str = "GET", body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        data = json.dumps(body).encode() if body else None
        with urllib.request.urlopen(urllib.request.Request(self._url + path, data, headers, method=method)) as answer:
            return json.load(answer)

    def person(self, query: str) -> str:
        return str(self(f"/api/assignees?q={query}")["items"][0]["id"])


def row(page: Page, number: int) -> Locator:
    return page.locator("#leads tbody tr").nth(number)


def owner(page: Page, number: int) -> Locator:
    return row(page, number).locator(".owner-button .person-name")


def to_the_lead(page: Page, number: int) -> None:
    link = row(page, number).locator(".row-link")
    name = link.inner_text()
    link.click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    settle(page)


def picker(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Choose who is responsible").get_by_role("combobox")


def offered(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Choose who is responsible").get_by_role("option")


def to_the_list(product: Product, page: Page) -> None:
    page.goto(f"{product.url}/leads")
    settle(page)


def test_on_the_list_with_the_keyboard_alone(product: Product, page: Page) -> None:
    to_the_list(product, page)
    before = owner(page, 1).inner_text()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(row(page, 1).locator(".row-link")).to_be_focused()
    page.keyboard.press("a")
    expect(picker(page)).to_be_focused()
    page.keyboard.type("zul")
    chosen = page.get_by_role("option", name="Zuleica Ximenes")
    expect(chosen.locator("mark")).to_have_text("Zul")
    page.keyboard.press("Enter")
    expect(owner(page, 1)).to_have_text("Zuleica Ximenes")
    expect(row(page, 1).locator(".owner-button")).to_be_focused()
    expect(picker(page)).to_be_hidden()

    page.get_by_role("button", name="Undo", exact=True).click()
    expect(owner(page, 1)).to_have_text(before)

    row(page, 1).locator(".row-link").focus()
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("i")
    expect(owner(page, 1)).to_have_text("Ana Souza")
    expect(page.get_by_text("Responsible: Ana Souza")).to_be_visible()

    # Whom I have chosen lately comes first the next time; Esc changes nothing and goes back.
    page.keyboard.press("j")
    unchanged = owner(page, 2).inner_text()
    page.keyboard.press("a")
    expect(page.locator(".picker-heading", has_text="Recent")).to_be_visible()
    lately = offered(page).filter(has_text="Zuleica Ximenes")
    expect(lately).to_have_accessible_name(re.compile(r"^Zuleica Ximenes SDR (current, )?Recent \d+ open$"))
    expect(offered(page).first).to_contain_text("Ana Souza")
    page.keyboard.press("Escape")
    expect(picker(page)).to_be_hidden()
    expect(owner(page, 2)).to_have_text(unchanged)


def test_the_arrows_go_on_from_the_first_match(product: Product, page: Page) -> None:
    add_people(product, ["Ana Maria Prado", "Márcia Zanetti", "Maria Zanetti"])
    to_the_list(product, page)
    owner(page, 0).click()
    page.keyboard.type("zan")
    expect(offered(page)).to_have_count(2)
    expect(offered(page).nth(0)).to_have_accessible_name(re.compile("^Márcia Zanetti"))
    highlighted = offered(page).and_(page.locator("[aria-selected=true], [data-combobox-option-default]"))
    for key, name in (
        ("ArrowDown", "Maria Zanetti"),
        ("ArrowDown", "Márcia Zanetti"),
        ("ArrowUp", "Maria Zanetti"),
        ("ArrowUp", "Márcia Zanetti"),
        ("ArrowUp", "Márcia Zanetti"),
        ("ArrowDown", "Maria Zanetti"),
    ):
        page.keyboard.press(key)
        expect(highlighted).to_have_count(1)
        expect(highlighted.locator(".picker-name")).to_have_text(name)
        expect(picker(page)).to_have_attribute("aria-activedescendant", str(highlighted.get_attribute("id")))
    page.keyboard.press("Enter")
    expect(owner(page, 0)).to_have_text("Maria Zanetti")

    # As quickly as one types: the keys wait for what was typed.
    owner(page, 1).click()
    page.keyboard.type("ma")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(owner(page, 1)).to_have_text("Márcia Zanetti")
    # With one match alone there is nowhere to go.
    owner(page, 1).click()
    page.keyboard.type("ana maria")
    expect(offered(page)).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(owner(page, 1)).to_have_text("Ana Maria Prado")


def test_on_a_lead_from_its_card_from_its_header_and_with_a_note(product: Product, page: Page) -> None:
    to_the_list(product, page)
    to_the_lead(page, 0)
    header = page.locator("#lead-owner .person-name")
    expect(header).to_be_hidden()
    page.keyboard.press("a")
    expect(page.get_by_role("combobox", name="Responsible")).to_be_focused()
    page.keyboard.type("bruno")
    expect(page.get_by_role("option", name="Bruno Carvalho")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="Responsible")).to_have_value("Bruno Carvalho")
    # Where the card is out of sight the header names them, and the key opens the picker there.
    page.set_viewport_size({"width": 900, "height": 300})
    page.locator(".timeline").scroll_into_view_if_needed()
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    expect(header).to_be_visible()
    expect(header).to_have_text("Bruno Carvalho")
    page.locator("h1").click()
    page.keyboard.press("a")
    expect(picker(page)).to_be_focused()
    page.keyboard.type("thiago")
    expect(page.get_by_role("option", name="Thiago Gonçalves")).to_be_visible()
    page.keyboard.press("Enter")
    expect(header).to_have_text("Thiago Gonçalves")
    page.keyboard.press("a")
    page.keyboard.type("bruno")
    expect(page.get_by_role("option", name="Bruno Carvalho")).to_be_visible()
    page.keyboard.press("Enter")
    expect(header).to_have_text("Bruno Carvalho")
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(page.get_by_role("combobox", name="Responsible")).to_have_value("Bruno Carvalho")
    expect(page.locator(".owner-reason")).to_contain_text("Because Ana Souza chose Bruno Carvalho on")
    page.get_by_text("Add a note").click()
    page.get_by_label("Why").fill("She <b>asked</b> for him")
    page.keyboard.press("Enter")
    expect(page.locator(".owner-reason")).to_contain_text(": “She <b>asked</b> for him”")
    page.locator("h1").click()
    page.keyboard.press("i")
    expect(page.get_by_role("combobox", name="Responsible")).to_have_value("Ana Souza")
    expect(page.locator(".owner-reason")).to_contain_text("before: Bruno Carvalho")


def test_the_responsible_person_of_a_new_lead_is_named_once(product: Product, open_page: OpenPage) -> None:
    api = Api(product)
    lead = api("/api/leads", "POST", {"name": "Nova", "phone": "11 91234-0000", "assigned_to": api.person("bruno")})
    for settings in ({}, PHONE):
        page = open_page(**settings)
        enter(page, product.sign_in_link("ana.souza@aurora.example"))
        page.goto(f"{product.url}/leads/{lead['id']}")
        expect(page.get_by_role("combobox", name="Responsible")).to_have_value("Bruno Carvalho")
        told = page.locator("main").inner_text()
        # In the history, beside the field that shows them.
        assert told.count("Bruno Carvalho") == 1
        assert "The API key Robot added this lead and made Bruno Carvalho responsible" in told


def test_of_two_who_change_the_same_the_second_is_told(product: Product, page: Page, complaints: Complaints) -> None:
    complaints.expected.add(409)
    api = Api(product)
    to_the_list(product, page)
    lead = str(row(page, 0).get_attribute("id")).removeprefix("lead-")
    owner(page, 0).click()
    expect(offered(page).first).to_be_visible()
    api(f"/api/leads/{lead}", "PATCH", {"assigned_to": api.person("bruno")})
    expect(owner(page, 0)).to_have_text("Bruno Carvalho")
    page.get_by_role("option", name="Thiago Gonçalves").click()
    expect(page.get_by_text("Somebody changed this to Bruno Carvalho in the meantime.")).to_be_visible()
    expect(owner(page, 0)).to_have_text("Bruno Carvalho")
    assert api(f"/api/leads/{lead}")["assigned_to"] == api.person("bruno")


def test_what_cannot_be_saved_goes_back_and_says_why(product: Product, page: Page, complaints: Complaints) -> None:
    complaints.expected.add(503)
    to_the_list(product, page)
    before = owner(page, 0).inner_text()
    page.route("**/responsible", lambda route: route.fulfill(status=503))
    owner(page, 0).click()
    page.get_by_role("option", name="Thiago Gonçalves").click()
    expect(page.get_by_text("The server failed (503). Nothing was saved")).to_be_visible()
    expect(owner(page, 0)).to_have_text(before)
    to_the_lead(page, 0)
    own = page.get_by_role("combobox", name="Responsible")
    own.click()
    page.get_by_role("option", name="Thiago Gonçalves").click()
    expect(page.locator("#lead-responsible-failed")).to_contain_text("Not saved: Thiago Gonçalves could not be made")
    expect(own).to_have_value(before)


def test_by_touch_on_a_phone_with_names_of_every_kind(product: Product, open_page: OpenPage) -> None:
    add_people(product, HOSTILE)
    phone = open_page(**PHONE)
    phone.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    enter(phone, product.sign_in_link("ana.souza@aurora.example"))
    to_the_list(product, phone)
    for name in HOSTILE:
        owner(phone, 0).tap()
        picker(phone).fill(name.split()[0])
        option = offered(phone).filter(has_text=name.split()[-1]).first
        expect(option.locator(".picker-name")).to_have_text(name)
        option.tap()
        expect(owner(phone, 0)).to_contain_text(name)
        assert sideways(phone) == 0
    longest = row(phone, 0).get_attribute("data-owner")
    row(phone, 0).locator(".row-link").tap()
    expect(phone.locator("#lead-owner")).to_contain_text(HOSTILE[-1])
    assert sideways(phone) == 0
    phone.goto(f"{product.url}/leads?assigned_to={longest}")
    expect(phone.locator(".above-list")).to_contain_text(HOSTILE[-1])
    assert sideways(phone) == 0


def test_with_five_thousand_people(product: Product, page: Page) -> None:
    add_people(product, [f"Pessoa {number:04} Ávila" for number in range(5000)])
    to_the_list(product, page)
    owner(page, 0).click()
    expect(page.locator(".picker-note:visible")).to_contain_text("type to find others")
    shown = offered(page).count()
    page.keyboard.press("End")
    page.keyboard.press("ArrowDown")
    expect(offered(page).nth(shown)).to_have_attribute("aria-selected", "true")
    offered(page).last.scroll_into_view_if_needed()
    expect(offered(page)).to_have_count(shown + 200)
    names = offered(page).locator(".picker-name").all_text_contents()
    assert names[-150:] == sorted(set(names[-150:]))
    # The team has changed: what is on the screen is asked for again, as far down as it goes.
    page.evaluate("document.querySelector('[data-owner-floating] owner-picker').people.load({ keep: true })")
    expect(offered(page).nth(shown)).to_have_attribute("aria-selected", "true")
    assert offered(page).locator(".picker-name").all_text_contents() == names
    began = time.monotonic()
    picker(page).press_sequentially("4999 avi")
    only = offered(page)
    expect(only).to_have_count(1)
    assert time.monotonic() - began < 2
    expect(only.locator("mark")).to_have_text(["4999", "Ávi"])
    expect(only).to_contain_text("0 of 40 open")
    expect(page.locator("[data-owner-floating] [role=status]")).to_have_text("1 person")
    assert page.evaluate(STUMBLES) == NOTHING
    page.keyboard.press("Enter")
    expect(owner(page, 0)).to_have_text("Pessoa 4999 Ávila")
