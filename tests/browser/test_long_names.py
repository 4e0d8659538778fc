"""Names in one line: with their accents, cut in the middle where they are too long, whole for ears and on hover."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage, enter, settle
from tests.browser.product import Product
from tests.browser.test_pages import PHONE, sideways
from tests.browser.test_picker import Api, add_people, offered, owner
from tests.web.test_long_names import NAMES

pytestmark = pytest.mark.browser

CLINIC = "Clínica Odontológica Sorriso Pleno da Conceição Aparecida de Óbidos, unidade"
HEBREW = "מרפאת שיניים חיוך מלא של תל אביב והסביבה סניף"
BEGINNING = "Ângela Évora de Óbidos e Íris Êxodo da Conceição Aparecida Úrsula"
PEOPLE = [f"{BEGINNING} {last}" for last in ("Ürzig", "Öland", "Ñuñes")]

# What is seen of a name: the whole, or its two ends, each whole where it is the end, all inside its box.
SEEN = """(element) => {
  const within = (rect, box) => rect.top >= box.top - 1 && rect.bottom <= box.bottom + 1;
  const box = element.getBoundingClientRect();
  const text = element.querySelector(".name-line").firstChild;
  const range = new Range();
  range.selectNodeContents(text);
  const ends = element.querySelector("i");
  return {
    whole: [...range.getClientRects()].some((rect) => within(rect, box)),
    cut: within(ends.getBoundingClientRect(), box),
    fits: ends.scrollWidth <= ends.clientWidth,
    tail: ends.dataset.tail,
    right: getComputedStyle(element).direction === "rtl",
  };
}"""

# Texts whose letters reach out of what cuts them: the accents of capitals, above all.
CUT_OFF = """() => {
  const pen = document.createElement("canvas").getContext("2d");
  const cut = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!/[ÁÂÉÊÍÓÔÚÜÖÑ]/.test(node.data) || !node.parentElement.checkVisibility()) continue;
    const style = getComputedStyle(node.parentElement);
    pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const { fontBoundingBoxAscent, actualBoundingBoxAscent } = pen.measureText(node.data);
    const range = new Range();
    range.selectNodeContents(node);
    const rect = range.getClientRects()[0];
    if (!rect) continue;
    const top = rect.top + fontBoundingBoxAscent - actualBoundingBoxAscent;
    for (let box = node.parentElement; box && box !== document.body; box = box.parentElement) {
      const { overflowY } = getComputedStyle(box);
      const seen = box.getBoundingClientRect();
      // Lines of a name that is cut lie outside of it altogether.
      const isOut = rect.bottom < seen.top + 4 || rect.top > seen.bottom - 4;
      if (overflowY === "visible") continue;
      if (isOut) break;
      if (top < seen.top - 0.5) cut.push(`${node.data} in ${box.className}`);
    }
  }
  return cut;
}"""


def add_leads(product: Product) -> None:
    api = Api(product)
    add_people(product, PEOPLE)
    people = [api.person(f"{last}+angela") for last in ("urzig", "oland", "nunes")]
    for number, person in enumerate(people):
        for name in (f"{CLINIC} {40 + number}", f"{HEBREW} {number}", "Óscar Ávila de Óbidos"):
            phone = f"+55119{number}{len(name):03}00{len(name) % 10}{number}0"[:14]
            api("/api/leads", "POST", {"name": name, "phone": phone, "assigned_to": person})


def seen(name: Locator) -> dict[str, object]:
    return dict(name.evaluate(SEEN))


def test_the_script_cuts_them_where_the_templates_do(product: Product, page: Page) -> None:
    page.goto(f"{product.url}/style")
    cut = page.evaluate("async (names) => names.map((await import('/static/js/long-names.js')).cutInTwo)", list(NAMES))
    assert cut == [expected and list(expected) for expected in NAMES.values()]


def test_in_lists_at_every_width(product: Product, page: Page) -> None:
    add_leads(product)
    for width in (1440, 1000, 900, 768, 640, 360, 320):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{product.url}/leads?q=sorriso")
        settle(page)
        names = page.locator("#leads .row-link .name")
        tails = []
        for number in range(3):
            name = seen(names.nth(number))
            assert name["whole"] != name["cut"], width
            assert name["fits"], width
            tails.append(name["tail"])
        assert tails == ["unidade 42", "unidade 41", "unidade 40"]
        assert {seen(names.nth(number))["cut"] for number in range(3)} == {True}, width
        links = page.locator("#leads .row-link")
        expect(links.first).to_have_accessible_name(f"{CLINIC} 42")
        expect(links.first).to_have_attribute("title", f"{CLINIC} 42")
        people = page.locator("#leads .owner-button .name")
        assert all(seen(people.nth(number))["fits"] for number in range(3)), width
        assert page.evaluate(CUT_OFF) == [], width
        assert sideways(page) == 0

        page.goto(f"{product.url}/leads?q=%D7%9E%D7%A8%D7%A4%D7%90%D7%AA")
        settle(page)
        name = seen(page.locator("#leads .row-link .name").first)
        assert (name["right"], name["fits"], name["tail"]) == (True, True, "סניף 2"), width
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{product.url}/leads?q=oscar+avila")
    settle(page)
    assert seen(page.locator("#leads .row-link .name").first)["whole"]
    page.goto(f"{product.url}/team?q=angela")
    settle(page)
    assert page.evaluate(CUT_OFF) == []
    names = page.locator("#people .person-name")
    assert [seen(names.nth(number))["tail"] for number in range(3)] == ["Úrsula Ñuñes", "Úrsula Öland", "Úrsula Ürzig"]


def test_in_the_picker_and_on_a_lead(product: Product, open_page: OpenPage) -> None:
    add_leads(product)
    for settings in ({}, PHONE):
        page = open_page(**settings)
        enter(page, product.sign_in_link("ana.souza@aurora.example"))
        page.goto(f"{product.url}/leads?q=oscar+avila")
        settle(page)
        assert page.evaluate(CUT_OFF) == []
        owner(page, 0).click()
        page.keyboard.type("angela")
        expect(offered(page)).to_have_count(3)
        names = offered(page).locator(".picker-name")
        found = [seen(names.nth(number)) for number in range(3)]
        assert [one["cut"] and one["fits"] for one in found] == [True] * 3
        assert [one["tail"] for one in found] == ["Úrsula Ñuñes", "Úrsula Öland", "Úrsula Ürzig"]
        assert page.evaluate(CUT_OFF) == []
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(owner(page, 0)).to_contain_text("Öland")
        page.locator("#leads .row-link").first.click()
        closed = page.locator("#lead-body .picker-shown .name")
        expect(closed).to_have_attribute("title", PEOPLE[1])
        assert seen(closed)["tail"] == "Úrsula Öland"
        assert seen(closed)["fits"]
        field = page.get_by_role("combobox", name="Responsible")
        expect(field).to_have_value(PEOPLE[1])
        field.focus()
        expect(closed).to_be_hidden()
        assert page.evaluate(CUT_OFF) == []
