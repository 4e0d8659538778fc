"""What is seen and what is heard agree, and all of a page is in a part of it that one can go to by name.

`make audit-pages` judges much more with axe; this is what can be told without it.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import settle
from tests.browser.product import Product

pytestmark = pytest.mark.browser

LANDMARKS = """() => {
  const all = (selector) => [...document.querySelectorAll(selector)].filter((element) => element.checkVisibility());
  const words = (text) => text.toLowerCase().replace(/[^\\p{L}\\p{N}]+/gu, " ").trim();
  const seen = (element) => {
    const copy = element.cloneNode(true);
    for (const hidden of copy.querySelectorAll(".visually-hidden, [hidden], kbd, .avatar")) hidden.remove();
    return words(copy.textContent);
  };
  const headings = all("h1, h2, h3, h4").filter((one) => !one.closest("dialog, [popover]"));
  const levels = headings.map((one) => Number(one.tagName[1]));
  const landmark = "header, nav, main, footer, dialog, [role=status], [role=dialog], .skip-link";
  const navigations = all("nav").map((nav) => nav.getAttribute("aria-label"));
  return {
    "heard otherwise than seen": all("a[aria-label], button[aria-label], [role=option][aria-label]")
      .filter((one) => !` ${words(one.getAttribute("aria-label"))} `.includes(` ${seen(one)} `) && seen(one))
      .map((one) => `${one.getAttribute("aria-label")} / ${seen(one)}`),
    "outside every landmark": all("body *")
      .filter((one) => [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim()))
      .filter((one) => !one.closest(landmark)).map((one) => one.outerHTML.slice(0, 100)),
    "navigations of one name": navigations.filter((name, index) => navigations.indexOf(name) !== index),
    "headings that skip a level": levels.filter((level, index) => level - (levels[index - 1] ?? 0) > 1),
  };
}"""
NOTHING = {
    "heard otherwise than seen": [],
    "outside every landmark": [],
    "navigations of one name": [],
    "headings that skip a level": [],
}


def test_names_and_landmarks_of_every_page(product: Product, page: Page) -> None:
    page.goto(f"{product.url}/leads")
    lead = page.locator(".row-link").first.get_attribute("href")
    paths = ("/leads", lead, "/leads/unassigned", "/leads/transfers", "/team", "/directory", "/departures", "/settings")
    for path in (*paths, "/notifications", "/leads/new"):
        page.goto(f"{product.url}{path}")
        settle(page)
        assert page.evaluate(LANDMARKS) == NOTHING, path


def test_people_to_choose_from_are_called_as_they_are_shown(product: Product, page: Page) -> None:
    page.goto(f"{product.url}/leads")
    settle(page)
    # The first one has nobody yet.
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.get_by_role("option", name=re.compile(r"^Ana Souza you Owner \d+ open"))).to_be_visible()
    expect(page.get_by_role("option", name=re.compile(r" current \d+ open"))).to_have_count(1)
    assert page.evaluate(LANDMARKS) == NOTHING
