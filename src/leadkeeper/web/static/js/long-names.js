// A name in one line that is cut in the middle where its place is too narrow: the same as parts/name.html makes, and
// web/long_names.py decides.

const LONGEST_WHOLE = 14;
const LEAST = 6;
const MOST = 12;
const USUAL = 8;
const JOINER = "\u200d";
const continues = (char) => /[\p{M}\p{Cf}\p{Sk}]/u.test(char);

/** Beginning and end of a name, the end to be kept; null for a name that is too short to be cut there. */
export function cutInTwo(name) {
  const chars = [...name];
  if (chars.length <= LONGEST_WHOLE) return null;
  let at = chars.lastIndexOf(" ", chars.length - LEAST - 1) + 1;
  if (at < chars.length - MOST) {
    at = chars.length - USUAL;
    while (at > 0 && (continues(chars[at]) || chars[at - 1] === JOINER)) at -= 1;
  }
  return [chars.slice(0, at).join(""), chars.slice(at).join("")];
}

/** Puts a name into an element; `shown` is the same name as nodes, where something in it is marked. */
export function showName(element, name, shown = name) {
  const cut = cutInTwo(name);
  element.classList.toggle("name", cut !== null);
  element.classList.toggle("truncate", cut === null);
  element.title = name;
  element.dir = "auto";
  if (!cut) return element.replaceChildren(shown);
  const line = Object.assign(document.createElement("span"), { className: "name-line" });
  const ends = document.createElement("i");
  ends.setAttribute("aria-hidden", "true");
  [ends.dataset.head, ends.dataset.tail] = cut;
  line.append(shown, ends);
  element.replaceChildren(line);
}
