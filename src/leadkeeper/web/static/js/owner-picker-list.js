// The open list of an owner picker: asks the server while somebody types, drops answers that come too late, shows
// and says how many there are.
import { arrange, renderRows } from "./owner-picker-rows.js";

const PATIENCE = 80;
const plural = new Intl.PluralRules(document.documentElement.lang || "en");

const count = (forms, number) => (forms[plural.select(number)] ?? forms.other).replace("{count}", number);

async function search(src, question, signal) {
  const address = new URL(src, location.href);
  for (const [name, value] of Object.entries(question)) address.searchParams.set(name, value);
  const answer = await fetch(address, { cache: "no-store", signal, headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${address.pathname} answered ${answer.status}`);
  return answer.json();
}

/** An answer, and the one that goes on from there. */
const joined = (offer, { others, next }) => ({ ...offer, others: [...offer.others, ...others], next });

export class PickerList {
  #asked = null;
  #timer = null;
  #shown = null;

  constructor(picker) {
    this.picker = picker;
    const { list } = picker;
    // Before the end is reached, so that nobody who scrolls on waits.
    list.addEventListener("scroll", () => list.scrollTop + 2 * list.clientHeight > list.scrollHeight && this.more());
  }

  /** Whether what is shown is not yet the answer to what was typed. */
  get isBusy() {
    return this.#timer !== null || this.#asked !== null;
  }

  /** Whether the last row is highlighted while others would follow. */
  get isAtEdge() {
    return Boolean(this.#shown?.next) && this.highlighted === this.picker.list.lastElementChild;
  }

  get highlighted() {
    return this.picker.list.querySelector('[aria-selected="true"], [data-combobox-option-default]');
  }

  /** The first match, where something was typed; else nobody. */
  highlightFirst() {
    const { combobox, list, input } = this.picker;
    combobox.resetSelection();
    const first = list.querySelector("[data-combobox-option-default]");
    if (first) input.setAttribute("aria-activedescendant", first.id);
  }

  soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.load(), PATIENCE);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#asked?.abort();
    this.#asked = this.#timer = this.#shown = null;
    this.picker.list.replaceChildren();
    this.#say("");
  }

  /** With `keep`, the same question again: the highlighted row stays, and nothing is announced. */
  async load({ keep = false } = {}) {
    const { picker } = this;
    clearTimeout(this.#timer);
    this.#timer = null;
    const { query } = picker;
    const slow = setTimeout(() => picker.list.childElementCount || this.#say(picker.dataset.textLoading), 150);
    const { answer, overtaken } = await this.#askDownTo(keep ? this.#shown?.others.length : 0, query);
    clearTimeout(slow);
    if (overtaken) return;
    if (answer) this.#show(answer, query, keep);
    else if (!keep) this.#fail();
    picker.place();
    // Else somebody has typed on meanwhile: the keys wait for the answer to that.
    if (!this.isBusy) picker.keys.replay();
  }

  /** Those who follow, below the rows that are shown. */
  async more() {
    const shown = this.#shown;
    if (this.isBusy || !shown?.next) return;
    const { query } = this.picker;
    const { answer, overtaken } = await this.#ask(query, shown.next);
    if (overtaken) return;
    if (answer) this.#show(joined(shown, answer), query, true);
    else shown.next = null;
    this.picker.keys.replay();
  }

  /** As many of the others as were shown, so that nobody is lost from under the eyes of who scrolled down. */
  async #askDownTo(depth, query) {
    let { answer, overtaken } = await this.#ask(query);
    while (answer?.next && answer.others.length < depth) {
      const following = await this.#ask(query, answer.next);
      overtaken = following.overtaken;
      if (!following.answer) return { answer: null, overtaken };
      answer = joined(answer, following.answer);
    }
    return { answer, overtaken };
  }

  async #ask(q, cursor = "") {
    this.#asked?.abort();
    const asked = (this.#asked = new AbortController());
    const { dataset, current } = this.picker;
    const answer = await search(dataset.src, { q, current: current.id, cursor }, asked.signal).catch(() => null);
    if (!asked.signal.aborted) this.#asked = null;
    return { answer, overtaken: asked.signal.aborted };
  }

  #show(offer, query, keep) {
    const { picker } = this;
    this.#shown = offer;
    const words = picker.dataset;
    const number = offer.first.length + offer.recent.length + offer.others.length;
    const before = keep && this.highlighted;
    renderRows(picker, arrange(offer, { query, words }));
    picker.combobox.firstOptionSelectionMode = query ? "active" : "none";
    if (!before?.isConnected) this.highlightFirst();
    const none = query ? words.textNone.replace("{query}", query) : words.textEmpty;
    const more = words.textMore.replace("{count}", number);
    const found = offer.next ? more : count(JSON.parse(words.textCount), number);
    this.#say(number ? (offer.next ? more : "") : none);
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
