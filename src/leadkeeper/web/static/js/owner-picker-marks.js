// What was typed, marked where it begins a word: as the server finds it, case and accents ignored.

const WORD = /[\p{L}\p{N}\p{M}]+/gu;

export const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** How many characters of `word` it takes to say `beginning`: "Š" says "s", and "ﬁ" says "fi". */
function lengthOf(beginning, word) {
  let length = 0;
  for (const letter of word) {
    if (fold(word.slice(0, length)).length >= beginning.length) break;
    length += letter.length;
  }
  // An accent that is a character of its own belongs to its letter.
  return length + (/^\p{M}+/u.exec(word.slice(length))?.[0].length ?? 0);
}

/** The text as nodes, so that what people are called is never read as HTML. */
export function mark(text, query) {
  const nodes = document.createDocumentFragment();
  const typed = fold(query).match(WORD) ?? [];
  let done = 0;
  for (const { 0: word, index } of typed.length ? text.matchAll(WORD) : []) {
    const begun = typed.filter((one) => fold(word).startsWith(one)).sort((one, other) => other.length - one.length)[0];
    if (!begun) continue;
    const end = index + lengthOf(begun, word);
    const marked = Object.assign(document.createElement("mark"), { textContent: text.slice(index, end) });
    nodes.append(text.slice(done, index), marked);
    done = end;
  }
  nodes.append(text.slice(done));
  return nodes;
}
