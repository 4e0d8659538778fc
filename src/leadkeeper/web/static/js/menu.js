// .menu with popover: stands beside the button that opened it, inside the window; arrows walk through its items.

const GAP = 4;
const EDGE = 8;

const openerOf = (menu) => document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`);
const itemsOf = (menu) => [...menu.querySelectorAll(".menu-item:not(:disabled)")].filter((item) => item.offsetParent !== null);

export function place(menu, opener, { up = false } = {}) {
  const at = opener.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = innerHeight - at.bottom - GAP - EDGE;
  const above = at.top - GAP - EDGE;
  const goUp = up ? height <= above || above > below : height > below && above > below;
  const rightToLeft = getComputedStyle(opener).direction === "rtl";
  const roomy = at.left + width <= innerWidth - EDGE;
  const left = rightToLeft || !roomy ? at.right - width : at.left;
  menu.style.left = `${Math.max(EDGE, Math.min(left, innerWidth - width - EDGE))}px`;
  menu.style.top = `${Math.max(EDGE, goUp ? at.top - height - GAP : at.bottom + GAP)}px`;
}

document.addEventListener("beforetoggle", ({ target, newState }) => {
  if (target.matches?.(".menu")) openerOf(target)?.setAttribute("aria-expanded", String(newState === "open"));
}, true);

document.addEventListener("toggle", ({ target, newState }) => {
  if (!target.matches?.(".menu") || newState !== "open") return;
  const opener = openerOf(target);
  if (opener) place(target, opener, { up: target.dataset.menu === "up" });
  itemsOf(target)[0]?.focus({ preventScroll: true });
}, true);

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.(".menu");
  if (!menu) return;
  const items = itemsOf(menu);
  const index = items.indexOf(event.target);
  const next = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: -1 }[event.key];
  if (event.key === "Tab") menu.hidePopover();
  if (next === undefined) return;
  event.preventDefault();
  items.at(next % items.length)?.focus();
});

document.addEventListener("click", (event) => {
  const item = event.target.closest(".menu-item");
  if (item && item.getAttribute("role") !== "menuitemradio") item.closest(".menu")?.hidePopover();
});

addEventListener("resize", () => {
  for (const menu of document.querySelectorAll(".menu:popover-open")) menu.hidePopover();
});
