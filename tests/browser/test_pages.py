"""The pages under the hands of people: keyboards, phones, other languages, two at once, broken connections."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from sandbox import NewPerson
from tests.browser.conftest import Complaints, OpenPage, enter, settle
from tests.browser.product import Product
from tests.browser.test_policies import Api

pytestmark = pytest.mark.browser
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}

# What a screen reader would stumble over: controls without a name, pictures without a word, ids that are not alone.
STUMBLES = """() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const words = (element) => element?.innerText?.trim();
  const named = (element) => element.getAttribute("aria-label")?.trim() || element.title?.trim() || words(element)
    || words(element.labels?.[0]) || words(document.getElementById(element.getAttribute("aria-labelledby")));
  const shown = (elements) => elements.map((element) => element.outerHTML.slice(0, 120));
  const controls = all("a[href], button, input:not([type=hidden]), select, textarea, [role=combobox]")
    .filter((element) => element.checkVisibility({ visibilityProperty: true }));
  const ids = all("[id]").map((element) => element.id);
  const pointers = ["aria-controls", "aria-describedby", "aria-labelledby"];
  const pointed = all(pointers.map((name) => `[${name}]`).join(", "))
    .flatMap((element) => pointers.flatMap((name) => (element.getAttribute(name) ?? "").split(" ")));
  return {
    nameless: shown(controls.filter((element) => !named(element))),
    pictures: shown(all("img:not([alt]), svg:not([aria-hidden]):not([aria-label])")),
    twice: ids.filter((id, index) => ids.indexOf(id) !== index),
    dangling: pointed.filter((id) => id && !document.getElementById(id)),
    headings: all("h1").length,
  };
}"""
NOTHING: dict[str, Any] = {"nameless": [], "pictures": [], "twice": [], "dangling": [], "headings": 1}


def sideways(page: Page) -> int:
    """How many pixels the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def test_a_lead_is_made_with_the_keyboard_alone(product: Product, page: Page) -> None:
    page.goto(f"{product.url}/leads")
    expect(page.get_by_text("55 open leads")).to_be_visible()
    page.keyboard.press("n")
    dialog = page.get_by_role("dialog", name="New lead")
    expect(dialog.get_by_label("Name")).to_be_focused()
    for text in ("Alfa Ltda", "11 91234-5678"):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    responsible = dialog.get_by_role("combobox", name="Responsible")
    expect(responsible).to_have_value("Ana Souza")
    page.keyboard.type("joao sil")
    expect(page.get_by_role("option", name="João da Silva")).to_be_visible()
    page.keyboard.press("Enter")
    expect(responsible).to_have_value("João da Silva")
    expect(dialog.get_by_text("You, because you are adding this lead.")).to_be_hidden()
    # From the picker on to the buttons: e-mail, the fold, save, save and add another.
    for _ in range(4):
        page.keyboard.press("Tab")
    expect(dialog.get_by_role("button", name="Save and add another")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog.get_by_label("Name")).to_be_focused()
    expect(dialog.get_by_label("Name")).to_have_value("")
    expect(responsible).to_have_value("João da Silva")
    page.keyboard.type("Beta Ltda")
    page.keyboard.press("Tab")
    page.keyboard.type("11 91234-5679")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("link", name="New lead").first).to_be_focused()
    expect(page.get_by_text("57 open leads")).to_be_visible()
    rows = page.get_by_role("table", name="Leads, newest first").get_by_role("row")
    expect(rows.nth(1)).to_contain_text("Beta Ltda")
    expect(rows.nth(2)).to_contain_text("Alfa Ltda")
    expect(rows.nth(1)).to_contain_text("João da Silva")


