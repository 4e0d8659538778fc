"""A new lead in ten seconds: who it goes to and why, one that is there already, and a draft that is not lost."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Complaints, OpenPage, enter, settle
from tests.browser.product import Product

pytestmark = pytest.mark.browser
DRAFTS = "Object.keys(localStorage).filter((key) => key.startsWith('leadkeeper:draft'))"


def open_form(product: Product, page: Page) -> Locator:
    page.goto(f"{product.url}/leads")
    settle(page)
    page.keyboard.press("n")
    form = page.get_by_role("dialog", name="New lead")
    expect(form.get_by_label("Name")).to_be_focused()
    return form


def test_a_draft_survives_a_closed_tab_and_ends_with_the_lead(product: Product, page: Page) -> None:
    form = open_form(product, page)
    form.get_by_label("Name").fill("Marina <i>Lopes</i>")
    form.get_by_label("Phone").fill("(11) 91234-5678")
    form.get_by_role("combobox", name="Responsible").click()
    page.get_by_role("option", name="Bruno Carvalho").click()
    form.get_by_text("Stage, source").click()
    form.get_by_label("Source").select_option("Event")
    form.get_by_label("Yes").check()
    tab = page.context.new_page()
    page.close()

    form = open_form(product, tab)
    expect(form.get_by_text("Your draft is back.")).to_be_visible()
    expect(form.get_by_label("Name")).to_have_value("Marina <i>Lopes</i>")
    expect(form.get_by_role("combobox", name="Responsible")).to_have_value("Bruno Carvalho")
    expect(form.get_by_text("You, because")).to_be_hidden()
    form.get_by_text("Stage, source").click()
    expect(form.get_by_label("Source")).to_have_value("evento")
    expect(form.get_by_label("Yes")).to_be_checked()
    form.get_by_role("button", name="Save and add another").click()
    expect(form.get_by_label("Name")).to_have_value("")
    expect(form.get_by_role("combobox", name="Responsible")).to_have_value("Bruno Carvalho")
    assert tab.evaluate(DRAFTS) == []

    form.get_by_label("Name").fill("Another")
    tab.reload()
    form = open_form(product, tab)
    form.get_by_role("button", name="Discard").click()
    expect(form.get_by_label("Name")).to_have_value("")
    expect(form.get_by_role("combobox", name="Responsible")).to_have_value("Ana Souza")
    assert tab.evaluate(DRAFTS) == []


def test_nothing_that_was_typed_stays_behind_whoever_signs_out(product: Product, page: Page) -> None:
    form = open_form(product, page)
    form.get_by_label("Name").fill("Marina Lopes")
    assert len(page.evaluate(DRAFTS)) == 1
    page.keyboard.press("Escape")
    page.get_by_role("button", name="You: Ana Souza").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert page.evaluate(DRAFTS) == []


def test_a_draft_of_yesterday_or_of_somebody_else_is_thrown_away(product: Product, page: Page) -> None:
    page.evaluate("""() => {
      const me = document.body.dataset.person;
      const draft = (at) => JSON.stringify({ at, values: { name: "Old" } });
      localStorage.setItem(`leadkeeper:draft:x:${me}:new-lead`, draft(Date.now() - 25 * 3600 * 1000));
      localStorage.setItem("leadkeeper:draft:x:another:new-lead", draft(Date.now()));
      localStorage.setItem("leadkeeper:draft:x:y", "nonsense");
    }""")
    page.goto(f"{product.url}/team")
    settle(page)
    assert page.evaluate(DRAFTS) == []


def test_one_that_is_there_already_is_shown_and_its_responsible_asked(
    product: Product, page: Page, open_page: OpenPage, complaints: Complaints
) -> None:
    seller = open_page()
    enter(seller, product.sign_in_link("thiago.goncalves@aurora.example"))
    form = open_form(product, seller)
    form.get_by_label("Phone").fill("+55 63 99711-8455")
    seller.keyboard.press("Tab")
    known = form.locator(".known")
    expect(known).to_contain_text("This lead already exists")
    for words in ("Ubirajara Cruz", "Won", "Letícia Brandão", "Last changed"):
        expect(known).to_contain_text(words)
    expect(known.get_by_role("link", name="Open lead")).to_be_visible()
    known.get_by_role("button", name="Ask for it").click()
    expect(seller.get_by_text("Asked", exact=False).last).to_be_visible()
    form.get_by_label("Phone").fill("+55 63 99711-8456")
    seller.keyboard.press("Tab")
    expect(known).to_be_empty()


def test_the_one_who_is_offered_is_the_team_s_default_and_said_to_be(product: Product, page: Page) -> None:
    page.goto(f"{product.url}/settings")
    settle(page)
    page.get_by_label("A named person").check()
    page.get_by_role("combobox", name="New leads go to").click()
    page.get_by_role("option", name="Zuleica Ximenes").click()
    page.get_by_role("button", name="Save settings").click()
    expect(page.get_by_text("Settings saved.")).to_be_visible()
    form = open_form(product, page)
    responsible = form.get_by_role("combobox", name="Responsible")
    expect(responsible).to_have_value("Zuleica Ximenes")
    expect(form.get_by_text("This team's default for new leads.")).to_be_visible()
    form.get_by_role("button", name="Assign to me").click()
    expect(responsible).to_have_value("Ana Souza")
    expect(form.get_by_text("This team's default for new leads.")).to_be_hidden()


def test_what_is_typed_over_nobody_is_as_dark_as_any_other_text(product: Product, page: Page) -> None:
    form = open_form(product, page)
    responsible = form.get_by_role("combobox", name="Responsible")
    color = "(input) => getComputedStyle(input).color"
    dark = form.get_by_label("Name").evaluate(color)
    responsible.click()
    form.get_by_role("option", name="Nobody").click()
    expect(responsible).to_have_value("Nobody")
    assert responsible.evaluate(color) != dark
    page.keyboard.type("jo")
    assert responsible.evaluate(color) == dark
