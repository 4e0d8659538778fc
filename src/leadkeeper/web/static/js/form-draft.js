// <form-draft data-key="organization:person:form">: what is typed into its form is kept in this browser until the form
// is saved, for a day at most, and comes back when the form (data-fresh) is opened again. It shows the line in it
// then, whose button discards it. data-begun: the form begins again, for what was typed is saved. Nobody else's draft
// is kept, and none where [data-forget-drafts] stands.

const PREFIX = "leadkeeper:draft:";
const KEPT = 24 * 60 * 60 * 1000;
const TYPED = "input:not([type=hidden], [type=radio], [role=combobox]), textarea";

const kept = () => Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));

function read(key) {
  try {
    const draft = JSON.parse(localStorage.getItem(key));
    return Date.now() - draft.at < KEPT ? draft : null;
  } catch {
    return null;
  }
}

class FormDraft extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    this.key = PREFIX + this.dataset.key;
    if ("begun" in this.dataset) this.forget();
    // Once the other elements of the form are there.
    if ("fresh" in this.dataset) queueMicrotask(() => this.#bringBack());
    for (const event of ["input", "change"]) this.form.addEventListener(event, () => this.#keep());
    this.form.addEventListener("submit", () => this.form.hasAttribute("hx-post") || this.forget());
    this.querySelector("button").addEventListener("click", () => this.#discard());
  }

  get #fields() {
    return [...this.form.elements].filter(({ name, type }) => name && type !== "hidden" && type !== "submit");
  }

  get #picker() {
    return this.form.querySelector("owner-picker");
  }

  forget() {
    localStorage.removeItem(this.key);
  }

  #keep() {
    if (![...this.form.querySelectorAll(TYPED)].some(({ value }) => value.trim())) return this.forget();
    const values = this.#fields.filter(({ type, checked }) => type !== "radio" || checked).map(({ name, value }) => [name, value]);
    const draft = { at: Date.now(), values: Object.fromEntries(values), person: this.#picker?.current };
    try {
      localStorage.setItem(this.key, JSON.stringify(draft));
    } catch {
      // A browser that keeps nothing keeps no draft.
    }
  }

  #bringBack() {
    const draft = read(this.key);
    if (!draft) return;
    for (const field of this.#fields) {
      const value = draft.values[field.name];
      if (value === undefined) continue;
      if (field.type === "radio") field.checked = field.value === value;
      else field.value = value;
    }
    if (draft.person) this.#picker?.show(draft.person);
    this.firstElementChild.hidden = false;
    // Meanwhile somebody else may have entered the same lead.
    this.form.querySelector("[name=phone]")?.dispatchEvent(new Event("change", { bubbles: true }));
  }

  #discard() {
    this.form.reset();
    if (this.#picker) this.#picker.show(this.#picker.offered);
    this.form.querySelector(".known")?.replaceChildren();
    this.forget();
    this.firstElementChild.hidden = true;
    this.form.querySelector(TYPED)?.focus();
  }
}

// Nothing typed by others, and nothing too old, stays in this browser.
function tidy() {
  const { person } = document.body.dataset;
  const signedOut = document.querySelector("[data-forget-drafts]:not(form)");
  for (const key of kept()) {
    const another = person && key.slice(PREFIX.length).split(":")[1] !== person;
    if (signedOut || another || !read(key)) localStorage.removeItem(key);
  }
}

try {
  tidy();
} catch {
  // Nothing is kept where storage is forbidden.
}
customElements.define("form-draft", FormDraft);

document.addEventListener("submit", ({ target }) => {
  if (target.matches("form[data-forget-drafts]")) for (const key of kept()) localStorage.removeItem(key);
});

// Only what was saved closes the dialog by this event.
document.addEventListener("dialog:close", () => document.querySelector("dialog form-draft")?.forget());