def test_what_is_wrong_is_said_in_place_and_what_was_typed_stays(
    product: Product, page: Page, complaints: Complaints
) -> None:
    complaints.expected |= {409, 422}
    page.goto(f"{product.url}/leads")
    page.keyboard.press("n")
    dialog = page.get_by_role("dialog", name="New lead")
    name, phone = dialog.get_by_label("Name"), dialog.get_by_label("Phone")
    phone.fill("12")
    dialog.get_by_role("button", name="Save lead").click()
    expect(dialog.get_by_text("Enter a name.")).to_be_visible()
    expect(name).to_be_focused()
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(phone).to_have_value("12")
    name.fill("Marina")
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("Not a valid phone number")).to_be_visible()
    expect(phone).to_be_focused()
    expect(name).to_have_value("Marina")
    # The number of somebody who is there shows itself when the field is left, before anything is sent.
    phone.fill("+55 63 99711-8455")
    page.keyboard.press("Tab")
    expect(dialog.get_by_text("This lead already exists")).to_be_visible()
    expect(dialog.get_by_text("Ubirajara Cruz")).to_be_visible()
    expect(dialog.get_by_role("combobox", name="Responsible")).to_be_focused()
    dialog.get_by_role("button", name="Save lead").click()
    expect(dialog.get_by_role("link", name="Open lead")).to_be_visible()
    expect(name).to_have_value("Marina")
    dialog.get_by_role("link", name="Open lead").click()
    expect(page.get_by_role("heading", name="Ubirajara Cruz")).to_be_visible()


