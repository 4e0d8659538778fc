// One owner picker for all the leads of a page. A [data-choose-owner] opens it where it stands, inside an element that
// says with data-owner… whose the lead is and with data-owner-url where a choice goes. Keys: `i` takes the lead for
// me, `a` opens it (on a list; elsewhere the button has the key itself); of the row that has the focus or the mouse.
import { rowAtHand } from "./rows.js";

const GAP = 8;
const box = () => document.querySelector("[data-owner-floating]");
let opener = null;

const personOf = ({ dataset }) => ({
  id: dataset.owner,
  name: dataset.ownerName ?? "",
  avatar_url: dataset.ownerAvatar ?? "",
  active: !("ownerDeparted" in dataset),
});

// A list that is brought up to date may put another button in the place of the one that was pressed.
const button = () => opener && document.getElementById(opener);

function place() {
  const at = button()?.getBoundingClientRect();
  if (!at) return;
  const width = box().offsetWidth;
  const most = document.documentElement.clientWidth - width - GAP;
  box().style.left = `${Math.max(GAP, Math.min(at.left - GAP, most))}px`;
  box().style.top = `${at.top + at.height / 2 - box().offsetHeight / 2}px`;
}

function open(from) {
  const picker = box()?.querySelector("owner-picker");
  if (!picker) return;
  opener = from.id;
  picker.show(personOf(from.closest("[data-owner-url]")));
  box().showPopover();
  place();
  document.addEventListener("scroll", place, true);
  picker.input.focus();
  picker.open();
}

function close() {
  if (!box().matches(":popover-open")) return;
  const hadFocus = box().contains(document.activeElement);
  box().hidePopover();
  document.removeEventListener("scroll", place, true);
  if (hadFocus || document.activeElement === document.body) button()?.focus();
}

/** `was` is whom the chooser saw: the list may have been brought up to date behind the open picker. */
function save(holder, id, was = holder.dataset.owner) {
  if (id === was) return;
  const source = holder.querySelector("[data-choose-owner]") ?? holder;
  window.htmx.ajax("POST", holder.dataset.ownerUrl, { source, swap: "none", values: { assigned_to: id, was } });
}

document.addEventListener("click", (event) => {
  const from = event.target.closest?.("[data-choose-owner]");
  if (from) open(from);
});

document.addEventListener("change", ({ target }) => {
  const holder = box()?.contains(target) && button()?.closest("[data-owner-url]");
  if (holder) save(holder, target.value, box().querySelector("owner-picker").before.id);
});

document.addEventListener("picker:close", ({ target }) => {
  if (box()?.contains(target)) close();
});

const onRow = { a: (row) => row.querySelector("[data-choose-owner]")?.click(), i: (row) => save(row, box().dataset.me) };

document.addEventListener("keydown", (event) => {
  if (!(event.key in onRow) || event.defaultPrevented || event.repeat || (event.key === "i" && !box()?.dataset.me)) return;
  const row = rowAtHand(event);
  if (!row?.dataset.ownerUrl) return;
  event.preventDefault();
  onRow[event.key](row);
});
