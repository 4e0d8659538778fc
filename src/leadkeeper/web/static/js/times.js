// <time datetime><span data-relative>: "3 minutes ago" stays true while the page is open, in the page's language.
// With data-seconds="{} s ago" the seconds of the first minute are counted, one by one.
// The words are those of the filter `relative_time`.
// What the server writes in the organization's time zone is written anew in the browser's: the exact time, in the title
// and in [data-exact], and the day of <time data-day>. A cookie tells the server this zone, so that "today" is the
// reader's, too.

const language = document.documentElement.lang || "en";
// Counted, not named: "yesterday" and "last year" are a matter of the calendar, which elapsed time knows nothing of.
const words = new Intl.RelativeTimeFormat(language, { numeric: "always" });
const now = new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(0, "second");
const date = new Intl.DateTimeFormat(language, { year: "numeric", month: "2-digit", day: "2-digit" });
const clock = new Intl.DateTimeFormat(language, { timeStyle: "short" });
const year = new Intl.DateTimeFormat(language, { year: "numeric" });
const day = new Intl.DateTimeFormat(language, { month: "long", day: "numeric" });
const dayOfYear = new Intl.DateTimeFormat(language, { year: "numeric", month: "long", day: "numeric" });
const zone = clock.resolvedOptions().timeZone;
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

/** `UTC−05:00`, as the server writes it. */
function distanceFromUtc(then) {
  const minutes = -then.getTimezoneOffset();
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `UTC${minutes < 0 ? "−" : "+"}${String(hours).padStart(2, "0")}:${String(rest).padStart(2, "0")}`;
}

function dayInWords(then) {
  return (year.format(then) === year.format() ? day : dayOfYear).format(then);
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function refresh(root, which = "[data-relative]") {
  for (const span of root.querySelectorAll(`time[datetime] ${which}`)) {
    const then = Date.parse(span.closest("time").dateTime);
    if (!Number.isNaN(then)) write(span, relative(then, span.dataset.seconds));
  }
}

function localize(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const then = new Date(time.dateTime);
    if (Number.isNaN(then.getTime())) continue;
    if ("day" in time.dataset) write(time, dayInWords(then));
    const exact = time.querySelector("[data-exact]");
    if (!exact) continue;
    time.title = `${date.format(then)}, ${clock.format(then)} (${zone}, ${distanceFromUtc(then)})`;
    write(exact, time.title);
  }
}

function start() {
  refresh(document);
  localize(document);
}

const secure = location.protocol === "https:" ? "; secure" : "";
const cookie = `leadkeeper_time_zone=${zone}`;
// Only where it says something else: Chromium shows no page again on Back that has set a cookie.
if (!document.cookie.split("; ").includes(cookie)) {
  document.cookie = `${cookie}; path=/; max-age=31536000; samesite=lax${secure}`;
}
start();
setInterval(() => document.hidden || refresh(document), 20_000);
setInterval(() => document.hidden || refresh(document, "[data-seconds]"), 1000);
document.addEventListener("visibilitychange", () => document.hidden || refresh(document));
document.addEventListener("htmx:after:swap", start);