def test_what_was_fetched_before_a_search_does_not_undo_it(product: Product, page: Page) -> None:
    """The list is being brought up to date, and the answer to that comes after the answer to the search."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        if "x-live" in route.request.headers:
            held.append(route)
        else:
            route.fallback()

    page.goto(f"{product.url}/leads")
    settle(page)
    page.route(f"{product.url}/leads", hold)
    page.evaluate("document.dispatchEvent(new CustomEvent('live:changed', {detail: {topics: ['leads']}}))")
    page.wait_for_timeout(400)
    assert held
    page.get_by_role("searchbox", name="Search leads").fill("tania")
    expect(page.get_by_text("1 lead found")).to_be_visible()
    for route in held:
        route.continue_()
    page.wait_for_timeout(600)
    expect(page.get_by_text("1 lead found")).to_be_visible()
    expect(page.locator("#leads tbody tr")).to_have_count(1)


def test_the_list_is_searched_and_narrowed_while_one_types(product: Product, page: Page) -> None:
    page.goto(f"{product.url}/leads")
    search = page.get_by_role("searchbox", name="Search leads")
    settle(page)
    page.keyboard.press("/")
    expect(search).to_be_focused()
    page.keyboard.type("tania")
    expect(page.get_by_text("1 lead found")).to_be_visible()
    expect(page).to_have_url(f"{product.url}/leads?q=tania")
    expect(search).to_be_focused()
    search.fill("")
    expect(page.get_by_text("55 open leads")).to_be_visible()
    expect(page).to_have_url(f"{product.url}/leads")
    page.get_by_label("Stage").select_option("Proposal")
    expect(page.get_by_text(re.compile(r"^\d+ leads? found$"))).to_be_visible()
    page.get_by_label("Stage").select_option("Any stage")
    page.get_by_role("combobox", name="Responsible").click()
    page.keyboard.type("eri")
    page.get_by_role("option", name="Érica Nogueira").click()
    expect(page).to_have_url(re.compile(r"assigned_to="))
    owners = page.locator("#leads tbody .person-name")
    expect(owners.first).to_have_text("Érica Nogueira")
    assert set(owners.all_inner_texts()) == {"Érica Nogueira"}
    page.reload()
    expect(page.get_by_role("combobox", name="Responsible")).to_have_value("Érica Nogueira")
    settle(page)
    page.get_by_role("navigation", name="Views").get_by_role("link", name="Mine").click()
    expect(page).to_have_url(re.compile(r"assigned_to=me"))
    page.go_back()
    expect(page.get_by_role("combobox", name="Responsible")).to_have_value("Érica Nogueira")


def test_two_at_one_lead_see_each_other(
    product: Product, page: Page, open_page: OpenPage, complaints: Complaints
) -> None:
    complaints.expected.add(409)
    other = open_page()
    enter(other, product.sign_in_link("bruno.carvalho@aurora.example"))
    page.goto(f"{product.url}/leads?q=tania")
    page.get_by_role("link", name="Tânia Albernaz").click()
    expect(page.get_by_role("heading", name="Tânia Albernaz")).to_be_visible()
    other.goto(page.url)
    page.get_by_role("link", name="Edit").click()
    mine = page.get_by_role("dialog", name="Edit lead")
    mine.get_by_label("Name").fill("Tânia A.")
    # The other one takes the lead, and changes its name too.
    other.get_by_role("button", name="Assign to me").click()
    expect(page.locator("#lead-body")).to_contain_text("Bruno Carvalho took this lead")
    expect(mine.get_by_label("Name")).to_have_value("Tânia A.")
    other.get_by_role("link", name="Edit").click()
    theirs = other.get_by_role("dialog", name="Edit lead")
    theirs.get_by_label("Name").fill("Tânia B.")
    theirs.get_by_role("button", name="Save lead").click()
    expect(page.locator("h1")).to_have_text("Tânia B.")
    mine.get_by_role("button", name="Save lead").click()
    expect(mine.get_by_text("Somebody else has changed this lead in the meantime")).to_be_visible()
    expect(mine.get_by_text("“Tânia B.”")).to_be_visible()
    expect(mine.get_by_label("Name")).to_have_value("Tânia A.")
    mine.get_by_role("button", name="Save lead").click()
    expect(other.locator("h1")).to_have_text("Tânia A.")
    expect(page.get_by_role("link", name="Edit")).to_be_focused()
    # And what was chosen in haste is taken back.
    other.get_by_role("combobox", name="Responsible").click()
    other.get_by_role("option", name="Nobody").click()
    other.get_by_text("Nobody is responsible now.").wait_for()
    other.get_by_role("button", name="Undo").last.click()
    expect(page.get_by_role("combobox", name="Responsible")).to_have_value("Bruno Carvalho")


def test_one_changes_ones_mind_again_and_again(product: Product, page: Page) -> None:
    page.goto(f"{product.url}/leads?q=tania")
    page.get_by_role("link", name="Tânia Albernaz").click()
    picker = page.get_by_role("combobox", name="Responsible")
    for typed, name in (("eri", "Érica Nogueira"), ("zul", "Zuleica Ximenes"), ("joao s", "João da Silva")):
        picker.click()
        page.keyboard.type(typed)
        expect(page.get_by_role("option")).to_have_count(1)
        page.keyboard.press("Enter")
        expect(page.locator(".timeline li").first).to_contain_text(name)
        expect(picker).to_have_value(name)
    page.keyboard.press("Escape")
    picker.click()
    page.keyboard.press("Escape")
    expect(picker).to_have_value("João da Silva")
    expect(page.locator(".timeline li")).to_have_count(4)
    # The keys of this page are told with the others.
    page.locator("h1").click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("Edit lead")


def test_what_came_while_the_connection_was_broken_is_caught_up(
    product: Product, page: Page, complaints: Complaints
) -> None:
    complaints.expected |= {"net::ERR_CONNECTION_REFUSED", "net::ERR_INTERNET_DISCONNECTED"}
    page.goto(f"{product.url}/team")
    expect(page.get_by_text("12 people, 12 active")).to_be_visible()
    product.stop()
    expect(page.get_by_text("Live updates interrupted")).to_be_visible()
    product.sandbox.people.add(NewPerson("Nova", "Pessoa", "nova@aurora.example", role="sdr"))
    product.command("backfill")
    product.start()
    expect(page.get_by_text("13 people, 13 active")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("Nova Pessoa")).to_be_visible()


def test_who_leaves_is_out_at_once(product: Product, page: Page, open_page: OpenPage, complaints: Complaints) -> None:
    complaints.expected.add(401)
    other = open_page()
    enter(other, product.sign_in_link("bruno.carvalho@aurora.example"))
    other.goto(f"{product.url}/team")
    people, _ = product.sandbox.people.find("Bruno Carvalho", 1)
    product.sandbox.people.ban(people[0]["id"])
    expect(other).to_have_url(re.compile(r"/sign-in"))


def test_a_refused_backfill_says_why_and_what_to_do(product: Product, page: Page) -> None:
    product.sandbox.webhooks.pause()
    people, _ = product.sandbox.people.find("", 12)
    for gone in [user for user in people if user["first_name"] != "Ana"][:8]:
        product.sandbox.people.delete(gone["id"])
    page.goto(f"{product.url}/team")
    panel = page.get_by_role("region", name="Backfill")
    panel.get_by_role("button", name="Backfill").click()
    expect(panel).to_contain_text("8 active people were not found at Clerk")
    expect(page.get_by_text("12 people, 12 active")).to_be_visible()
    panel.get_by_role("button", name="Deactivate 8 people anyway").click()
    expect(panel).to_contain_text("8 deactivated")
    expect(page.get_by_text("12 people, 4 active")).to_be_visible()


def test_who_may_only_look_is_offered_nothing_to_change(product: Product, open_page: OpenPage) -> None:
    page = open_page()
    enter(page, product.sign_in_link("otavio.pecanha@aurora.example"))
    expect(page.get_by_role("heading", name="Leads")).to_be_visible()
    expect(page.get_by_role("link", name="New lead")).to_have_count(0)
    page.get_by_role("link", name="Pérola Maciel").click()
    expect(page.get_by_role("heading", name="Pérola Maciel")).to_be_visible()
    for control in ("Edit", "More", "Assign to me"):
        expect(page.get_by_role("button", name=control)).to_have_count(0)
    page.goto(f"{product.url}/team")
    expect(page.get_by_text("12 people")).to_be_visible()
    expect(page.get_by_role("button", name="Backfill")).to_have_count(0)


def test_on_a_phone_nothing_scrolls_sideways_and_a_lead_is_made(product: Product, open_page: OpenPage) -> None:
    endless = {
        "name": "W" * 200,
        "phone": "(11) 97777-0000",
        "source": "evento",
        "campaign": "Uma feira bem longa " * 9,
    }
    Api(product)("/api/leads", "POST", endless)
    page = open_page(**PHONE)
    enter(page, product.sign_in_link("ana.souza@aurora.example"))
    lists = ("/leads", "/leads?assigned_to=none", "/leads/unassigned", "/team", "/departures")
    for address in (*lists, "/leads/new", "/settings", "/settings/keys"):
        page.goto(product.url + address)
        settle(page)
        assert sideways(page) == 0, address
        assert page.evaluate(STUMBLES) == NOTHING, address
    page.goto(f"{product.url}/leads")
    page.get_by_role("link", name="New lead").tap()
    dialog = page.get_by_role("dialog", name="New lead")
    dialog.get_by_label("Name").fill("Pelo telefone")
    dialog.get_by_label("Phone").fill("(11) 91234-5678")
    expect(dialog.get_by_role("combobox", name="Responsible")).to_be_in_viewport()
    dialog.get_by_role("combobox", name="Responsible").tap()
    page.keyboard.type("zul")
    page.get_by_role("option", name="Zuleica Ximenes").tap()
    dialog.get_by_role("button", name="Save lead").tap()
    page.get_by_role("link", name="Open lead").tap()
    expect(page.get_by_role("heading", name="Pelo telefone")).to_be_visible()
    assert sideways(page) == 0
    assert page.evaluate(STUMBLES) == NOTHING
    expect(page.get_by_role("combobox", name="Responsible")).to_have_value("Zuleica Ximenes")


def test_every_control_has_a_name_and_every_id_is_alone(product: Product, page: Page) -> None:
    for address in ("/leads", "/leads?q=nobody+is+called+so", "/leads/new", "/team", "/team?q=nobody+is+called+so"):
        page.goto(product.url + address)
        settle(page)
        assert page.evaluate(STUMBLES) == NOTHING, address
    page.goto(f"{product.url}/leads")
    page.locator(".row-link").first.click()
    expect(page.locator("#lead-name")).to_be_visible()
    settle(page)
    page.get_by_role("link", name="Edit").click()
    expect(page.get_by_role("dialog", name="Edit lead")).to_be_visible()
    assert page.evaluate(STUMBLES) == NOTHING
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Edit")).to_be_focused()
    page.keyboard.press("n")
    expect(page.get_by_role("dialog", name="New lead")).to_be_visible()
    page.get_by_role("combobox", name="Responsible").last.click()
    expect(page.get_by_role("option").first).to_be_visible()
    assert page.evaluate(STUMBLES) == NOTHING


def test_without_script_a_lead_is_made_all_the_same(product: Product, open_page: OpenPage, page: Page) -> None:
    plain = open_page(java_script_enabled=False)
    enter(plain, product.sign_in_link("ana.souza@aurora.example"))
    plain.get_by_role("link", name="New lead").click()
    plain.get_by_label("Name").fill("Sem script")
    plain.get_by_label("Phone").fill("(11) 91234-5678")
    plain.get_by_role("button", name="Save lead").click()
    expect(plain.get_by_role("heading", name="Sem script")).to_be_visible()
    plain.get_by_role("link", name="Edit").click()
    plain.get_by_label("Name").fill("Sem script algum")
    plain.get_by_role("button", name="Save lead").click()
    expect(plain.get_by_role("heading", name="Sem script algum")).to_be_visible()


def test_in_portuguese_every_word_of_the_main_job_is(product: Product, open_page: OpenPage) -> None:
    page = open_page(locale="pt-BR")
    enter(page, product.sign_in_link("ana.souza@aurora.example"))
    expect(page.locator("html")).to_have_attribute("lang", "pt-br")
    page.goto(f"{product.url}/leads")
    expect(page.get_by_text("55 leads abertos")).to_be_visible()
    for view in ("Todos", "Meus", "Sem responsável"):
        expect(page.get_by_role("navigation", name="Visões").get_by_role("link", name=view)).to_be_visible()
    page.keyboard.press("n")
    dialog = page.get_by_role("dialog", name="Novo lead")
    dialog.get_by_label("Nome").fill("Clínica Sorriso")
    dialog.get_by_label("Telefone").fill("(11) 91234-5678")
    responsible = dialog.get_by_role("combobox", name="Responsável")
    responsible.click()
    page.keyboard.type("ninguem")
    expect(dialog.locator(".picker-note")).to_have_text("Ninguém encontrado para “ninguem”")
    responsible.fill("erica")
    expect(page.get_by_role("option", name="Érica Nogueira")).to_contain_text("Gerente")
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Salvar lead").click()
    expect(page.get_by_text("Lead salvo. Responsável: Érica Nogueira")).to_be_visible()
    page.get_by_role("link", name="Abrir lead").click()
    expect(page.locator(".timeline")).to_contain_text("Ana Souza adicionou este lead e o atribuiu a Érica Nogueira")
    page.get_by_role("button", name="Atribuir a mim").click()
    expect(page.get_by_text("Responsável: Ana Souza")).to_be_visible()
    expect(page.locator(".timeline")).to_contain_text("Ana Souza assumiu este lead de Érica Nogueira")
    page.goto(f"{product.url}/team")
    expect(page.get_by_text("12 pessoas, 12 ativas")).to_be_visible()
    expect(page.get_by_role("table", name="Pessoas").get_by_role("row").nth(1)).to_contain_text("Proprietário")
    expect(page.get_by_role("region", name="Sincronizar")).to_contain_text("12 pessoas vistas")
