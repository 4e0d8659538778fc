"""Times are the reader's: each browser shows them in its own zone, and names it."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, enter, settle
from tests.browser.product import Product

pytestmark = pytest.mark.browser

ZONES = {
    "America/Rio_Branco": ["UTC−05:00"],
    "Asia/Tokyo": ["UTC+09:00"],
    "America/New_York": ["UTC−05:00", "UTC−04:00"],
}
# What Intl and strftime both know, in the order in which each language writes it.
PATTERNS = {"en-US": "%m/%d/%Y, %-I:%M %p", "pt-BR": "%d/%m/%Y, %H:%M"}


def exact(page: Page) -> tuple[str, str, str]:
    """Moment, title and what screen readers hear of the first time of the page."""
    time = page.locator("time[datetime]:has([data-exact])").first
    heard = time.locator("[data-exact]").text_content() or ""
    return (time.get_attribute("datetime") or "", time.get_attribute("title") or "", heard)


class TestTimes:
    @pytest.mark.parametrize("locale", PATTERNS)
    def test_are_told_in_the_zone_of_the_browser_which_is_named(
        self, product: Product, open_page: OpenPage, locale: str
    ) -> None:
        for zone, distances in ZONES.items():
            page = open_page(timezone_id=zone, locale=locale)
            enter(page, product.sign_in_link("ana.souza@aurora.example"))
            page.goto(f"{product.url}/leads")
            settle(page)
            moment, title, heard = exact(page)
            local = datetime.fromisoformat(moment).astimezone(ZoneInfo(zone))
            written = local.strftime(PATTERNS[locale])
            assert title.replace("\u202f", " ") in [f"{written} ({zone}, {distance})" for distance in distances]
            assert title == heard
            # A page that is fetched again, as live pages are, stays in it.
            page.locator("#search-q").fill("a")
            expect(page.locator(f'time[title*="{zone}"]').first).to_be_attached()
            assert page.locator("time[title]").count() == page.locator(f'time[title*="{zone}"]').count()
            cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
            assert cookies["leadkeeper_time_zone"] == zone
            page.context.close()

    def test_the_day_in_a_sentence_is_the_reader_s(self, product: Product, open_page: OpenPage) -> None:
        page = open_page()
        enter(page, product.sign_in_link("ana.souza@aurora.example"))
        page.goto(f"{product.url}/leads/unassigned")
        page.get_by_role("button", name="Take next").click()
        expect(page.get_by_text("took this lead").first).to_be_visible()
        taken = page.url
        days = set()
        for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
            page = open_page(timezone_id=zone)
            enter(page, product.sign_in_link("ana.souza@aurora.example"))
            page.goto(taken)
            day = page.locator("time[data-day]").first
            moment = datetime.fromisoformat(day.get_attribute("datetime") or "").astimezone(ZoneInfo(zone))
            expect(day).to_have_text(moment.strftime("%B %-d"))
            days.add(day.inner_text())
            page.context.close()
        assert len(days) == 2, "more than a day lies between these zones"

    def test_a_day_is_a_day_wherever_it_is_read(self, product: Product, open_page: OpenPage) -> None:
        page = open_page(timezone_id="Pacific/Kiritimati")
        enter(page, product.sign_in_link("ana.souza@aurora.example"))
        page.goto(f"{product.url}/team/away")
        page.get_by_label("Away until").fill("2031-12-24")
        page.get_by_role("button", name="Save absence").click()
        page.goto(f"{product.url}/team")
        expect(page.locator(".away-until").first).to_have_text("until 12/24/2031")
