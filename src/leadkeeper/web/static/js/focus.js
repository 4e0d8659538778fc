// Keeps the keyboard's place. When what has the focus is taken off the page, hidden or disabled, the focus goes to what
// took its place: the same control made anew (by its id, its name or data-focus), that of the next row, what is left of
// its row, or else the part of the page it stood in. [data-focus-to="#a, #b"] says where to go from inside it (the first
// that is there). From a toast it goes back to where it was before.

const CONTROL = "a[href], button, input:not([type=hidden]), select, textarea, summary";
const PART = "main, dialog, section:is([aria-label], [aria-labelledby])";
const ROW = "tr, li";

const isShown = (element) =>
  element.isConnected && !element.disabled && !element.closest("[inert]") && element.checkVisibility({ visibilityProperty: true });
const isUsable = (element) => isShown(element) && element.tabIndex >= 0 && !element.closest("[aria-hidden=true]");
const controlsIn = (part) => [...part.querySelectorAll(CONTROL)].filter(isUsable);

/** Where one begins in a dialog: what asks for the focus, else the first thing to fill in or press. */
export function firstOf(dialog) {
  const body = dialog.querySelector(".dialog-body");
  return dialog.querySelector("[autofocus]") ?? (body && controlsIn(body)[0]) ?? dialog;
}

/** Selectors that find a control again that was made anew. */
function marksOf(element) {
  const { id, name, value, dataset } = element;
  const marks = [];
  if (id) marks.push(`#${CSS.escape(id)}`);
  if (dataset.focus) marks.push(`[data-focus="${CSS.escape(dataset.focus)}"]`);
  const isOneOfMany = element.matches("button, [type=checkbox], [type=radio]");
  if (name) marks.push(`[name="${CSS.escape(name)}"]` + (isOneOfMany ? `[value="${CSS.escape(value)}"]` : ""));
  return marks;
}

function rowOf(element) {
  const node = element.closest(ROW);
  const list = node?.parentElement;
  return node && { node, list, at: [...list.children].indexOf(node), control: controlsIn(node).indexOf(element) };
}

function* ancestorsOf(element) {
  for (let node = element.parentElement; node && node !== document.body; node = node.parentElement) yield { node, id: node.id };
}

let beforeToasts = null;

/** All that is needed to find the place of a control when the control itself is gone. */
export function placeOf(element) {
  const place = { element, looks: element.className, marks: marksOf(element), around: [...ancestorsOf(element)], row: rowOf(element) };
  if (element.closest("[data-toasts]")) return { ...place, around: [], instead: beforeToasts };
  return (beforeToasts = place);
}

/** The control of another row that does what the one in the lost row did. */
function likeIn(row, { looks, row: { control } }) {
  const controls = controlsIn(row);
  const alike = controls.filter(({ className }) => className === looks);
  return alike.find((one) => one === controls[control]) ?? alike[0] ?? row.querySelector(".row-link") ?? controls[0];
}

function nextRow({ list, at }) {
  const rows = [...list.children].filter((child) => child.matches(ROW));
  return rows[Math.min(at, rows.length - 1)];
}

function named(selectors) {
  const found = selectors.split(",").map((selector) => document.querySelector(selector)).find((one) => one && isShown(one));
  return found?.matches(ROW) ? found.querySelector(".row-link") ?? controlsIn(found)[0] : found;
}

function successorIn(part, place) {
  if (part.dataset.focusTo) return named(part.dataset.focusTo);
  for (const mark of place.marks) {
    const again = [...part.querySelectorAll(mark)].find(isUsable);
    if (again) return again;
  }
  if (!isShown(part)) return null;
  if (part === place.row?.list) return nextRow(place.row) && likeIn(nextRow(place.row), place);
  if (place.row?.node.contains(part)) return controlsIn(part)[0];
  if (part.matches("dialog")) return firstOf(part);
  return part.matches(PART) ? part : null;
}

function targetOf(place) {
  if (isUsable(place.element)) return place.element;
  for (const { node, id } of place.around) {
    const part = node.isConnected ? node : id && document.getElementById(id);
    const found = part && successorIn(part, place);
    if (found) return found;
  }
  return place.instead ? targetOf(place.instead) : document.querySelector("main");
}

/** The focus goes back to a place, or to what took it. */
export function returnTo(place) {
  const target = targetOf(place);
  if (target.tabIndex < 0 && !target.hasAttribute("tabindex")) {
    target.tabIndex = -1;
    target.addEventListener("blur", () => target.removeAttribute("tabindex"), { once: true });
  }
  target.focus({ preventScroll: target.matches(PART) });
}

const { activeElement } = document;
// Somebody may have been quicker than this script.
let last = activeElement && activeElement !== document.body ? placeOf(activeElement) : null;
let timer = null;

document.addEventListener("focusin", ({ target }) => (last = placeOf(target)));

// Whoever puts the focus down by hand, where nothing takes it, is left alone: what had it is still there.
document.addEventListener("focusout", ({ target, relatedTarget }) => {
  const isPutDown = () => last?.element === target && isShown(target) && document.hasFocus();
  if (!relatedTarget) queueMicrotask(() => isPutDown() && (last = null));
});

function check() {
  timer = null;
  const focused = document.activeElement;
  const nobodyHasIt = !focused || focused === document.body || !isShown(focused);
  if (last && nobodyHasIt && !isShown(last.element)) returnTo(last);
}

const soon = () => (timer ??= setTimeout(check));
const changes = { subtree: true, childList: true, attributeFilter: ["hidden", "disabled", "open", "inert"] };
new MutationObserver(soon).observe(document.body, changes);
document.addEventListener("toggle", soon, true);
