// Toasts: HX-Trigger: {"toast": {text, kind, link: {url, label}, undo: {url}}}, or what the page brought flashed,
// or any script: document.dispatchEvent(new CustomEvent("toast", {detail})). Each stays 8 s, longer while it is
// hovered or holds the focus, or the page is hidden. Requests that fail without an answer for the page say so here.

const STAY = 8000;
const MOST = 3;
const region = () => document.querySelector("[data-toasts]");
const templates = () => document.querySelector("[data-toast-templates]");

function leave(toast) {
  if (!toast.isConnected || "leaving" in toast.dataset) return;
  toast.dataset.leaving = "";
  setTimeout(() => {
    toast.remove();
    if (!region()?.childElementCount) region()?.hidePopover?.();
  }, 150);
}

function stay(toast) {
  let left = STAY;
  const step = 250;
  const clock = setInterval(() => {
    if (!toast.isConnected) return clearInterval(clock);
    if (document.hidden || toast.matches(":hover, :focus-within")) left = Math.max(left, STAY / 2);
    else if ((left -= step) <= 0) {
      clearInterval(clock);
      leave(toast);
    }
  }, step);
}

// As a popover the region stands in the top layer; inside an open dialog, or it could be seen and not pressed.
function raise() {
  const toasts = region();
  if (toasts.matches(":popover-open")) toasts.hidePopover();
  const home = [...document.querySelectorAll("dialog:modal")].at(-1) ?? document.body;
  if (toasts.parentElement !== home) home.append(toasts);
  toasts.showPopover();
}

document.addEventListener("close", ({ target }) => {
  if (!target.matches?.("dialog") || !target.contains(region())) return;
  document.body.append(region());
  if (region().childElementCount) raise();
}, true);

export function showToast({ text, kind = "success", link, undo }) {
  const kinds = [...templates().content.children];
  const toast = (kinds.find((one) => one.dataset.kind === kind) ?? kinds[0]).cloneNode(true);
  toast.querySelector("[data-toast-text]").textContent = text;
  const anchor = toast.querySelector("a");
  if (link?.url) {
    anchor.href = link.url;
    anchor.textContent = link.label;
  } else anchor.remove();
  const back = toast.querySelector("[data-toast-undo]");
  if (undo?.url) back.setAttribute("hx-post", undo.url);
  else back.remove();
  raise();
  region().append(toast);
  window.htmx?.process(toast);
  for (const old of [...region().children].slice(0, -MOST)) leave(old);
  stay(toast);
}

document.addEventListener("toast", ({ detail }) => showToast(detail.text ? detail : { text: detail.value }));

document.addEventListener("click", (event) => {
  const closer = event.target.closest("[data-toast-close], [data-toast-undo]");
  if (closer?.matches("[data-toast-close]")) leave(closer.closest("[data-toast]"));
  else if (closer) setTimeout(() => leave(closer.closest("[data-toast]")), 400);
});

function failed(status) {
  const words = templates().dataset;
  const text = status === 0 ? words.textOffline : status >= 500 ? words.textFailed : words.textRefused;
  showToast({ text: text.replace("{status}", status), kind: "danger" });
}

document.addEventListener("request:failed", ({ detail }) => failed(detail.status));

document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
  const { status } = ctx.response;
  const said = ctx.hx?.trigger?.includes('"toast"') || ctx.sourceElement?.matches("owner-picker");
  if (!said && ([400, 401, 403, 404].includes(status) || status >= 500)) failed(status);
});

document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
  if (ctx && !ctx.response && !ctx.sourceElement?.matches("owner-picker")) failed(0);
});

if (region()?.childElementCount) {
  raise();
  for (const toast of region().children) stay(toast);
}
