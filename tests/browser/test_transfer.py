"""Moving leads in bulk in a real browser: selected with the keyboard, shared, undone; and the unassigned queue."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, enter, settle
from tests.browser.product import Product

pytestmark = pytest.mark.browser


def choose(page: Page, typed: str, name: str) -> None:
    picker = page.get_by_role("dialog").get_by_role("combobox")
    picker.click()
    picker.press_sequentially(typed)
    expect(page.get_by_role("option", name=name)).to_be_visible()
    picker.press("Enter")
    expect(page.get_by_role("list", name="Who receives the leads").get_by_text(name)).to_be_visible()


def test_rows_are_selected_shared_between_two_and_given_back(product: Product, page: Page) -> None:
    page.goto(f"{product.url}/leads?assigned_to=none")
    settle(page)
    boxes = page.locator("tbody").get_by_role("checkbox")
    rows = boxes.count()
    page.get_by_role("table").get_by_role("link").first.focus()
    page.keyboard.press("x")
    expect(page.get_by_text("1 lead selected")).to_be_visible()
    boxes.nth(3).click(modifiers=["Shift"])
    expect(page.get_by_text("4 leads selected")).to_be_visible()
    page.get_by_role("button", name="Transfer…").click()
    expect(page.get_by_role("dialog").get_by_text("4 selected leads")).to_be_visible()
    choose(page, "joao", "João da Silva")
    choose(page, "bruno", "Bruno Carvalho")
    expect(page.get_by_text("+2 leads")).to_have_count(2)
    page.get_by_role("button", name="Transfer 4 leads").click()
    expect(page.get_by_text("4 leads transferred.")).to_be_visible()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(boxes).to_have_count(rows - 4)
    expect(page.get_by_role("form", name="Selected leads")).to_be_hidden()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("4 leads given back.")).to_be_visible()
    expect(boxes).to_have_count(rows)


def test_all_in_the_filter_and_a_whole_portfolio(product: Product, page: Page) -> None:
    page.goto(f"{product.url}/leads?stage=any")
    settle(page)
    head = page.get_by_role("checkbox", name="Select all leads on this page")
    page.locator("tbody").get_by_role("checkbox").first.click()
    assert head.evaluate("(it) => it.indeterminate")
    head.click()
    expect(page.get_by_text("50 leads selected")).to_be_visible()
    head.click()
    expect(page.get_by_role("form", name="Selected leads")).to_be_hidden()
    head.click()
    page.get_by_role("button", name="Select all 60").click()
    expect(page.get_by_text("All 60 selected")).to_be_visible()
    page.get_by_role("button", name="Transfer…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("All leads that the list shows")).to_be_visible()
    choose(page, "joao", "João da Silva")
    expect(dialog.get_by_text("won or lost").first).to_be_visible()
    page.keyboard.press("Escape")
    page.goto(f"{product.url}/team")
    settle(page)
    page.get_by_role("link", name="Transfer all of Bruno Carvalho's leads").click()
    expect(dialog.get_by_text("All leads of Bruno Carvalho")).to_be_visible()
    choose(page, "joao", "João da Silva")
    dialog.get_by_role("button", name="Remove João da Silva").click()
    expect(dialog.get_by_role("button", name="Transfer leads")).to_be_disabled()


def test_the_next_one_in_the_queue_is_taken_by_a_key(product: Product, page: Page, open_page: OpenPage) -> None:
    page.goto(f"{product.url}/leads/unassigned")
    settle(page)
    oldest = page.get_by_role("table").get_by_role("link").first.inner_text()
    other = open_page()
    enter(other, product.sign_in_link("joao.silva@aurora.example"))
    other.goto(f"{product.url}/leads/unassigned")
    expect(other.get_by_role("link", name=oldest, exact=True)).to_be_visible()
    page.keyboard.press("t")
    expect(page.get_by_role("heading", name=oldest)).to_be_visible()
    expect(page.get_by_text("You are now responsible.")).to_be_visible()
    expect(other.get_by_role("link", name=oldest, exact=True)).to_be_hidden()
    other.get_by_role("button", name="Take ").nth(1).click()
    expect(other.get_by_text("You are now responsible for")).to_be_visible()


def test_one_in_the_queue_is_given_to_somebody_with_the_keyboard_alone(product: Product, page: Page) -> None:
    page.goto(f"{product.url}/leads/unassigned")
    settle(page)
    names = page.locator("#queue .row-link")
    first, second = names.nth(0).inner_text(), names.nth(1).inner_text()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("a")
    page.keyboard.type("bruno")
    expect(page.get_by_role("option", name="Bruno Carvalho")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=second, exact=True)).to_be_hidden()
    expect(page.get_by_text("Responsible: Bruno Carvalho")).to_be_visible()
    page.get_by_role("link", name=first, exact=True).focus()
    page.keyboard.press("i")
    expect(page.get_by_text("Responsible: Ana Souza")).to_be_visible()
    expect(page.get_by_role("link", name=first, exact=True)).to_be_hidden()


def test_some_that_wait_are_called_or_selected_and_shared_out(product: Product, page: Page) -> None:
    page.goto(f"{product.url}/leads/unassigned")
    settle(page)
    boxes = page.locator("#queue tbody").get_by_role("checkbox")
    waiting = boxes.count()
    number = page.locator("#queue tbody tr").first.get_by_role("link", name="Call +55")
    expect(number).to_have_attribute("href", re.compile(r"^tel:\+55\d{10,11}$"))
    boxes.nth(0).check()
    boxes.nth(1).check()
    page.keyboard.press("m")
    expect(page.get_by_role("dialog").get_by_text("2 selected leads")).to_be_visible()
    choose(page, "joao", "João da Silva")
    page.get_by_role("button", name="Transfer 2 leads").click()
    expect(boxes).to_have_count(waiting - 2)
    page.get_by_role("checkbox", name="Select all leads on this page").check()
    expect(page.get_by_text(f"{waiting - 2} leads selected")).to_be_visible()
