// The rows of the owner picker: which, in what order, and what each says.

const language = document.documentElement.lang || "en";
const numbers = new Intl.NumberFormat(language);
const days = new Intl.DateTimeFormat(language, { day: "numeric", month: "short" });

export const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** Me first, then nobody, then the current one where the list does not reach them, then the rest as answered. */
export function arrange(items, { current, query, nobody }) {
  const nobodyRow = { id: "", name: "" };
  if (query) return nobody ? [...items, nobodyRow] : items;
  const missing = current.id && current.active && !items.some(({ id }) => id === current.id);
  const me = items.filter((person) => person.is_me);
  const others = items.filter((person) => !person.is_me);
  return [...me, nobodyRow, ...(missing ? [current] : []), ...others];
}

/** The same as the `hue` filter of the templates: the last four hexadecimal digits of the id, modulo twelve. */
export function hue(id) {
  const digits = parseInt(String(id).replaceAll("-", "").slice(-4), 16);
  return Number.isNaN(digits) ? 0 : digits % 12;
}

/** The same as the `initials` filter: the first letters of the first and the last word. */
export function initials(name) {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters.map((word) => [...word][0].toLocaleUpperCase(language)).join("");
}

export function fillAvatar(avatar, person) {
  avatar.toggleAttribute("data-nobody", !person.id);
  avatar.toggleAttribute("data-departed", Boolean(person.id) && person.active === false);
  if (person.id && person.active !== false) avatar.dataset.hue = hue(person.id);
  else delete avatar.dataset.hue;
  avatar.replaceChildren(person.id ? initials(person.name) : "");
  if (!person.avatar_url || !person.id) return;
  const picture = Object.assign(new Image(), { alt: "", referrerPolicy: "no-referrer", decoding: "async", src: person.avatar_url });
  picture.dataset.avatar = "";
  avatar.append(picture);
}

function loadWords(person, { textLoad, textLoadOf }) {
  if (person.open_leads === undefined || person.open_leads === null) return "";
  const words = person.capacity ? textLoadOf : textLoad;
  return words.replace("{count}", numbers.format(person.open_leads)).replace("{capacity}", numbers.format(person.capacity ?? 0));
}

function fill(row, person, picker, sharesName) {
  const words = picker.dataset;
  const at = (name) => row.querySelector(name);
  const name = person.name || words.textNobody;
  const isCurrent = picker.hiddenInput.value === person.id;
  row.person = person;
  row.toggleAttribute("data-nobody", !person.id);
  row.toggleAttribute("data-current", isCurrent);
  const avatar = at(".avatar");
  const looks = `${person.name} ${person.avatar_url ?? ""}`;
  if (avatar.looks !== looks) fillAvatar(avatar, person);
  avatar.looks = looks;
  at(".picker-name").textContent = name;
  at(".picker-name").title = name;
  at(".picker-you").textContent = words.textYou;
  at(".picker-you").hidden = !person.is_me;
  const role = JSON.parse(words.roles)[person.role] ?? person.role ?? "";
  at(".picker-meta").textContent = [role, sharesName && person.email].filter(Boolean).join(" · ");
  at(".picker-meta").hidden = !at(".picker-meta").textContent;
  const [load, away] = at(".picker-load").children;
  load.textContent = loadWords(person, words);
  at(".picker-load").toggleAttribute("data-full", Boolean(person.capacity) && person.open_leads >= person.capacity);
  away.hidden = !person.away_until;
  const until = person.away_until && new Date(person.away_until.length === 10 ? `${person.away_until}T12:00` : person.away_until);
  away.textContent = until ? words.textAway.replace("{date}", days.format(until)) : "";
  const spoken = [name, person.is_me && words.textYou, isCurrent && words.textCurrent, at(".picker-meta").textContent, load.textContent, away.textContent];
  row.setAttribute("aria-label", spoken.filter(Boolean).join(", "));
}

/** Brings the list to these people, keeping the rows that stay, and with them the highlight. */
export function renderRows(picker, people) {
  const names = new Map();
  for (const { name } of people) names.set(fold(name), (names.get(fold(name)) ?? 0) + 1);
  const rows = new Map([...picker.list.children].map((row) => [row.id, row]));
  const template = picker.querySelector("template").content.firstElementChild;
  const fresh = people.map((person) => {
    const id = `${picker.list.id}-${person.id || "nobody"}`;
    const row = rows.get(id) ?? Object.assign(document.importNode(template, true), { id });
    fill(row, person, picker, names.get(fold(person.name)) > 1);
    return row;
  });
  const top = picker.list.scrollTop;
  picker.list.replaceChildren(...fresh);
  picker.list.scrollTop = top;
}
