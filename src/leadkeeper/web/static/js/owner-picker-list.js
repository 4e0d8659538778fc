// The open list of an owner picker: asks the server while somebody types, drops answers that come too late, shows
// and says how many there are.
import { arrange, fold, renderRows } from "./owner-picker-rows.js";

const PATIENCE = 80;
const LIMIT = 20;
const plural = new Intl.PluralRules(document.documentElement.lang || "en");

const count = (forms, number) => (forms[plural.select(number)] ?? forms.other).replace("{count}", number);

async function search(src, query, signal) {
  const address = new URL(src, location.href);
  address.searchParams.set("q", query);
  address.searchParams.set("limit", LIMIT);
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
    const answer = await search(picker.dataset.src, query, asked.signal).catch(() => null);
    clearTimeout(slow);
    if (asked.signal.aborted) return;
    this.#asked = null;
    if (answer) this.#show(answer, query, keep);
    else if (!keep) this.#fail();
    picker.place();
    picker.keys.replay();
  }

  #show({ items, next }, query, keep) {
    const { picker } = this;
    const words = picker.dataset;
    const nobody = !query || fold(words.textNobody).includes(fold(query));
    const before = keep && this.highlighted;
    renderRows(picker, arrange(items, { current: picker.current, query, nobody }));
    picker.combobox.firstOptionSelectionMode = query ? "active" : "none";
    if (!before?.isConnected) picker.combobox.resetSelection();
    const first = picker.list.querySelector("[data-combobox-option-default]");
    if (first) picker.input.setAttribute("aria-activedescendant", first.id);
    const none = query ? words.textNone.replace("{query}", query) : words.textEmpty;
    const more = words.textMore.replace("{count}", items.length);
    const found = next ? more : count(JSON.parse(words.textCount), items.length);
    this.#say(items.length ? (next ? more : "") : none);
    if (!keep) picker.spoken.textContent = items.length ? found : none;
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
