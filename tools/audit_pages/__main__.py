"""Judge the pages: `python -m tools.audit_pages [axe|lighthouse] [--only WORDS] [--verbose]`, or `make audit-pages`.

Starts the product with the sandbox's people and leads, prints tables, and exits with 1 where a bound is broken.
"""

import argparse
import sys
from collections import Counter, defaultdict

from playwright.sync_api import Playwright, sync_playwright

from tests.browser import chromium
from tests.browser.conftest import ARGUMENTS
from tests.browser.product import Product
from tools.audit_pages import axe, lighthouse, npm
from tools.audit_pages.product import filled_product
from tools.audit_pages.states import STATES

_EXAMPLES = 6


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.audit_pages")
    parser.add_argument("what", nargs="?", choices=("axe", "lighthouse"), help="default: both")
    parser.add_argument(
        "--only", default="", metavar="WORDS", help="states or pages whose name has one of these, separated by commas"
    )
    parser.add_argument("--verbose", action="store_true", help="name every element")
    options = parser.parse_args()
    npm.install()
    with filled_product() as product, sync_playwright() as playwright:
        fine = True
        if options.what != "lighthouse":
            fine = _axe(playwright, product, options.only, verbose=options.verbose)
        if options.what != "axe":
            fine = _lighthouse(playwright, product, options.only) and fine
    sys.exit(0 if fine else 1)


def _axe(playwright: Playwright, product: Product, only: str, *, verbose: bool) -> bool:
    """Whether axe finds nothing of weight."""
    browser = playwright.chromium.launch(executable_path=chromium.find(), args=ARGUMENTS)
    broken: dict[tuple[str, str], list[axe.Violation]] = defaultdict(list)
    print(f"{'axe':<34}found in all themes and widths")
    for state, found in axe.judge(browser, product, tuple(state for state in STATES if only in state.name)):
        impacts = Counter(violation.impact for violation in found)
        print(f"  {state.name:<32}{', '.join(f'{n} {impact}' for impact, n in impacts.items()) or '–'}", flush=True)
        for violation in found:
            broken[violation.impact, violation.rule].append(violation)
    browser.close()
    for (impact, rule), found in sorted(broken.items()):
        looks = "; ".join(sorted({f"{one.state} ({one.look})" for one in found}))
        print(f"\n{impact}: {rule}, {len(found)} times: {looks}")
        elements = Counter(element for one in found for element in one.elements)
        for element, count in elements.most_common(None if verbose else _EXAMPLES):
            print(f"  {count} × {element}")
    return all(impact in axe.TOLERATED for impact, _ in broken)


def _lighthouse(playwright: Playwright, product: Product, only: str) -> bool:
    """Whether every page has enough points in every category."""
    fine = True
    print(f"\n{'Lighthouse, mobile':<20}{'':<18}points   at least {lighthouse.LEAST}")
    for score in lighthouse.judge(playwright, product, only):
        fine = fine and score.points >= lighthouse.LEAST
        lost = f"   {'; '.join(score.lost_by)}" if score.lost_by else ""
        print(f"  {score.page:<18}{score.category:<18}{score.points:>6}{lost}", flush=True)
    return fine


if __name__ == "__main__":
    main()
