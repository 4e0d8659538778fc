// <time datetime><span data-relative>: "3 minutes ago" stays true while the page is open, in the page's language.
// With data-seconds="{} s ago" the seconds of the first minute are counted, one by one.

const words = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { numeric: "auto", style: "long" });
const STEPS = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

export function relative(then, now = Date.now(), belowAMinute = "") {
  const seconds = (then - now) / 1000;
  const [unit, length] = STEPS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  if (unit !== "second") return words.format(Math.trunc(seconds / length), unit);
  if (belowAMinute) return belowAMinute.replace("{}", Math.max(Math.trunc(-seconds), 0));
  return words.format(0, "second");
}

function refresh(root, which = "[data-relative]") {
  for (const span of root.querySelectorAll(`time[datetime] ${which}`)) {
    const then = Date.parse(span.closest("time").dateTime);
    if (Number.isNaN(then)) continue;
    const text = relative(then, Date.now(), span.dataset.seconds);
    if (span.textContent !== text) span.textContent = text;
  }
}

refresh(document);
setInterval(() => document.hidden || refresh(document), 20_000);
setInterval(() => document.hidden || refresh(document, "[data-seconds]"), 1000);
document.addEventListener("visibilitychange", () => document.hidden || refresh(document));
document.addEventListener("htmx:after:swap", () => refresh(document));
