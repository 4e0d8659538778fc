// Every request that htmx makes to change something carries the CSRF token; and the browser stores no answer.

export const csrfToken = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";

document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  ctx.request.cache = "no-store";
  if (ctx.request.method !== "GET") ctx.request.headers["X-CSRFToken"] = csrfToken();
});

// What was pressed says that it works, when the answer takes longer than one would notice.
const NOTICED = 120;
const waiting = new WeakMap();

document.addEventListener("htmx:before:request", ({ target, detail: { ctx } }) => {
  const pressed = ctx.request.submitter ?? target;
  if (!pressed.matches?.(".button")) return;
  waiting.set(ctx, { pressed, timer: setTimeout(() => pressed.setAttribute("aria-busy", "true"), NOTICED) });
});

document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  const { pressed, timer } = waiting.get(ctx) ?? {};
  clearTimeout(timer);
  pressed?.removeAttribute("aria-busy");
});

// In what the server swaps in, a dialog or a fold that is open stays open; and what was typed into a part
// that is only being brought up to date stays typed.
const refreshing = new Set();

export function whileRefreshing(element, work) {
  refreshing.add(element);
  return work().finally(() => refreshing.delete(element));
}

const isRefreshed = (element) => [...refreshing].some((part) => part.contains(element));

function isTouched(element) {
  if (element.matches("input[type=checkbox], input[type=radio]")) return element.checked !== element.defaultChecked;
  if (element.matches("input:not([type=hidden]), textarea")) return element.value !== element.defaultValue;
  return false;
}

function start() {
  window.htmx?.registerExtension("leadkeeper", {
    htmx_before_morph_attr(element, { attrName }) {
      if (attrName === "open" && element.matches("dialog, details")) return false;
      // focus.js has put it there.
      if (attrName === "tabindex" && element === document.activeElement) return false;
      if (["value", "checked"].includes(attrName) && isRefreshed(element) && isTouched(element)) return false;
    },
  });
}

if (window.htmx) start();
else document.addEventListener("DOMContentLoaded", start);
