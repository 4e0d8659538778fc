// <time datetime><span data-relative>: "3 minutes ago" stays true while the page is open, in the page's language.
// With data-seconds="{} s ago" the seconds of the first minute are counted, one by one.
// The words are those of the filter `relative_time`.

const language = document.documentElement.lang || "en";
// Counted, not named: "yesterday" and "last year" are a matter of the calendar, which elapsed time knows nothing of.
const words = new Intl.RelativeTimeFormat(language, { numeric: "always" });
const now = new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(0, "second");
// A unit, its seconds, and how many of them it takes to count in it: months up to two years.
const STEPS = [
  ["year", 31_557_600, 2],
  ["month", 2_629_800, 1],
  ["week", 604_800, 1],
  ["day", 86_400, 1],
  ["hour", 3600, 1],
  ["minute", 60, 1],
];

function relative(then, belowAMinute = "") {
  const seconds = (then - Date.now()) / 1000;
  const [unit, length] = STEPS.find(([, size, least]) => Math.abs(seconds) >= least * size) ?? [];
  if (unit) return words.format(Math.trunc(seconds / length), unit);
  return belowAMinute ? belowAMinute.replace("{}", Math.max(Math.trunc(-seconds), 0)) : now;
}

function refresh(root, which = "[data-relative]") {
  for (const span of root.querySelectorAll(`time[datetime] ${which}`)) {
    const then = Date.parse(span.closest("time").dateTime);
    if (Number.isNaN(then)) continue;
    const text = relative(then, span.dataset.seconds);
    if (span.textContent !== text) span.textContent = text;
  }
}

refresh(document);
setInterval(() => document.hidden || refresh(document), 20_000);
setInterval(() => document.hidden || refresh(document, "[data-seconds]"), 1000);
document.addEventListener("visibilitychange", () => document.hidden || refresh(document));
document.addEventListener("htmx:after:swap", () => refresh(document));
