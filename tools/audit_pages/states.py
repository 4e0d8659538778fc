"""The pages that are judged, in the states that people see them in.

Elements are found by the attributes that scripts bind to and by keys, so that another wording changes nothing here.
"""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.browser.conftest import settle

OWNER, SELLER, ONLOOKER = "ana.souza@aurora.example", "thiago.goncalves@aurora.example", "otavio.pecanha@aurora.example"
NOBODY = ""


@dataclass(frozen=True)
class State:
    """A page, and what somebody does on it before it is judged."""

    name: str
    path: str
    act: Callable[[Page], None] = settle
    person: str = OWNER


def _open_lead(page: Page) -> None:
    settle(page)
    page.locator(".row-link").first.click()
    expect(page.locator("#lead-name")).to_be_visible()
    settle(page)


def _new_lead(page: Page) -> None:
    settle(page)
    page.keyboard.press("n")
    expect(page.locator("dialog[open] form")).to_be_visible()
    settle(page)


def _refused_lead(page: Page) -> None:
    _new_lead(page)
    page.locator("dialog[open] [name=phone]").fill("12")
    page.locator("dialog[open] button[data-kind=primary]").click()
    expect(page.locator("dialog[open] [aria-invalid=true]").first).to_be_visible()


def _known_lead(page: Page) -> None:
    _new_lead(page)
    page.locator("dialog[open] [name=phone]").fill("+55 63 99711-8455")
    page.keyboard.press("Tab")
    expect(page.locator("dialog[open] .banner").first).to_be_visible()


def _lead_picker(page: Page) -> None:
    _new_lead(page)
    page.locator("dialog[open] owner-picker [role=combobox]").click()
    expect(page.locator("dialog[open] [role=option]").first).to_be_visible()


def _floating_picker(page: Page) -> None:
    settle(page)
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.locator("[role=option]").first).to_be_visible()


def _nobody_found(page: Page) -> None:
    _floating_picker(page)
    page.keyboard.type("xyzxyz")
    expect(page.locator("[role=option]")).to_have_count(0)


def _user_menu(page: Page) -> None:
    settle(page)
    page.locator("[popovertarget=user-menu]").click()
    expect(page.locator("#user-menu")).to_be_visible()


def _keys(page: Page) -> None:
    settle(page)
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_visible()


def _select(page: Page) -> None:
    settle(page)
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("form[data-selection]")).to_be_visible()


def _transfer(page: Page) -> None:
    _select(page)
    page.locator("form[data-selection] button[data-kind=primary], form[data-selection] [type=submit]").first.click()
    expect(page.locator("dialog[open] form")).to_be_visible()
    settle(page)
    picker = page.locator("dialog[open] [role=combobox]")
    picker.click()
    picker.press_sequentially("joao")
    expect(page.locator("dialog[open] [role=option]")).to_have_count(1)
    picker.press("Enter")
    settle(page)
    page.wait_for_timeout(500)


def _edit_lead(page: Page) -> None:
    _open_lead(page)
    page.keyboard.press("e")
    expect(page.locator("dialog[open] form")).to_be_visible()


def _lead_menu(page: Page) -> None:
    _open_lead(page)
    page.locator("main [aria-haspopup=menu]").first.click()
    expect(page.locator(".menu:popover-open")).to_be_visible()


def _lead_changed(page: Page) -> None:
    """Given to somebody: with a toast and a place for a note."""
    _open_lead(page)
    page.locator("main owner-picker [role=combobox]").first.click()
    page.locator("main owner-picker [role=option]:not([data-current], [data-nobody])").first.click()
    expect(page.locator(".toast").first).to_be_visible()


def _person(page: Page) -> None:
    settle(page)
    page.locator("[data-dialog^='/team/'], a[href^='/team/']").last.click()
    expect(page.locator("dialog[open] form")).to_be_visible()


def _away(page: Page) -> None:
    _user_menu(page)
    page.locator("#user-menu [data-dialog='/team/away']").click()
    expect(page.locator("dialog[open] form")).to_be_visible()


def _delivery(page: Page) -> None:
    settle(page)
    page.locator("a[href*='/directory/deliveries/'], [data-dialog*='/directory/deliveries/']").first.click()
    page.wait_for_timeout(1000)


def _batch(page: Page) -> None:
    settle(page)
    page.locator("main a[href^='/leads/transfers/']").first.click()
    settle(page)


def _interrupted(page: Page) -> None:
    settle(page)
    page.evaluate("document.body.dataset.connection = 'lost'")


STATES = (
    State("sign in", "/sign-in", lambda page: None, NOBODY),
    State("a link used up", "/sign-in/link/used-up", lambda page: None, NOBODY),
    State("leads", "/leads"),
    State("leads, of a seller", "/leads?assigned_to=me", person=SELLER),
    State("leads, of an onlooker", "/leads", person=ONLOOKER),
    State("leads, nothing found", "/leads?q=nobody+is+called+so"),
    State("leads, nobody's", "/leads?assigned_to=none"),
    State("leads, one selected", "/leads", _select),
    State("leads, choosing for a row", "/leads", _floating_picker),
    State("leads, nobody of that name", "/leads", _nobody_found),
    State("user menu", "/leads", _user_menu),
    State("keys", "/leads", _keys),
    State("connection lost", "/leads", _interrupted),
    State("new lead", "/leads", _new_lead),
    State("new lead, choosing", "/leads", _lead_picker),
    State("new lead, refused", "/leads", _refused_lead),
    State("new lead, there already", "/leads", _known_lead),
    State("new lead, a page", "/leads/new"),
    State("transfer", "/leads", _transfer),
    State("unassigned", "/leads/unassigned"),
    State("transfers", "/leads/transfers"),
    State("a transfer", "/leads/transfers", _batch),
    State("new view", "/leads/views/new?q=ana"),
    State("lead", "/leads", _open_lead),
    State("lead, of an onlooker", "/leads", _open_lead, ONLOOKER),
    State("lead, given away", "/leads", _lead_changed),
    State("lead, menu", "/leads", _lead_menu),
    State("lead, editing", "/leads", _edit_lead),
    State("team", "/team"),
    State("team, of a seller", "/team", person=SELLER),
    State("team, nothing found", "/team?q=nobody+is+called+so"),
    State("a person", "/team", _person),
    State("new person", "/team/new"),
    State("my absence", "/team", _away),
    State("departures", "/departures"),
    State("directory", "/directory"),
    State("a delivery", "/directory", _delivery),
    State("notifications", "/notifications"),
    State("notification settings", "/notifications/settings"),
    State("settings", "/settings"),
    State("API keys", "/settings/keys"),
    State("new API key", "/settings/keys/new"),
    State("every part", "/style"),
    State("not there", "/leads/00000000-0000-7000-8000-000000000000"),
    State("not allowed", "/directory", lambda page: None, SELLER),
)
