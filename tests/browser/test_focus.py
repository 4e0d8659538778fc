"""The keyboard's place: whatever an action takes off the page, the focus goes on to something near it."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from sandbox import NewPerson
from tests.browser.conftest import settle
from tests.browser.product import Product
from tests.browser.test_transfer import choose

pytestmark = pytest.mark.browser

# What has the focus, once everything that an action set off is over.
FOCUSED = """() => {
  const { activeElement: it } = document;
  if (it === document.body) return "";
  return it.getAttribute("aria-label") || it.labels?.[0]?.innerText || it.innerText || it.tagName;
}"""


def focused(page: Page) -> str:
    page.wait_for_timeout(900)
    return str(page.evaluate(FOCUSED)).strip()


def press(control: Locator) -> None:
    """As somebody does who uses no mouse."""
    control.focus()
    control.press("Enter")


def test_through_the_dialog_of_a_transfer_and_back(product: Product, page: Page) -> None:
    page.goto(f"{product.url}/leads")
    settle(page)
    third = page.locator("#leads tbody tr").nth(2)
    third.get_by_role("checkbox").focus()
    page.keyboard.press("x")
    press(page.get_by_role("button", name="Transfer…"))
    dialog = page.get_by_role("dialog", name="Transfer leads")
    expect(dialog.get_by_role("combobox", name="To", exact=True)).to_be_focused()
    choose(page, "bruno", "Bruno Carvalho")
    expect(dialog.get_by_role("combobox", name="Share with one more person")).to_be_focused()
    choose(page, "joao", "João da Silva")
    expect(dialog.get_by_role("combobox", name="Share with one more person")).to_be_focused()
    press(dialog.get_by_role("button", name="Remove Bruno Carvalho"))
    expect(dialog.get_by_role("button", name="Remove João da Silva")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("combobox", name="To", exact=True)).to_be_focused()
    choose(page, "joao", "João da Silva")
    press(dialog.get_by_role("button", name="Transfer 1 lead"))
    expect(page.get_by_text("1 lead transferred.")).to_be_visible()
    expect(third.locator(".row-link")).to_be_focused()
    press(page.get_by_role("button", name="Undo", exact=True))
    expect(page.get_by_text("1 lead given back.")).to_be_visible()
    expect(third.locator(".row-link")).to_be_focused()


def test_from_a_selected_row_to_the_transfer_by_a_key_or_one_step_after_the_list(product: Product, page: Page) -> None:
    page.goto(f"{product.url}/leads")
    settle(page)
    page.locator("#leads tbody tr").nth(2).get_by_role("checkbox").focus()
    page.keyboard.press("m")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("x")
    page.keyboard.press("m")
    dialog = page.get_by_role("dialog", name="Transfer leads")
    expect(dialog.get_by_text("1 selected lead")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.locator("#leads tbody tr").last.locator("a, button, input").last.focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("form", name="Selected leads").get_by_role("button").first).to_be_focused()
    # A list that is brought up to date leaves the bar, and the focus in it.
    page.evaluate("""document.dispatchEvent(new CustomEvent("live:changed", {detail: {topics: ["leads"]}}))""")
    page.wait_for_timeout(900)
    expect(page.get_by_role("form", name="Selected leads").get_by_role("button").first).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("Transfer the selected leads")


def test_in_the_queue_to_the_next_lead_and_at_its_end_to_the_empty_list(product: Product, page: Page) -> None:
    page.goto(f"{product.url}/leads/unassigned")
    settle(page)
    take = page.locator("#queue").get_by_role("button", name=re.compile("^Take "))
    names = [str(name) for name in take.evaluate_all("them => them.map(one => one.getAttribute('aria-label'))")]
    press(take.nth(1))
    expect(page.get_by_role("button", name=names[2])).to_be_focused()
    while (left := take.count()) > 1:
        press(take.last)
        expect(take).to_have_count(left - 1)
        expect(take.last).to_be_focused()
    press(take.last)
    expect(take).to_have_count(0)
    expect(page.get_by_role("region", name="Unassigned")).to_be_focused()


def test_what_runs_in_the_background_keeps_the_focus_where_it_was_begun(product: Product, page: Page) -> None:
    page.goto(f"{product.url}/team")
    settle(page)
    panel = page.get_by_role("region", name="Backfill")
    press(panel.get_by_role("button", name="Backfill"))
    expect(panel.get_by_text("people seen")).to_be_visible()
    page.wait_for_timeout(2500)
    assert page.evaluate("document.activeElement.closest('#backfill') !== null")
    product.sandbox.people.add(NewPerson("Nova", "Pessoa", "nova@aurora.example", role="sdr"))
    page.goto(f"{product.url}/directory")
    press(page.get_by_role("button", name="Reconcile now"))
    page.wait_for_timeout(2500)
    assert page.evaluate("document.activeElement.closest('#directory-overview') !== null")


def test_after_every_other_action(product: Product, page: Page) -> None:
    people, _ = product.sandbox.people.find("Bruno Carvalho", 1)
    product.sandbox.people.ban(people[0]["id"])
    page.goto(f"{product.url}/departures")
    settle(page)
    press(page.get_by_role("button", name="To the queue"))
    expect(page.get_by_text("The open leads go to the unassigned queue.")).to_be_visible()
    assert focused(page)

    page.goto(f"{product.url}/leads/transfers")
    settle(page)
    press(page.locator(".row-link").first)
    expect(page.get_by_role("button", name="give")).to_be_visible()
    settle(page)
    press(page.get_by_role("button", name="give"))
    expect(page.get_by_text("Undone by Ana Souza.")).to_be_visible()
    assert focused(page)

    page.goto(f"{product.url}/notifications")
    settle(page)
    press(page.get_by_role("button", name="Mark all as read"))
    expect(page.get_by_text("All read")).to_be_visible()
    assert focused(page)

    page.goto(f"{product.url}/leads?q=tania")
    settle(page)
    press(page.locator(".row-link").first)
    expect(page.get_by_role("combobox", name="Responsible")).to_be_visible()
    settle(page)
    press(page.get_by_role("button", name="Assign to me"))
    expect(page.get_by_role("combobox", name="Responsible")).to_be_focused()
    page.get_by_text("Add a note").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Why").fill("She asked for me")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Note saved.")).to_be_visible()
    assert focused(page)
    press(page.get_by_role("button", name="Undo").last)
    expect(page.get_by_role("combobox", name="Responsible")).to_have_value("Nobody")
    assert focused(page)

    page.goto(f"{product.url}/settings/keys")
    settle(page)
    press(page.get_by_role("link", name="Revoke Sample data"))
    press(page.get_by_role("button", name="Revoke"))
    expect(page.get_by_role("link", name="Revoke Sample data")).to_have_count(0)
    assert focused(page)

    page.goto(f"{product.url}/team")
    settle(page)
    press(page.get_by_role("link", name="Edit João da Silva"))
    press(page.get_by_role("button", name="Save person"))
    expect(page.get_by_text("João da Silva saved.")).to_be_visible()
    expect(page.get_by_role("link", name="Edit João da Silva")).to_be_focused()


def test_nobody_is_taken_from_where_they_went_by_themselves(product: Product, page: Page) -> None:
    """Who has put the focus down with the mouse is not brought back when the list behind is fetched again."""
    page.goto(f"{product.url}/leads/unassigned")
    settle(page)
    page.locator(".row-link").first.focus()
    page.locator("h1").click()
    first = page.locator("#queue tbody tr").first
    name = first.locator(".row-link").inner_text()
    page.evaluate("""async () => {
      const row = document.querySelector("#queue tbody tr");
      const token = document.querySelector('meta[name="csrf-token"]').content;
      const address = row.dataset.ownerUrl.replace("responsible", "claim");
      await fetch(address, {method: "POST", headers: {"X-CSRFToken": token}});
    }""")
    expect(page.get_by_role("link", name=name, exact=True)).to_have_count(0)
    page.wait_for_timeout(900)
    assert page.evaluate("document.activeElement.id") == "content"


def test_a_busy_button_keeps_its_name(product: Product, page: Page) -> None:
    page.goto(f"{product.url}/style#buttons")
    busy = page.locator("#buttons [aria-busy=true]")
    for number, name in enumerate(("Save lead", "Export", "Delete 3 leads")):
        expect(busy.nth(number)).to_have_accessible_name(name)
