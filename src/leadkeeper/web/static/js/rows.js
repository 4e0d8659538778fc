// j and k walk through the rows of the page's list, by their .row-link.

const links = () => [...document.querySelectorAll("main tbody .row-link")];

const busy = (event) =>
  event.isComposing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog:modal") ||
  event.target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [role=combobox], .menu");

/** The row that a key is about: the one with the focus, else the one under the mouse. */
export function rowAtHand(event) {
  if (busy(event)) return null;
  return event.target.closest?.("tbody tr") ?? document.querySelector("main tbody tr:hover");
}

document.addEventListener("keydown", (event) => {
  if ((event.key !== "j" && event.key !== "k") || event.defaultPrevented || busy(event)) return;
  const all = links();
  if (!all.length) return;
  event.preventDefault();
  const at = all.indexOf(rowAtHand(event)?.querySelector(".row-link"));
  const next = at < 0 ? 0 : at + (event.key === "j" ? 1 : -1);
  const link = all[Math.max(0, Math.min(next, all.length - 1))];
  link.focus({ preventScroll: true });
  link.closest("tr").scrollIntoView({ block: "nearest" });
});
