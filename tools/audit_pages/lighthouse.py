"""Lighthouse, as a phone sees the pages: how fast they load, and what else it judges."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser

from tests.browser import chromium
from tests.browser.conftest import ARGUMENTS
from tests.browser.product import Product
from tools.audit_pages.npm import FOLDER
from tools.audit_pages.product import sign_in
from tools.audit_pages.states import OWNER

CATEGORIES: Final = ("performance", "accessibility", "best-practices", "seo")
LEAST: Final = 98
# Figures differ from run to run, most where the machine has other work: the median counts.
RUNS: Final = 1
_PATIENCE_S: Final = 180


@dataclass(frozen=True)
class Score:
    """What Lighthouse gives a page in one category, from 0 to 100, and which of its audits are not full."""

    page: str
    category: str
    points: int
    lost_by: tuple[str, ...]


def judge(browser: Browser, product: Product, only: str) -> Iterator[Score]:
    """The scores of the four pages where people spend their day."""
    context = browser.new_context(locale="en-US")
    page = context.new_page()
    sign_in(page, product, OWNER)
    page.goto(f"{product.url}/leads")
    lead = page.locator(".row-link").first.get_attribute("href")
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in context.cookies())
    context.close()
    for name, path in {"leads": "/leads", "lead": lead, "team": "/team", "directory": "/directory"}.items():
        if only in name:
            reports = [_report(f"{product.url}{path}", cookies) for _ in range(RUNS)]
            for category in CATEGORIES:
                yield _median(name, category, reports)


def _report(url: str, cookies: str) -> dict[str, dict[str, object]]:
    with tempfile.TemporaryDirectory(prefix="leadkeeper-lighthouse-", ignore_cleanup_errors=True) as folder:
        headers, report = Path(folder) / "headers.json", Path(folder) / "report.json"
        headers.write_text(json.dumps({"Cookie": cookies, "Accept-Language": "en"}))
        subprocess.run(
            [
                str(FOLDER / "node_modules/.bin/lighthouse"),
                url,
                "--quiet",
                "--output=json",
                f"--output-path={report}",
                f"--extra-headers={headers}",
                f"--only-categories={','.join(CATEGORIES)}",
                f"--chrome-flags={' '.join(['--headless=new', *ARGUMENTS])}",
            ],
            env={**os.environ, "CHROME_PATH": chromium.find() or "", "TMPDIR": folder},
            check=True,
            timeout=_PATIENCE_S,
        )
        return json.loads(report.read_text(encoding="utf-8"))


def _median(name, category, reports) -> Score:
    def points(report):
        return round((report["categories"][category]["score"] or 0) * 100)

    report = sorted(reports, key=points)[len(reports) // 2]
    audits = report["audits"]
    lost = tuple(
        f"{ref['id']} {audits[ref['id']].get('displayValue', '')}".strip()
        for ref in report["categories"][category]["auditRefs"]
        if ref["weight"] and audits[ref["id"]]["score"] not in (None, 1)
    )
    return Score(name, category, points(report), lost)
