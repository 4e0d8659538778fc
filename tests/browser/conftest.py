"""A real Chromium before the real product. Whatever the browser complains of fails the test."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, Request, Response, expect, sync_playwright

from tests.browser import chromium
from tests.browser.product import Product

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><rect width="1" height="1" fill="teal"/></svg>'
expect.set_options(timeout=8000)


class Complaints(list[str]):
    """What a page complained of. Tests that provoke a refusal name its status, or the failure, as expected."""

    def __init__(self) -> None:
        super().__init__()
        # A question that a newer one, or leaving the page, has made needless is no failure.
        self.expected: set[int | str] = {"net::ERR_ABORTED"}

    def of_response(self, answer: Response) -> None:
        if answer.status >= 400 and answer.status not in self.expected:
            self.append(f"{answer.status} {answer.request.method} {answer.url}")

    def of_console(self, kind: str, text: str) -> None:
        told_above = text.startswith("Failed to load resource")
        if kind in ("error", "warning") and not told_above:
            self.append(f"console: {text}")

    def of_failure(self, request: Request) -> None:
        if request.failure not in self.expected:
            self.append(f"{request.failure}: {request.url}")


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path | None:
    """A folder with the database and the sandbox of a product that has its sample people and leads, on SQLite."""
    if not settings.ENVIRONMENT.is_sqlite:
        return None
    folder = tmp_path_factory.mktemp("filled")
    product = Product(f"sqlite:///{folder}/leadkeeper.db", folder)
    with product.sandbox:
        try:
            product.start()
            product.fill()
        finally:
            product.stop()
    return folder


@pytest.fixture
def product(database_url: str, tmp_path: Path, filled: Path | None) -> Iterator[Product]:
    """The product with the sandbox's twelve people and sixty leads."""
    if filled:
        shutil.copytree(filled, tmp_path, dirs_exist_ok=True)
    product = Product(database_url, tmp_path)
    with product.sandbox:
        try:
            product.start()
            if not filled:
                product.fill()
            yield product
        finally:
            product.stop()


@pytest.fixture
def browser() -> Iterator[Browser]:
    path = chromium.find()
    assert path, "no Chromium: run `make test`, or `apt install chromium`"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    complaints = Complaints()
    yield complaints
    assert complaints == []


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, complaints: Complaints) -> OpenPage:
    """Opens a browser of its own: a page with nobody signed in, in English, on a desk."""

    def open_page(**settings: object) -> Page:
        settings = {"locale": "en-US", "viewport": {"width": 1280, "height": 800}, **settings}
        context = browser.new_context(**settings)
        context.route(
            re.compile(r"https://img\.clerk\.com/"),
            lambda route: route.fulfill(body=PICTURE, content_type="image/svg+xml"),
        )
        _listen(context, complaints)
        page = context.new_page()
        page.set_default_timeout(8000)
        return page

    return open_page


@pytest.fixture
def page(product: Product, open_page: OpenPage) -> Page:
    """A browser in which Ana Souza, the owner, is signed in."""
    page = open_page()
    enter(page, product.sign_in_link("ana.souza@aurora.example"))
    return page


def enter(page: Page, link: str) -> None:
    """Open a one-time link and press its button."""
    page.goto(link)
    page.locator("main form button").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def settle(page: Page) -> None:
    """Until the scripts run and what the page fetches first has come: robots are quicker than that, people are not."""
    waiting = ":not(:defined), [hx-trigger=load], form:is([hx-get], [hx-post]):not([data-htmx-powered])"
    expect(page.locator(waiting)).to_have_count(0)


def _listen(context: BrowserContext, complaints: Complaints) -> None:
    context.on("console", lambda message: complaints.of_console(message.type, message.text))
    context.on("weberror", lambda error: complaints.append(f"uncaught: {error.error}"))
    context.on("response", complaints.of_response)
    context.on("requestfailed", complaints.of_failure)
