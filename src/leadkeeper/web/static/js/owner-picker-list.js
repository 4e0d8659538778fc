// The open list of an owner picker: asks the server while somebody types, drops answers that come too late, shows
// and says how many there are.
import { arrange, renderRows } from "./owner-picker-rows.js";

const PATIENCE = 80;
const plural = new Intl.PluralRules(document.documentElement.lang || "en");

const count = (forms, number) => (forms[plural.select(number)] ?? forms.other).replace("{count}", number);

async function search(src, query, current, signal) {
  const address = new URL(src, location.href);
  address.searchParams.set("q", query);
  address.searchParams.set("current", current);
  const answer = await fetch(address, { signal, headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${address.pathname} answered ${answer.status}`);
  return answer.json();
}

export class PickerList {
  #asked = null;
  #timer = null;

  constructor(picker) {
    this.picker = picker;
  }

  /** Whether what is shown is not yet the answer to what was typed. */
  get isBusy() {
    return this.#timer !== null || this.#asked !== null;
  }

  get highlighted() {
    return this.picker.list.querySelector('[aria-selected="true"], [data-combobox-option-default]');
  }

  soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.load(), PATIENCE);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#asked?.abort();
    this.#asked = this.#timer = null;
    this.picker.list.replaceChildren();
    this.#say("");
  }

  /** With `keep`, the same question again: the highlighted row stays, and nothing is announced. */
  async load({ keep = false } = {}) {
    const { picker } = this;
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#asked?.abort();
    const asked = (this.#asked = new AbortController());
    const { query } = picker;
    const slow = setTimeout(() => picker.list.childElementCount || this.#say(picker.dataset.textLoading), 150);
    const answer = await search(picker.dataset.src, query, picker.current.id, asked.signal).catch(() => null);
    clearTimeout(slow);
    if (asked.signal.aborted) return;
    this.#asked = null;
    if (answer) this.#show(answer, query, keep);
    else if (!keep) this.#fail();
    picker.place();
    picker.keys.replay();
  }

  #show(offer, query, keep) {
    const { picker } = this;
    const words = picker.dataset;
    const number = offer.first.length + offer.recent.length + offer.others.length;
    const before = keep && this.highlighted;
    renderRows(picker, arrange(offer, { query, words }));
    picker.combobox.firstOptionSelectionMode = query ? "active" : "none";
    if (!before?.isConnected) picker.combobox.resetSelection();
    const first = picker.list.querySelector("[data-combobox-option-default]");
    if (first) picker.input.setAttribute("aria-activedescendant", first.id);
    const none = query ? words.textNone.replace("{query}", query) : words.textEmpty;
    const more = words.textMore.replace("{count}", number);
    const found = offer.more ? more : count(JSON.parse(words.textCount), number);
    this.#say(number ? (offer.more ? more : "") : none);
    if (!keep) picker.spoken.textContent = number ? found : none;
  }

  #fail() {
    const { list, note, spoken, dataset } = this.picker;
    list.replaceChildren();
    this.#say(dataset.textError);
    const again = Object.assign(document.createElement("button"), { type: "button", className: "link-button", tabIndex: -1 });
    again.textContent = dataset.textRetry;
    again.dataset.retry = "";
    note.append(again);
    spoken.textContent = dataset.textError;
  }

  #say(words) {
    this.picker.note.hidden = !words;
    this.picker.note.textContent = words;
  }
}
