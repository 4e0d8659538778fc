// form[data-selection="#leads"]: the bar about rows that are selected with the checkboxes that belong to it
// (form="…"). Shift selects a range, x the row that has the focus or is under the mouse. The section #leads says
// with data-selectable what it is narrowed to and with data-all how many there are: "all" selects also what is on
// other pages; [data-select-page] in the head of the table selects this page. Sending it opens the answer as a dialog. It ends with the event selection:clear.
import { openDialog } from "./dialog.js";

const bar = () => document.querySelector("form[data-selection]");
const section = () => document.querySelector(bar().dataset.selection);
const boxes = () => [...section().querySelectorAll(`input[type=checkbox][form="${bar().id}"]`)];
const chosen = () => boxes().filter((box) => box.checked);
let last = null;
let all = false;

const fill = (text, count) => text.replace("{count}", count);

function show() {
  if (!bar()) return;
  const { dataset } = section();
  const here = chosen();
  if (here.length < boxes().length || !here.length) all = false;
  for (const box of boxes()) box.closest("tr").setAttribute("aria-selected", String(box.checked));
  const words = bar().dataset;
  const text = all ? words.textAll : here.length === 1 ? words.textOne : words.textOther;
  bar().hidden = !here.length;
  const page = section().querySelector("[data-select-page]");
  if (page) {
    page.checked = here.length > 0 && here.length === boxes().length;
    page.indeterminate = here.length > 0 && !page.checked;
  }
  bar().querySelector("[data-selection-count]").textContent = fill(text, all ? dataset.all : here.length);
  // When the bar goes, the focus goes back to the row where the selection was made.
  const row = (last?.isConnected ? last : here[0])?.closest("tr");
  if (row) words.focusTo = `#${row.id}, ${words.selection}`;
  const more = bar().querySelector("[data-selection-all]");
  more.textContent = fill(more.dataset.text, dataset.all);
  more.hidden = all || dataset.all === String(here.length);
  measure();
}

// How much of the window the bar covers: layout.css keeps rows out of there.
function measure() {
  if (bar()) document.documentElement.style.setProperty("--selection", `${bar().offsetHeight}px`);
}

function select(which, checked) {
  for (const box of which) box.checked = checked;
  show();
}

function address() {
  const query = all ? new URLSearchParams(section().dataset.selectable) : new URLSearchParams(new FormData(bar()));
  if (all) query.set("all", "1");
  return `${bar().getAttribute("action")}?${query}`;
}

document.addEventListener("click", (event) => {
  if (!bar()) return;
  const box = event.target.closest?.(`input[type=checkbox][form="${bar().id}"]`);
  if (box) {
    const every = boxes();
    const [from, to] = [every.indexOf(last), every.indexOf(box)].sort((one, other) => one - other);
    if (event.shiftKey && from >= 0) select(every.slice(from, to + 1), box.checked);
    last = box;
    return show();
  }
  const page = event.target.closest?.("[data-select-page]");
  if (page) select(boxes(), page.checked);
  else if (event.target.closest("[data-selection-all]")) {
    all = true;
    select(boxes(), true);
  } else if (event.target.closest("[data-selection-none]")) select(boxes(), false);
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches?.("form[data-selection]")) return;
  event.preventDefault();
  openDialog(address(), event.submitter);
});

document.addEventListener("keydown", (event) => {
  if (!bar() || event.key !== "x" || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (document.querySelector("dialog:modal") || event.target.closest?.("input:not([type=checkbox]), textarea, select")) return;
  const row = event.target.closest?.("tr") ?? section().querySelector("tbody tr:hover") ?? section().querySelector("tbody tr");
  const box = row?.querySelector(`input[form="${bar().id}"]`);
  if (!box) return;
  event.preventDefault();
  if (!row.contains(document.activeElement)) row.querySelector(".row-link")?.focus();
  box.click();
});

document.addEventListener("selection:clear", () => bar() && select(boxes(), false));
// The list has been searched, or brought up to date: what is no longer in it is not selected either.
document.addEventListener("htmx:after:swap", show);
// What a browser remembers of a page it comes back to.
addEventListener("pageshow", show);
addEventListener("resize", measure);
