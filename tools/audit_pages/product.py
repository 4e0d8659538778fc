"""The product to be judged: with the sandbox's people and leads, and with something to show on every page."""

import json
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.browser.product import Product


@contextmanager
def filled_product() -> Iterator[Product]:
    """Started on an empty database in a temporary folder, and ended afterwards."""
    with tempfile.TemporaryDirectory(prefix="leadkeeper-audit-", ignore_cleanup_errors=True) as folder:
        product = Product(f"sqlite:///{folder}/leadkeeper.db", Path(folder))
        with product.sandbox:
            try:
                product.start()
                product.fill()
                _fill_other_pages(product)
                yield product
            finally:
                product.stop()


def sign_in(page: Page, product: Product, email: str) -> None:
    """Through a one-time link."""
    page.goto(product.sign_in_link(email))
    if "/sign-in" in page.url:
        page.locator("main form button").click()
    page.wait_for_url(lambda address: "/sign-in" not in address)


def _fill_other_pages(product: Product) -> None:
    """A transfer, somebody who left with open leads, and with them deliveries and notifications."""
    key = product.command("api-key", "create", "--name", "Audit", "--role", "owner").split()[-1]

    def api(path: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        data = json.dumps(body).encode() if body else None
        with urllib.request.urlopen(urllib.request.Request(product.url + path, data, headers)) as answer:
            return json.load(answer)

    people = {person["name"]: person for person in api("/api/team")["items"]}
    giver, receiver, leaver = (people[name] for name in ("Bruno Carvalho", "João da Silva", "Letícia Brandão"))
    leads = api(f"/api/leads?assigned_to={giver['id']}")["items"][:3]
    api(
        "/api/leads/transfer", {"from": giver["id"], "lead_ids": [lead["id"] for lead in leads], "to": [receiver["id"]]}
    )
    product.sandbox.people.ban(leaver["clerk_id"])
