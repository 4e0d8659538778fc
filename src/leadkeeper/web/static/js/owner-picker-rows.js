// The rows of the owner picker: which, in what order, and what each says.
import { showName } from "./long-names.js";
import { fold, mark } from "./owner-picker-marks.js";

const language = document.documentElement.lang || "en";
const numbers = new Intl.NumberFormat(language);
const days = new Intl.DateTimeFormat(language, { day: "numeric", month: "short" });

const NOBODY = { id: "", name: "" };

/** Pairs of a heading, "" for none, and its people: as answered, with a row for nobody where it belongs. */
export function arrange({ first, recent, others }, { query, words }) {
  if (query) return [["", fold(words.textNobody).includes(fold(query)) ? [...first, ...others, NOBODY] : [...first, ...others]]];
  const rest = [[words.textRecent, recent], [recent.length ? words.textEverybody : "", others]];
  return [["", [...first, NOBODY]], ...rest].filter(([, people]) => people.length);
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
  avatar.dataset.initials = person.id ? initials(person.name) : "";
  avatar.replaceChildren();
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

function fullWords({ open_leads: open, capacity }, { textFull, textOver }) {
  if (capacity === null || capacity === undefined || open < capacity) return "";
  return open > capacity ? textOver : textFull;
}

function fill(row, person, picker, sharesName, heading) {
  const words = picker.dataset;
  const { query } = picker;
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
  showName(at(".picker-name"), name, person.id ? mark(name, query) : name);
  at(".picker-you").textContent = words.textYou;
  at(".picker-you").hidden = !person.is_me;
  const role = JSON.parse(words.roles)[person.role] ?? person.role ?? "";
  // Of two who share a name the e-mail tells them apart; of one found by it, it tells why.
  const email = mark(person.email ?? "", query);
  const showsEmail = person.email && (sharesName || (email.querySelector("mark") && !at(".picker-name mark")));
  at(".picker-meta").replaceChildren(role, role && showsEmail ? " · " : "", showsEmail ? email : "");
  at(".picker-meta").hidden = !at(".picker-meta").textContent;
  const [load, full] = at(".picker-load").children;
  load.textContent = loadWords(person, words);
  full.textContent = fullWords(person, words);
  full.hidden = !full.textContent;
  const away = at(".picker-away");
  away.hidden = !person.away_until;
  row.toggleAttribute("data-away", Boolean(person.away_until));
  const until = person.away_until && new Date(person.away_until.length === 10 ? `${person.away_until}T12:00` : person.away_until);
  away.textContent = until ? words.textAway.replace("{date}", days.format(until)) : "";
  // A row is called by what it shows. This is seen by a tick, and by where the row stands.
  const seen = [isCurrent && words.textCurrent, heading === words.textRecent && heading];
  at(".picker-said").textContent = seen.filter(Boolean).join(", ");
}

function headingRow(text) {
  const row = Object.assign(document.createElement("li"), { className: "picker-heading", textContent: text });
  row.setAttribute("role", "presentation");
  return row;
}

/** Brings the list to these people, keeping the rows that stay, and with them the highlight. */
export function renderRows(picker, groups) {
  const names = new Map();
  for (const { name } of groups.flatMap(([, people]) => people)) names.set(fold(name), (names.get(fold(name)) ?? 0) + 1);
  const rows = new Map([...picker.list.children].map((row) => [row.id, row]));
  const template = picker.querySelector("template").content.firstElementChild;
  const rowOf = (person, heading) => {
    const id = `${picker.list.id}-${person.id || "nobody"}`;
    const row = rows.get(id) ?? Object.assign(document.importNode(template, true), { id });
    fill(row, person, picker, names.get(fold(person.name)) > 1, heading);
    return row;
  };
  const fresh = groups.flatMap(([heading, people]) => {
    const shown = people.map((person) => rowOf(person, heading));
    return heading ? [headingRow(heading), ...shown] : shown;
  });
  const top = picker.list.scrollTop;
  picker.list.replaceChildren(...fresh);
  picker.list.scrollTop = top;
}
