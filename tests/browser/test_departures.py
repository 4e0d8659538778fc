"""Somebody leaves while a manager looks on: the counts move by themselves, and the leads with one press."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, settle
from tests.browser.product import Product
from tests.browser.test_policies import Api

pytestmark = pytest.mark.browser


def test_a_departure_is_seen_at_once_and_its_leads_go_to_the_queue_and_back(
    product: Product, page: Page, open_page: OpenPage
) -> None:
    api = Api(product)
    sellers = [one for one in api("/api/team")["items"] if one["active"] and one["role"] == "sdr"]
    leaving = max(sellers, key=lambda one: len(_open_leads(api, one["id"])))
    theirs = len(_open_leads(api, leaving["id"]))
    page.goto(f"{product.url}/departures")
    settle(page)
    expect(page.get_by_text("Nothing to decide.")).to_be_visible()
    unread = _number(page.locator("#bell-count").inner_text())

    product.sandbox.people.ban(leaving["clerk_id"])

    case = page.locator(".case", has_text=leaving["name"])
    expect(case).to_contain_text("banned or deprovisioned in the directory")
    expect(case).to_contain_text(f"{theirs} still theirs")
    expect(page.locator("#departure-count")).to_have_text("1")
    expect(page.locator("#bell-count")).to_contain_text(str(unread + 1))

    case.get_by_role("button", name="To the queue").click()
    expect(page.get_by_text("The open leads go to the unassigned queue.")).to_be_visible()
    expect(page.get_by_text("Nothing to decide.")).to_be_visible()
    assert _open_leads(api, leaving["id"]) == []

    product.sandbox.people.ban(leaving["clerk_id"], banned=False)
    expect(case).to_contain_text("Is back")
    case.get_by_role("button", name=f"Undo: give {theirs} lead").click()
    expect(page.get_by_text("Leads that nobody has touched since are given back.")).to_be_visible()
    assert len(_open_leads(api, leaving["id"])) == theirs

    page.get_by_role("link", name="Notifications").click()
    expect(page.get_by_text(f"{leaving['name']} has left, with {theirs} open lead")).to_be_visible()
    settle(page)
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.get_by_text("All read")).to_be_visible()
    expect(page.locator("#bell-count")).to_be_hidden()


def _open_leads(api: Api, person_id: str) -> list[object]:
    leads = api(f"/api/leads?limit=200&assigned_to={person_id}")["items"]
    return [one for one in leads if not one["stage"].startswith("fechado")]


def _number(text: str) -> int:
    found = re.match(r"\d+", text)
    return int(found[0]) if found else 0
