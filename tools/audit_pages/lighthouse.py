"""Lighthouse, as a phone sees the pages: how fast they load, and what else it judges."""

import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Playwright

from tests.browser import chromium
from tests.browser.conftest import ARGUMENTS
from tests.browser.product import Product, free_port
from tools.audit_pages.npm import FOLDER
from tools.audit_pages.product import sign_in
from tools.audit_pages.states import OWNER

CATEGORIES: Final = ("performance", "accessibility", "best-practices", "seo")
LEAST: Final = 98
# Figures differ from run to run, most where the machine has other work: the median counts.
RUNS: Final = 3
_PATIENCE_S: Final = 180
_TRIES: Final = 3


@dataclass(frozen=True)
class Score:
    """What Lighthouse gives a page in one category, from 0 to 100, and which of its audits are not full."""

    page: str
    category: str
    points: int
    lost_by: tuple[str, ...]


def judge(playwright: Playwright, product: Product, only: str) -> Iterator[Score]:
    """The scores of the four pages where people spend their day, category by category."""
    with _signed_in(playwright, product) as (port, lead):
        slowdown = _slowdown(_report(port, f"{product.url}/leads", slowdown=1))
        for name, path in {"leads": "/leads", "lead": lead, "team": "/team", "directory": "/directory"}.items():
            if only in name:
                reports = [_report(port, product.url + path, slowdown=slowdown) for _ in range(RUNS)]
                yield from (_score(name, category, reports) for category in CATEGORIES)


@contextmanager
def _signed_in(playwright: Playwright, product: Product) -> Iterator[tuple[int, str]]:
    """The debugging port of a browser in which the owner is signed in, and the address of a lead."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="leadkeeper-audit-", ignore_cleanup_errors=True) as profile:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=chromium.find(),
            args=[*ARGUMENTS, f"--remote-debugging-port={port}"],
            # Lighthouse judges whether a page can be shown again on Back.
            ignore_default_args=["--disable-back-forward-cache"],
            locale="en-US",
        )
        page = context.new_page()
        sign_in(page, product, OWNER)
        page.goto(f"{product.url}/leads")
        yield port, page.locator(".row-link").first.get_attribute("href") or ""
        context.close()


def _report(port: int, url: str, *, slowdown: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="leadkeeper-audit-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "report.json"
        command = [
            str(FOLDER / "node_modules/.bin/lighthouse"),
            url,
            f"--port={port}",
            "--quiet",
            "--output=json",
            f"--output-path={path}",
            f"--only-categories={','.join(CATEGORIES)}",
            f"--throttling.cpuSlowdownMultiplier={slowdown}",
        ]
        # Now and then it misses the beginning of its own visit, and says to try again.
        if not any(subprocess.run(command, timeout=_PATIENCE_S).returncode == 0 for _ in range(_TRIES)):
            raise RuntimeError(f"Lighthouse could not judge {url}.")
        report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if report["finalDisplayedUrl"] != url:
        raise RuntimeError(f"Lighthouse saw {report['finalDisplayedUrl']} instead of {url}.")
    return report


def _slowdown(report: dict[str, Any]) -> float:
    """By how much this machine is slowed down to be a usual phone, from what Lighthouse finds that it can do now.

    As https://lighthouse-cpu-throttling-calculator.vercel.app has it; Lighthouse itself takes every machine for a fast
    one and divides by four.
    """
    index = report["environment"]["benchmarkIndex"]
    for least, at_least, per_one in ((1300, 3, 233), (800, 2, 500), (150, 1, 650)):
        if index >= least:
            return round(at_least + (index - least) / per_one, 2)
    raise SystemExit(
        f"This machine is too busy to judge how fast pages load: Lighthouse's benchmark gives {index:.0f}."
    )


def _score(name: str, category: str, reports: Sequence[dict[str, Any]]) -> Score:
    """The report in the middle."""

    def points(report: dict[str, Any]) -> int:
        return round((report["categories"][category]["score"] or 0) * 100)

    report = sorted(reports, key=points)[len(reports) // 2]
    audits = report["audits"]
    counted = [ref["id"] for ref in report["categories"][category]["auditRefs"] if ref["weight"]]
    lost = [id_ for id_ in counted if audits[id_]["score"] not in (None, 1)]
    return Score(
        name, category, points(report), tuple(f"{id_} {audits[id_].get('displayValue', '')}".strip() for id_ in lost)
    )
