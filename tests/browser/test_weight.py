"""What a page costs on the way to a browser that has nothing of it yet, and to one that has seen a page before."""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import settle
from tests.browser.product import Product

pytestmark = pytest.mark.browser

MOST_BYTES = 60_000
MOST_REQUESTS = 12
FINGERPRINTED = re.compile(r"/static/[\w/.-]+\.[0-9a-f]{12}\.\w+$")


@dataclass
class Fetched:
    """One file, and what came over the line for it: head and compressed body; nothing where it was in the cache.

    Nothing, too, for the script of the shared worker, half a kilobyte: the worker fetches it, not the page.
    """

    path: str
    bytes: int = 0


def visit(context: BrowserContext, product: Product, path: str) -> list[Fetched]:
    """All that a new page of this browser fetches from the product for an address. (Pictures of people are Clerk's.)"""
    page = context.new_page()
    line = context.new_cdp_session(page)
    fetched: dict[str, Fetched] = {}

    def asked(event: dict[str, Any]) -> None:
        fetched[event["requestId"]] = Fetched(event["request"]["url"].removeprefix(product.url))

    def finished(event: dict[str, Any]) -> None:
        fetched[event["requestId"]].bytes = event["encodedDataLength"]

    line.on("Network.requestWillBeSent", asked)
    line.on("Network.loadingFinished", finished)
    line.send("Network.enable")
    page.goto(product.url + path)
    settle(page)
    # The stream of live updates is asked for by what comes last.
    expect(page.locator("body")).to_have_attribute("data-connection", "open")
    page.close()
    return [one for one in fetched.values() if one.path.startswith("/")]


def fresh_context(page: Page) -> BrowserContext:
    """Another browser of the same person, with nothing in its cache."""
    browser = page.context.browser
    assert browser
    return browser.new_context(storage_state=page.context.storage_state(), viewport={"width": 1280, "height": 800})


def test_the_list_of_leads_is_light_when_cold_and_one_request_when_warm(product: Product, page: Page) -> None:
    context = fresh_context(page)
    cold = visit(context, product, "/leads")
    assert len(cold) <= MOST_REQUESTS, cold
    assert sum(one.bytes for one in cold) < MOST_BYTES, cold
    warm = [one.path for one in visit(context, product, "/leads") if one.bytes]
    assert warm == ["/leads"]


def test_all_that_pages_load_is_fingerprinted_compressed_and_cached_for_ever(product: Product, page: Page) -> None:
    context = fresh_context(page)
    for path in ("/leads", "/team", "/directory", "/style"):
        loaded = [one.path for one in visit(context, product, path) if one.path.startswith("/static/")]
        assert len(loaded) > 4
        for address in loaded:
            assert FINGERPRINTED.match(address), address
            answer = page.request.get(product.url + address, headers={"Accept-Encoding": "br"})
            assert answer.headers["cache-control"] == "max-age=315360000, public, immutable"
            assert answer.headers["content-encoding"] == "br"
