"""Saved views in a real browser: kept, changed, shared, and there at once for a colleague."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage, enter, settle
from tests.browser.product import Product

pytestmark = pytest.mark.browser


def tab(page: Page, name: str) -> Locator:
    return page.get_by_role("navigation", name="Views").get_by_role("link", name=name)


def test_a_view_is_saved_updated_shared_and_deleted(product: Product, page: Page, open_page: OpenPage) -> None:
    colleague = open_page()
    enter(colleague, product.sign_in_link("thiago.goncalves@aurora.example"))
    colleague.goto(f"{product.url}/leads")
    settle(colleague)
    page.goto(f"{product.url}/leads")
    settle(page)
    page.get_by_label("Stage").select_option("proposta")
    page.get_by_role("link", name="Save view").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Proposals")
    dialog.get_by_label("Share with everybody").check()
    dialog.get_by_role("button", name="Save view").click()
    expect(tab(page, "Proposals")).to_have_attribute("aria-current", "page")
    expect(tab(colleague, "Proposals")).to_be_visible()

    page.get_by_label("Source").select_option("whatsapp")
    page.get_by_role("button", name="Update view").click()
    expect(page.get_by_role("button", name="Update view")).to_be_hidden()
    expect(tab(colleague, "Proposals")).to_have_attribute("href", re.compile("source=whatsapp"))
    tab(colleague, "Proposals").click()
    expect(colleague.get_by_label("Source")).to_have_value("whatsapp")
    expect(colleague.get_by_role("link", name="Edit view")).to_be_hidden()

    page.get_by_role("link", name="Edit view").click()
    dialog.get_by_label("Name").fill("WhatsApp proposals")
    dialog.get_by_role("button", name="Save view").click()
    expect(tab(page, "WhatsApp proposals")).to_be_visible()
    expect(tab(colleague, "WhatsApp proposals")).to_be_visible()

    page.get_by_role("link", name="Edit view").click()
    dialog.get_by_role("button", name="Delete view for everybody").click()
    expect(page.get_by_text("View deleted: WhatsApp proposals.")).to_be_visible()
    expect(tab(page, "WhatsApp proposals")).to_be_hidden()
    expect(tab(colleague, "WhatsApp proposals")).to_be_hidden()


def test_recent_leads_follow_what_one_takes(product: Product, page: Page) -> None:
    page.goto(f"{product.url}/leads/unassigned")
    settle(page)
    name = page.get_by_role("table").get_by_role("link").first.inner_text()
    page.get_by_role("button", name=f"Take {name}").click()
    tab(page, "Recent").click()
    expect(page.get_by_role("table").get_by_role("link").first).to_have_text(name)
