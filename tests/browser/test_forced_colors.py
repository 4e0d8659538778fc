"""Where the reader's system chooses the colors, what is chosen and what floats is still told apart."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenPage, enter, settle
from tests.browser.product import Product

pytestmark = pytest.mark.browser

# How wide a line surrounds it, and how wide an outline.
LINES = "(it) => { const s = getComputedStyle(it); return [parseFloat(s.borderTopWidth), s.outlineStyle] }"


def has_an_edge(surface: Locator) -> bool:
    return bool(surface.evaluate(LINES)[0] >= 1)


def is_outlined(one: Locator) -> bool:
    return bool(one.evaluate(LINES)[1] != "none")


def test_the_highlighted_person_is_marked_and_what_floats_has_an_edge(product: Product, open_page: OpenPage) -> None:
    page = open_page(forced_colors="active")
    enter(page, product.sign_in_link("ana.souza@aurora.example"))
    page.goto(f"{product.url}/leads")
    settle(page)
    page.keyboard.press("x")
    row = page.locator("#leads tbody tr").first
    assert is_outlined(row)
    assert not is_outlined(page.locator("#leads tbody tr").nth(1))
    mark = row.locator(".check").evaluate("(it) => getComputedStyle(it, '::before').backgroundColor")
    assert mark != row.locator(".check").evaluate("(it) => getComputedStyle(it).backgroundColor")
    assert has_an_edge(page.locator(".selection"))
    page.keyboard.press("a")
    page.keyboard.type("ma")
    expect(page.locator(".picker-row")).to_have_count(2)
    assert is_outlined(page.locator(".picker-row").first)
    assert not is_outlined(page.locator(".picker-row").nth(1))
    page.keyboard.press("ArrowDown")
    assert is_outlined(page.locator(".picker-row").nth(1))
    assert has_an_edge(page.locator(".owner-floating"))
    assert has_an_edge(page.locator(".picker-panel:popover-open"))
    page.keyboard.press("Enter")
    toast = page.locator(".toast").first
    expect(toast).to_be_visible()
    assert has_an_edge(toast)
    page.locator("h1").click()
    page.keyboard.press("n")
    assert has_an_edge(page.get_by_role("dialog", name="New lead"))
