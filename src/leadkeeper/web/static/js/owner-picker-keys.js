// The keys of an owner picker. Those pressed while an answer is on its way wait for it, so that who types fast
// chooses from what they typed and not from what happened to be shown.

const WAITING = ["ArrowDown", "ArrowUp", "Enter"];

export class PickerKeys {
  #waiting = [];

  constructor(picker) {
    this.picker = picker;
  }

  press(event) {
    const { picker } = this;
    const { key } = event;
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!picker.isOpen) {
      if (key !== "ArrowDown" && key !== "ArrowUp") return;
      picker.open();
    } else if (key === "Escape") {
      picker.close();
      picker.input.select();
    } else if (key === "Tab") {
      if (!picker.people.isBusy) picker.people.highlighted?.click();
      return;
    } else if (key === "Home" || key === "End") {
      if (picker.query && !picker.list.querySelector('[aria-selected="true"]')) return;
      this.#act(key);
    } else if (WAITING.includes(key)) {
      if (picker.people.isBusy) this.#waiting.push(key);
      else this.#act(key);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  forget() {
    this.#waiting = [];
  }

  replay() {
    for (const key of this.#waiting.splice(0)) if (this.picker.isOpen) this.#act(key);
  }

  #act(key) {
    const { picker } = this;
    if (key === "Enter") {
      const row = picker.people.highlighted ?? picker.note.querySelector("[data-retry]");
      if (row) row.click();
      else if (!picker.query) picker.close();
      return;
    }
    if (key === "ArrowDown" && picker.people.isAtEdge) {
      this.#waiting.push(key);
      picker.people.more();
      return;
    }
    if (key === "Home" || key === "End") picker.combobox.clearSelection();
    this.#walk(key === "ArrowDown" || key === "Home" ? 1 : -1);
  }

  /** The first match is highlighted already: going down from it leads to the second one, and past the end back to it. */
  #walk(step) {
    const { combobox, list, people } = this.picker;
    if (step > 0) list.querySelector("[data-combobox-option-default]")?.setAttribute("aria-selected", "true");
    combobox.navigate(step);
    if (!people.highlighted) people.highlightFirst();
  }
}
