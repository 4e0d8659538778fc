"""From a small phone to a desk: the first lead is near the top, nothing is cut off, no name beside free space."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, enter, settle
from tests.browser.product import Product
from tests.browser.test_pages import PHONE, sideways
from tests.browser.test_picker import Api

pytestmark = pytest.mark.browser

# Cells, or words in cells as wide as their words, that reach out of their table.
OUT_OF_THE_TABLE = """() => [...document.querySelectorAll(".table-frame")].flatMap((frame) => {
  const edge = frame.getBoundingClientRect().right;
  const range = new Range();
  const words = (cell) => {
    const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT, (node) =>
      node.parentElement.closest(".visually-hidden") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
    const rights = [];
    while (texts.nextNode()) {
      range.selectNodeContents(texts.currentNode);
      rights.push(range.getBoundingClientRect().right);
    }
    return rights;
  };
  const isHeardOnly = getComputedStyle(frame.querySelector("thead")).position === "absolute";
  const cells = [...frame.querySelectorAll(isHeardOnly ? "td" : "th, td")].filter((cell) => cell.checkVisibility());
  return cells.filter((cell) => {
    const rights = [cell.getBoundingClientRect().right, ...(cell.matches("[data-fit]") ? words(cell) : [])];
    return Math.max(...rights) > edge + 1;
  }).map((cell) => cell.textContent.trim());
})"""

# Names that are cut, with how many pixels are free between them and what stands beside them.
FREE_BESIDE_NAMES = """() => [...document.querySelectorAll("#leads tbody tr")].map((row) => {
  const name = row.querySelector(".row-link :is(.name, .truncate)");
  const ends = name.querySelector("i");
  const line = name.getBoundingClientRect();
  const isCut = ends ? ends.getBoundingClientRect().top < line.bottom - 4 : name.scrollWidth > name.clientWidth;
  const others = [...row.children].filter((cell) => cell.checkVisibility() && !cell.contains(name));
  const beside = others.map((cell) => cell.getBoundingClientRect())
    .filter((cell) => cell.left >= line.right - 1 && cell.top < line.bottom && cell.bottom > line.top);
  return isCut ? Math.min(...beside.map((cell) => cell.left)) - line.right : 0;
})"""


def phone_of(open_page: OpenPage, product: Product, email: str, width: int = 360) -> Page:
    page = open_page(**{**PHONE, "viewport": {"width": width, "height": 740}})
    enter(page, product.sign_in_link(email))
    return page


def add_long_names(product: Product) -> None:
    api = Api(product)
    for number in range(3):
        name = "Clínica Odontológica Sorriso Pleno da Conceição, unidade"
        api("/api/leads", "POST", {"name": f"{name} {number}", "phone": f"(11) 91234-000{number}", "assigned_to": None})


def test_on_a_phone_the_first_lead_is_near_the_top_with_its_number(product: Product, open_page: OpenPage) -> None:
    for email in ("ana.souza@aurora.example", "joao.silva@aurora.example"):
        phone = phone_of(open_page, product, email)
        for address in ("/leads", "/leads?assigned_to=me"):
            phone.goto(product.url + address)
            settle(phone)
            first = phone.locator("#leads .row-link").first.bounding_box()
            assert first
            assert first["y"] + first["height"] < 740 / 3, (email, address)
        number = phone.locator("#leads tbody tr").first.get_by_role("link", name=re.compile("^Call "))
        expect(number).to_have_text(re.compile(r"^Call \+55 \d\d 9\d{4}-\d{4}$"))
        expect(number).to_have_attribute("href", re.compile(r"^tel:\+55\d{11}$"))
        box = number.bounding_box()
        assert box
        assert box["height"] >= 24


def test_what_a_phone_folds_away_is_a_press_away_and_shows_while_it_narrows(
    product: Product, open_page: OpenPage
) -> None:
    phone = phone_of(open_page, product, "ana.souza@aurora.example")
    phone.goto(f"{product.url}/leads")
    settle(phone)
    stage = phone.get_by_label("Stage")
    expect(stage).to_be_hidden()
    filters = phone.get_by_role("button", name="Filters")
    expect(filters).to_have_attribute("aria-expanded", "false")
    filters.tap()
    expect(filters).to_have_attribute("aria-expanded", "true")
    stage.select_option("Proposal")
    expect(phone).to_have_url(f"{product.url}/leads?stage=proposta")
    expect(stage).to_be_visible()
    phone.reload()
    expect(stage).to_be_visible()
    plain = open_page(**PHONE, java_script_enabled=False)
    enter(plain, product.sign_in_link("ana.souza@aurora.example"))
    plain.goto(f"{product.url}/leads")
    expect(plain.get_by_label("Stage")).to_be_visible()
    expect(plain.get_by_role("button", name="Filters")).to_be_hidden()


def test_on_small_phones_names_take_the_room_there_is(product: Product, open_page: OpenPage) -> None:
    add_long_names(product)
    for width in (320, 360, 412):
        phone = phone_of(open_page, product, "ana.souza@aurora.example", width)
        phone.goto(f"{product.url}/leads")
        settle(phone)
        free = phone.evaluate(FREE_BESIDE_NAMES)
        assert any(free)
        assert max(free) <= 14, (width, free)
        assert sideways(phone) == 0


@pytest.mark.parametrize("language", ["en-US", "pt-BR"])
def test_between_phone_and_desk_nothing_is_cut_off(product: Product, open_page: OpenPage, language: str) -> None:
    add_long_names(product)
    page = open_page(locale=language)
    enter(page, product.sign_in_link("ana.souza@aurora.example"))
    product.command("reconcile")
    for width in (1440, 1024, 900, 820, 768, 640):
        page.set_viewport_size({"width": width, "height": 900})
        for address in ("/directory", "/team", "/leads", "/leads/unassigned", "/settings/keys", "/leads/recent"):
            page.goto(product.url + address)
            settle(page)
            assert page.evaluate(OUT_OF_THE_TABLE) == [], (width, address)
            assert sideways(page) == 0, (width, address)
        page.goto(f"{product.url}/leads")
        longest = page.locator("#leads .row-link").first.bounding_box()
        assert longest
        # Some fifteen letters.
        assert longest["width"] > 110, width
