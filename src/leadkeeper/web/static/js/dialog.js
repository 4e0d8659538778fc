// data-dialog opens a dialog: "#id" one that is on the page; "/address" (or, empty, the link's own address) one
// fetched into the slot of the shell. The fragment is parts/dialog.html's dialog_frame; its form posts by htmx.
// It closes on Esc, on [data-dialog-close], and on the event dialog:close (HX-Trigger); the focus goes back.
import { firstOf, placeOf, returnTo } from "./focus.js";

const slot = () => document.querySelector("[data-dialog-slot]");
let openedFrom = null;
let asked = null;

function show(dialog) {
  if (!dialog.open) dialog.showModal();
  const title = dialog.querySelector("[data-dialog-title]");
  if (title) dialog.setAttribute("aria-label", title.textContent.trim());
  dialog.tabIndex = -1;
  firstOf(dialog).focus();
}

async function fetchInto(dialog, address) {
  asked?.abort();
  asked = new AbortController();
  let answer;
  try {
    answer = await fetch(address, { cache: "no-store", headers: { "HX-Request": "true", "X-Dialog": "true" }, signal: asked.signal });
  } catch (error) {
    if (error.name !== "AbortError") document.dispatchEvent(new CustomEvent("request:failed", { detail: { status: 0 } }));
    return false;
  }
  if (answer.redirected || !answer.headers.get("content-type")?.includes("html")) {
    location.href = address;
    return false;
  }
  if (!answer.ok) {
    document.dispatchEvent(new CustomEvent("request:failed", { detail: { status: answer.status } }));
    return false;
  }
  dialog.innerHTML = await answer.text();
  window.htmx?.process(dialog);
  return true;
}

export async function openDialog(address, from) {
  openedFrom = placeOf(from ?? document.activeElement);
  if (address.startsWith("#")) return show(document.querySelector(address));
  from?.setAttribute("aria-busy", "true");
  const loaded = await fetchInto(slot(), address);
  from?.removeAttribute("aria-busy");
  if (loaded) show(slot());
}

document.addEventListener("click", (event) => {
  const closer = event.target.closest("[data-dialog-close]");
  if (closer) return closer.closest("dialog")?.close();
  const from = event.target.closest("[data-dialog]");
  if (!from || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  const menuOpener = from.closest(".menu") && document.querySelector(`[popovertarget="${CSS.escape(from.closest(".menu").id)}"]`);
  openDialog(from.dataset.dialog || from.getAttribute("href"), menuOpener || from);
});

// A press on the backdrop closes only what holds nothing typed.
document.addEventListener("pointerdown", (event) => {
  const dialog = event.target;
  if (!dialog.matches?.("dialog:modal") || dialog.querySelector("form")) return;
  const box = dialog.getBoundingClientRect();
  const outside = event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
  if (outside) dialog.close();
});

document.addEventListener("dialog:close", () => {
  [...document.querySelectorAll("dialog:modal")].at(-1)?.close();
});

document.addEventListener("close", ({ target }) => {
  if (!target.matches?.("dialog.dialog")) return;
  if (target === slot()) target.replaceChildren(...target.querySelectorAll(":scope > [data-toasts]"));
  if (openedFrom) returnTo(openedFrom);
  openedFrom = null;
}, true);

// After a refused form has come back: to its first error.
document.addEventListener("htmx:after:swap", ({ target }) => {
  if (target.matches?.("dialog form")) target.querySelector('[aria-invalid="true"]')?.focus();
});
