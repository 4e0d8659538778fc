"""The Directory page in a real Chromium: what is wrong shows by itself, and its button repairs it."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from sandbox import NewPerson
from tests.browser.conftest import settle
from tests.browser.product import Product
from tests.browser.test_pages import NOTHING, STUMBLES

pytestmark = pytest.mark.browser


@pytest.fixture
def directory(product: Product, page: Page) -> Page:
    page.goto(f"{product.url}/directory")
    return page


def standing(page: Page):
    return page.locator("#standing-title")


def send(product: Product, type_: str, **data: str) -> None:
    """Any event, signed as Clerk's are; returns when all that was sent has arrived."""
    event = {"type": type_, "data": data, "instance_id": product.environment["CLERK_INSTANCE_ID"]}
    product.sandbox.webhooks.send(json.dumps(event).encode(), type_)
    product.sandbox.webhooks.wait_until_quiet()


class TestDirectoryPage:
    def test_news_finishes_the_set_up_and_a_check_finds_what_news_had_missed(
        self, product: Product, directory: Page
    ) -> None:
        expect(standing(directory)).to_have_text("No webhook from Clerk yet")
        people = [json.loads(one) for one in product.sandbox.people.page(limit=50)]
        first, second = (one["id"] for one in people[-2:])
        product.sandbox.people.edit(first, {"first_name": "Renata", "last_name": "Nova"})
        # Nobody pressed anything: the page hears of it.
        expect(standing(directory)).to_contain_text("matching Clerk")
        expect(directory.locator("#deliveries")).to_contain_text("Renata Nova")
        expect(directory.locator(".step")).to_have_count(0)

        product.sandbox.webhooks.pause(True)
        product.sandbox.people.edit(second, {"first_name": "Bianca", "last_name": "Perdida"})
        directory.get_by_role("button", name="Reconcile now").click()
        expect(standing(directory)).to_contain_text("1 difference put right")
        expect(directory.locator("#directory-overview")).to_contain_text("Bianca Perdida")

    def test_a_role_that_nobody_knows_leads_to_where_one_is_set(self, product: Product, directory: Page) -> None:
        product.sandbox.people.add(NewPerson("Gil", "Torres", role="Admin"))
        listed = directory.locator("#unknown-roles")
        expect(listed).to_contain_text("Admin")
        listed.get_by_role("link", name="Gil Torres").click()
        expect(directory.get_by_role("dialog")).to_contain_text("Gil Torres")

    def test_the_seconds_since_the_last_sweep_pass_while_one_looks(self, product: Product, directory: Page) -> None:
        product.command("reconcile")
        seconds = directory.locator("#directory-overview [data-seconds]").first
        expect(seconds).to_have_text(re.compile(r"^\d+ s ago$"))
        before = seconds.inner_text()
        expect(seconds).not_to_have_text(before)
        expect(seconds).to_have_text(re.compile(r"^\d+ s ago$"))

    def test_a_failed_delivery_can_be_read_and_replayed(self, product: Product, directory: Page) -> None:
        send(product, "user.updated", id="user_odd", updated_at="never")
        directory.reload()
        expect(standing(directory)).to_have_text("1 delivery could not be applied")
        directory.get_by_role("link", name="Show them").click()
        directory.wait_for_url("**/directory?outcome=failed#deliveries")
        settle(directory)
        directory.get_by_role("link", name="user.updated").click()
        dialog = directory.get_by_role("dialog", name="user.updated")
        expect(dialog.locator(".payload")).to_contain_text('"updated_at": "never"')
        dialog.get_by_role("button", name="Replay").click()
        messages = directory.get_by_role("status", name="Messages")
        expect(messages).to_contain_text("It failed again: updated_at: not a time")
        expect(dialog).to_be_hidden()

    def test_filters_narrow_the_list_and_can_be_kept_as_an_address(self, product: Product, directory: Page) -> None:
        for one in [json.loads(one) for one in product.sandbox.people.page(limit=50)][:3]:
            product.sandbox.people.edit(one["id"], {"first_name": "Renata"})
        send(product, "session.created", id="sess_1")
        directory.reload()
        rows = directory.locator("#deliveries tbody tr")
        expect(rows).to_have_count(4)
        directory.get_by_label("Outcome").select_option("ignored")
        expect(rows).to_have_count(1)
        assert directory.url.endswith("/directory?outcome=ignored")
        directory.reload()
        expect(rows).to_have_count(1)

    def test_a_phone_sees_it_all_without_scrolling_sideways(self, product: Product, page: Page) -> None:
        page.set_viewport_size({"width": 360, "height": 740})
        page.goto(f"{product.url}/directory")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert page.evaluate(STUMBLES) == NOTHING
        page.get_by_role("button", name="You:").click()
        expect(page.get_by_role("menuitem", name="Directory")).to_be_visible()
