"""What is packed does in a browser what its sources do."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from leadkeeper.web.packing.modules import join_modules
from leadkeeper.web.packing.pack import SOURCES
from leadkeeper.web.packing.stylesheets import join_stylesheets
from tests.browser.conftest import OpenPage

pytestmark = pytest.mark.browser

MODULES = {
    "js/main.js": """
import "./first.js";
import { count as total, Door, later } from "./door.js";
import List from "./list.js";
order.push("main");
const name = "main";
window.result = later().then((word) => ({ total, order, word, list: new List().name(), door: new Door().name, name }));
""",
    "js/first.js": """
window.order = ["first"];
var name = "first";
""",
    "js/door.js": """
import List from "./list.js";
const name = "door";
order.push(name);
export const count = new List().size;
export class Door {
  #name = name;
  get name() {
    return this.#name;
  }
}
export async function later() {
  return await Promise.resolve("later");
}
""",
    "js/list.js": """
order.push("list");
const name = "list";
export default class List {
  size = 3;
  name() {
    // Not the name of another module, and "strict" in every one.
    return this === undefined ? "" : `${name} ${(function () { return typeof this; })()}`;
  }
}
""",
}

# Every rule of a stylesheet as the browser understood it, imported ones inside their layers. (It keeps the white space
# in values of custom properties, where it says nothing.)
RULES = r"""async (text) => {
  const words = (rule) => rule.cssText.replace(/\s+/g, " ");
  const lines = (rules) => [...rules].flatMap((rule) => {
    if (rule instanceof CSSImportRule) return [`@layer ${rule.layerName} {`, ...lines(rule.styleSheet.cssRules), "}"];
    if (rule instanceof CSSLayerBlockRule) return [`@layer ${rule.name} {`, ...lines(rule.cssRules), "}"];
    return [words(rule)];
  });
  const sheet = text === null ? document.styleSheets[0] : await new CSSStyleSheet().replace(text);
  return lines(sheet.cssRules);
}"""


def serve(page: Page, folder: Path, html: str) -> None:
    """Open a page of these words, whose other files come from the folder."""
    page.route("http://sources.example/**", lambda route: route.fulfill(path=folder / route.request.url[23:]))
    page.route("http://sources.example/", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto("http://sources.example/")


def test_a_script_does_what_its_modules_do(open_page: OpenPage, tmp_path: Path) -> None:
    for name, text in MODULES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "packed.js").write_text(join_modules(tmp_path / "js/main.js"))
    answers = []
    for script in ("js/main.js", "packed.js"):
        page = open_page()
        serve(page, tmp_path, f'<!doctype html><title>t</title><script type="module" src="{script}"></script>')
        answers.append(page.evaluate("window.result"))
    assert answers[0] == answers[1]
    assert answers[0] == {
        "total": 3,
        "order": ["first", "list", "door", "main"],
        "word": "later",
        "list": "list undefined",
        "door": "door",
        "name": "main",
    }


def test_the_stylesheet_says_what_its_sources_say(open_page: OpenPage) -> None:
    page = open_page()
    serve(page, SOURCES, '<!doctype html><title>t</title><link rel="stylesheet" href="css/leadkeeper.css">')
    rules = page.evaluate(RULES)
    assert len(rules) > 200
    assert page.evaluate(RULES, join_stylesheets(SOURCES / "css/leadkeeper.css")) == rules
