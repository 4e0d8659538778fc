// <owner-picker>, as parts/owner_picker.html renders it: a combobox whose list the server searches. The hidden
// input carries the id ("" is nobody) and tells of a choice by `change`.
import Combobox from "../vendor/combobox-nav.js";
import { cutInTwo, showName } from "./long-names.js";
import { PickerKeys } from "./owner-picker-keys.js";
import { PickerList } from "./owner-picker-list.js";
import { placePanel } from "./owner-picker-place.js";
import { fillAvatar } from "./owner-picker-rows.js";
import { watchSaving } from "./owner-picker-saving.js";

class OwnerPicker extends HTMLElement {
  connectedCallback() {
    if (this.input) return;
    this.input = this.querySelector("[role=combobox]");
    this.hiddenInput = this.querySelector("input[type=hidden]");
    this.control = this.querySelector(".picker-control");
    this.panel = this.querySelector(".picker-panel");
    this.list = this.querySelector("[role=listbox]");
    this.note = this.querySelector(".picker-note");
    this.spoken = this.querySelector("[role=status]");
    this.place = () => placePanel(this.panel, this.control);
    this.offered = this.current;
    this.combobox = new Combobox(this.input, this.list, { tabInsertsSuggestions: false });
    this.people = new PickerList(this);
    this.keys = new PickerKeys(this);
    this.addEventListener("keydown", (event) => event.target === this.input && this.keys.press(event), true);
    this.addEventListener("combobox-commit", ({ target }) => this.choose(target.person));
    this.addEventListener("click", (event) => this.#click(event));
    this.addEventListener("live:team", () => this.isOpen && this.people.load({ keep: true }));
    this.input.addEventListener("input", (event) => this.#type(event));
    this.input.addEventListener("change", (event) => event.stopPropagation());
    this.input.addEventListener("focus", () => this.input.select());
    this.input.addEventListener("blur", () => this.close());
    this.panel.addEventListener("mousedown", (event) => event.preventDefault());
    watchSaving(this);
    // Somebody was quicker than this script.
    if (document.activeElement === this.input && this.input.value === this.input.defaultValue) this.input.select();
  }

  disconnectedCallback() {
    this.close();
  }

  get isOpen() {
    return this.input?.getAttribute("aria-expanded") === "true";
  }

  get current() {
    const { name, avatar } = this.dataset;
    return { id: this.hiddenInput.value, name, avatar_url: avatar, active: !this.hasAttribute("data-departed") };
  }

  get shownName() {
    return this.dataset.name || this.dataset.textNobody;
  }

  get query() {
    return this.hasAttribute("data-typing") ? this.input.value.trim() : "";
  }

  open() {
    if (this.isOpen || this.input.disabled) return;
    this.setAttribute("hx-morph-skip", "");
    this.panel.showPopover();
    this.combobox.start();
    this.people.load();
    this.place();
    visualViewport?.addEventListener("resize", this.place);
    document.addEventListener("scroll", this.place, true);
  }

  close() {
    if (!this.isOpen) return;
    this.people.stop();
    this.keys.forget();
    this.combobox.stop();
    if (this.panel.matches(":popover-open")) this.panel.hidePopover();
    this.removeAttribute("data-typing");
    this.input.value = this.shownName;
    visualViewport?.removeEventListener("resize", this.place);
    document.removeEventListener("scroll", this.place, true);
    if (!this.hasAttribute("data-saving")) this.removeAttribute("hx-morph-skip");
    this.dispatchEvent(new Event("picker:close", { bubbles: true }));
  }

  choose(person) {
    const before = this.current;
    this.show(person);
    this.close();
    this.spoken.textContent = this.shownName;
    if (before.id === person.id) return;
    this.before = before;
    this.hiddenInput.dispatchEvent(new Event("change", { bubbles: true }));
  }

  /** Makes the closed picker show this person, without telling anybody. */
  show(person) {
    this.hiddenInput.value = person.id;
    this.hiddenInput.setAttribute("value", person.id);
    this.dataset.name = person.name;
    this.dataset.avatar = person.avatar_url ?? "";
    this.toggleAttribute("data-departed", person.active === false);
    this.control.toggleAttribute("data-nobody", !person.id);
    this.input.setAttribute("value", this.shownName);
    this.input.value = this.shownName;
    fillAvatar(this.control.querySelector(".avatar"), person);
    const shown = this.control.querySelector(".picker-shown");
    shown.replaceChildren(...(cutInTwo(person.name) ? [document.createElement("span")] : []));
    if (shown.firstChild) showName(shown.firstChild, person.name);
    const badge = this.querySelector("[data-departed-badge]");
    if (badge) badge.hidden = person.active !== false;
    const toMe = this.querySelector("[data-assign-me]");
    if (toMe) toMe.hidden = toMe.dataset.assignMe === person.id;
    // "You, because …" holds only as long as it is you.
    if (this.hasAttribute("data-why")) this.querySelector(":scope > .field-help").hidden = person.id !== this.offered.id;
  }

  #type({ data, isComposing }) {
    // A click may leave the caret in the name; what is typed first takes the name's place all the same.
    const added = !this.hasAttribute("data-typing") && data && this.input.value.length === this.shownName.length + data.length;
    if (added && !isComposing) this.input.value = data;
    this.setAttribute("data-typing", "");
    this.open();
    this.people.soon();
  }

  #click({ target }) {
    if (target === this.input && !this.isOpen) {
      this.open();
      // Once the press has set its caret.
      setTimeout(() => this.query || this.input.select());
    }
    if (target.closest("[data-retry]")) this.people.load();
    const toMe = target.closest("[data-assign-me]");
    if (!toMe) return;
    this.input.focus();
    this.choose({ id: toMe.dataset.assignMe, name: toMe.dataset.meName, avatar_url: toMe.dataset.meAvatar, active: true });
  }
}

customElements.define("owner-picker", OwnerPicker);
