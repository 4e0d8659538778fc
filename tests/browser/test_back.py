"""Back shows the page as it was left, at once; and nothing to whoever sits there after somebody has signed out."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser import chromium
from tests.browser.conftest import ARGUMENTS, settle
from tests.browser.product import Product

pytestmark = pytest.mark.browser


@pytest.fixture
def browser() -> Iterator[Browser]:
    """One that keeps pages for Back, which Playwright's own settings forbid."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.find(), args=ARGUMENTS, ignore_default_args=["--disable-back-forward-cache"]
        )
        yield browser
        browser.close()


def listens(page: Page) -> None:
    """Until the page has its stream of live updates."""
    expect(page.locator("body")).to_have_attribute("data-connection", "open")


def go_back(page: Page) -> None:
    """Playwright's own way waits for a page that loads."""
    page.evaluate("history.back()")


def test_the_list_is_there_at_once_and_goes_on_listening(product: Product, page: Page) -> None:
    page.goto(f"{product.url}/leads")
    settle(page)
    listens(page)
    page.evaluate("addEventListener('pageshow', ({ persisted }) => (document.body.dataset.wasKept = persisted))")
    page.get_by_role("searchbox").fill("ma")
    page.get_by_role("table").get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Leads")
    settle(page)
    listens(page)
    go_back(page)
    expect(page.locator("body")).to_have_attribute("data-was-kept", "true")
    expect(page.get_by_role("searchbox")).to_have_value("ma")
    key = product.command("api-key", "create", "--name", "Back", "--role", "owner").split()[-1]
    page.request.post(
        f"{product.url}/api/leads",
        headers={"Authorization": f"Bearer {key}"},
        data={"name": "Mariana Nova", "phone": "11 98888-0001", "source": "whatsapp"},
    )
    expect(page.get_by_role("link", name="Mariana Nova", exact=True)).to_be_visible()


def test_after_signing_out_it_shows_the_way_in(product: Product, page: Page) -> None:
    page.goto(f"{product.url}/leads")
    settle(page)
    listens(page)
    page.locator(".user-button").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page).to_have_url(f"{product.url}/sign-in")
    go_back(page)
    expect(page).to_have_url(f"{product.url}/sign-in?next=%2Fleads")
    expect(page.get_by_role("table")).to_have_count(0)
