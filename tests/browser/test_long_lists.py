"""Lists longer than the window: what stands still at its edges covers no row that one has come to."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import OpenPage, enter, settle
from tests.browser.product import Product
from tests.browser.test_pages import PHONE

pytestmark = pytest.mark.browser

# What is painted over the row that has the focus: nothing but itself, at its four corners.
COVERED = """() => {
  const row = document.activeElement.closest("tr");
  const { left, right, top, bottom } = row.getBoundingClientRect();
  const corners = [[left + 8, top + 3], [right - 8, top + 3], [left + 8, bottom - 3], [right - 8, bottom - 3]];
  return corners.map(([x, y]) => document.elementFromPoint(x, y)).filter((seen) => !row.contains(seen))
    .map((seen) => seen ? seen.className || seen.tagName : "the edge of the window");
}"""

# What shows through the head of a list that has been scrolled, pixel by pixel along its middle.
THROUGH_THE_HEAD = """() => {
  const heads = [...document.querySelectorAll("thead th")];
  const through = new Set();
  for (const head of heads) {
    const { left, right, top, bottom } = head.getBoundingClientRect();
    for (let x = Math.ceil(left) + 1; x < right - 1; x += 2) {
      for (let y = top + 2; y < bottom - 2; y += 2) {
        const seen = document.elementFromPoint(x, y);
        if (!seen?.closest("thead")) through.add(seen?.className || seen?.tagName);
      }
    }
  }
  return [...through];
}"""


def walk(page: Page, key: str, times: int) -> None:
    for _ in range(times):
        page.keyboard.press(key)
        page.wait_for_timeout(20)
        assert page.evaluate(COVERED) == []


def test_j_and_k_lead_to_rows_that_are_seen(product: Product, page: Page, open_page: OpenPage) -> None:
    phone = open_page(**PHONE)
    enter(phone, product.sign_in_link("ana.souza@aurora.example"))
    for one in (page, phone):
        one.goto(f"{product.url}/leads")
        settle(one)
        walk(one, "j", 45)
        # Now with the bar about what is selected below.
        one.keyboard.press("x")
        walk(one, "k", 44)
        walk(one, "j", 44)
    page.goto(f"{product.url}/leads/unassigned")
    settle(page)
    page.set_viewport_size({"width": 1280, "height": 420})
    walk(page, "j", 14)
    walk(page, "k", 13)


def test_nothing_is_painted_over_the_head_of_a_list(product: Product, page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 420})
    for address in ("/leads", "/leads/unassigned", "/team"):
        page.goto(product.url + address)
        settle(page)
        at = page.evaluate("document.querySelector('thead').getBoundingClientRect().bottom")
        for further in range(0, 120, 7):
            page.evaluate(f"scrollTo(0, {at + further})")
            assert page.evaluate(THROUGH_THE_HEAD) == [], (address, further)
