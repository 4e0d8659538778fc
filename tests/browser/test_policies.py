"""What an administrator decides on the Settings page, and what sellers with open pages see of it."""

import json
import urllib.request
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Complaints, OpenPage, enter, settle
from tests.browser.product import Product

pytestmark = pytest.mark.browser


class Api:
    """The JSON API, asked with a key of an owner."""

    def __init__(self, product: Product) -> None:
        self._url = product.url
        self._key = product.command("api-key", "create", "--name", "Tests", "--role", "owner").split()[-1]

    def __call__(self, path: str, method: str = "GET", body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        data = json.dumps(body).encode() if body else None
        request = urllib.request.Request(self._url + path, data, headers, method=method)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)


def test_sellers_see_only_their_own_at_once_and_lose_a_lead_kindly(
    product: Product, page: Page, open_page: OpenPage, complaints: Complaints
) -> None:
    api = Api(product)
    people = [person for person in api("/api/team")["items"] if person["active"]]
    seller = next(person for person in people if person["role"] == "sdr")
    colleague = next(person for person in people if person["role"] == "member")
    everything = len(api("/api/leads?limit=200&stage=open")["items"])
    mine = api(f"/api/leads?limit=200&stage=open&assigned_to={seller['id']}")["items"]
    nobodys = api("/api/leads?limit=200&stage=open&assigned_to=none")["items"]

    at_work = open_page()
    enter(at_work, product.sign_in_link(seller["id"]))
    at_work.goto(f"{product.url}/leads")
    expect(at_work.locator("#leads-count")).to_contain_text(f"{everything} open leads")
    settle(at_work)

    page.goto(f"{product.url}/settings")
    page.get_by_label("Their own and unassigned leads").check()
    page.get_by_label("Owners, administrators and managers").check()
    page.get_by_role("button", name="Save settings").click()
    expect(page.get_by_text("Settings saved.")).to_be_visible()

    expect(at_work.locator("#leads-count")).to_contain_text(f"{len(mine) + len(nobodys)} open leads")

    lead = mine[0]
    at_work.goto(f"{product.url}/leads/{lead['id']}")
    expect(at_work.get_by_text("give leads to others here")).to_be_visible()
    settle(at_work)
    complaints.expected.add(404)
    api(f"/api/leads/{lead['id']}", "PATCH", {"assigned_to": colleague["id"]})
    expect(at_work.get_by_text("or you may not see it")).to_be_visible()


def test_a_key_is_made_shown_once_and_revoked(product: Product, page: Page) -> None:
    page.goto(f"{product.url}/settings/keys")
    settle(page)
    page.get_by_role("link", name="New API key").click()
    dialog = page.locator("dialog[open]")
    dialog.get_by_label("Name").fill("Landing page")
    dialog.get_by_label("Role").select_option("sdr")
    dialog.get_by_role("button", name="Create API key").click()
    expect(dialog.locator("code")).to_contain_text("lk_")
    dialog.get_by_role("button", name="Done").click()
    row = page.get_by_role("row", name="Landing page")
    expect(row).to_contain_text("Active")
    row.get_by_role("link", name="Revoke Landing page").click()
    dialog.get_by_role("button", name="Revoke").click()
    expect(row).to_contain_text("Revoked")
    expect(page.get_by_text("API key revoked: Landing page.")).to_be_visible()
