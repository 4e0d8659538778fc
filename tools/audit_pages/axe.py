"""axe-core on every page and state: wide and narrow, light, dark and in forced colours."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from playwright.sync_api import Browser, BrowserContext, Page
from playwright.sync_api import Error as PlaywrightError

from tests.browser.conftest import PICTURE
from tests.browser.product import Product
from tools.audit_pages.npm import FOLDER
from tools.audit_pages.product import sign_in
from tools.audit_pages.states import NOBODY, State

WIDTHS: Final[dict[str, dict[str, Any]]] = {
    "wide": {"viewport": {"width": 1280, "height": 800}},
    "narrow": {"viewport": {"width": 360, "height": 740}, "has_touch": True},
}
FIRST_THEME: Final = "light"
THEMES: Final[dict[str, dict[str, Any]]] = {
    FIRST_THEME: {"color_scheme": "light", "forced_colors": "none"},
    "dark": {"color_scheme": "dark", "forced_colors": "none"},
    "forced colours": {"color_scheme": "light", "forced_colors": "active"},
}
# All that axe knows but AAA, the experimental rules included; once for each width.
EVERY_RULE: Final = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice", "experimental"],
    },
    "rules": {"label-content-name-mismatch": {"enabled": True}, "target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}
# What another theme can change.
RULES_OF_COLOUR: Final = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}
_AXE: Final = FOLDER / "node_modules/axe-core/axe.min.js"
_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TOLERATED: Final = ("minor",)


@dataclass(frozen=True)
class Violation:
    """One rule that some elements of a page break."""

    state: str
    look: str
    rule: str
    impact: str
    elements: tuple[str, ...]


def judge(browser: Browser, product: Product, states: tuple[State, ...]) -> Iterator[tuple[State, list[Violation]]]:
    """What axe finds in each state, over all looks."""
    people = {state.person for state in states} - {NOBODY}
    sessions = {person: _session(browser, product, person) for person in people}
    for state in states:
        found = []
        for width, settings in WIDTHS.items():
            context = _context(browser, storage_state=sessions.get(state.person), **settings)
            page = context.new_page()
            try:
                page.goto(product.url + state.path)
                state.act(page)
                for theme, media in THEMES.items():
                    page.emulate_media(**media)
                    rules = EVERY_RULE if theme == FIRST_THEME else RULES_OF_COLOUR
                    found += _violations(page, rules, state, f"{width}, {theme}")
            except (AssertionError, PlaywrightError) as error:
                reason = str(error).partition("Call log")[0].strip()
                found.append(Violation(state.name, width, "not reached", "critical", (reason,)))
            context.close()
        yield state, found


def _violations(page: Page, rules: Any, state: State, look: str) -> list[Violation]:
    page.evaluate(_AXE.read_text(encoding="utf-8"))
    answer = page.evaluate("(rules) => axe.run(document, rules)", rules)
    return [
        Violation(
            state.name,
            look,
            found["id"],
            found["impact"] or "none",
            tuple(
                _ID.sub("…", f"{' '.join(map(str, node['target']))}  {node['html'][:160]}") for node in found["nodes"]
            ),
        )
        for found in answer["violations"]
    ]


def _shown(node: dict[str, Any]) -> str:
    """How an element is told: where it is and how it begins, without its ids, so that rows of a list look alike."""
    return _ID.sub("…", f"{' '.join(map(str, node['target']))}  {node['html'][:160]}")


def _session(browser: Browser, product: Product, email: str) -> Any:
    context = _context(browser)
    sign_in(context.new_page(), product, email)
    session = context.storage_state()
    context.close()
    return session


def _context(browser: Browser, **settings: Any) -> BrowserContext:
    # Nothing is judged while it is still fading in.
    context = browser.new_context(locale="en-US", reduced_motion="reduce", **settings)
    context.set_default_timeout(20_000)
    context.route(
        re.compile(r"https://img\.clerk\.com/"),
        lambda route: route.fulfill(body=PICTURE, content_type="image/svg+xml"),
    )
    return context
