// data-live="team leads": the element gets the event live:team when the server says that the team changed. With
// data-live-src="/address" it is then fetched and morphed in place: an element with an id is taken by that id out of
// whatever the address answers (a page or a part), one without takes the first element of the answer. Focus, caret
// and what was typed stay. After a broken stream everything live is fetched once.
import { whileRefreshing } from "./requests.js";

const PATIENCE = 150;
const TOGETHER = 20;
const LOST_AFTER = 2500;
const stream = document.body.dataset.liveStream;
const address = stream && new URL(stream, location.href).href;
const waiting = new Map();
const asked = new Map();
let lostTimer = null;

const topicsOf = (element) => element.dataset.live.split(/\s+/);

// Parts of one page are fetched together, once; what is asked for later is fetched anew.
function fetchOnce(address) {
  if (!asked.has(address)) {
    asked.set(address, fetch(address, { cache: "no-store", headers: { "HX-Request": "true", "X-Live": "true" } }));
    setTimeout(() => asked.delete(address), TOGETHER);
  }
  return asked.get(address).then((answer) => answer.clone());
}

const addressOf = (element) => element.dataset.liveSrc || location.href;

async function refetch(element) {
  const address = addressOf(element);
  let answer;
  try {
    answer = await fetchOnce(address);
  } catch {
    return;
  }
  // Signed out, not allowed any more, or out of sight: the page itself says so.
  if (answer.redirected || [401, 403, 404].includes(answer.status)) return location.reload();
  if (!answer.ok || !element.isConnected) return;
  const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
  // Meanwhile it was searched, say: what has come is of the address from before.
  if (addressOf(element) !== address) return soon(element);
  const fresh = element.id ? parsed.getElementById(element.id) : parsed.body.firstElementChild;
  if (!fresh || !window.htmx) return;
  await whileRefreshing(element, () =>
    window.htmx.swap({ sourceElement: element, target: element, text: fresh.outerHTML, swap: "outerMorph" }),
  );
}

function soon(element) {
  if (waiting.has(element)) return;
  waiting.set(element, setTimeout(async () => {
    waiting.delete(element);
    if (element.isConnected) await refetch(element);
  }, PATIENCE));
}

function announce(topic) {
  for (const element of document.querySelectorAll("[data-live]")) {
    const topics = topicsOf(element);
    if (topic !== "*" && !topics.includes(topic)) continue;
    for (const one of topic === "*" ? topics : [topic]) element.dispatchEvent(new CustomEvent(`live:${one}`));
    if ("liveSrc" in element.dataset) soon(element);
  }
}

function notice(data) {
  try {
    announce(JSON.parse(data).topic);
  } catch {
    // Not a notice of ours.
  }
}

// What this page has changed itself: HX-Trigger: {"live:changed": {"topics": […]}}. It shows without the stream too.
document.addEventListener("live:changed", ({ detail }) => detail.topics.forEach(announce));

function show({ state, again }) {
  // Every failed try says "lost" again: the first one counts.
  if (state === "lost") lostTimer ??= setTimeout(() => (document.body.dataset.connection = "lost"), LOST_AFTER);
  if (state === "open") {
    clearTimeout(lostTimer);
    lostTimer = null;
    document.body.dataset.connection = "open";
  }
  if (again) announce("*");
}

// Whoever has left is refused the stream: asking for anything shows them the door.
const refused = () => announce("*");

function shared() {
  const worker = new SharedWorker(document.body.dataset.liveWorker, { name: "leadkeeper-live" });
  const heard = { notice: ({ data }) => notice(data), state: show, refused };
  worker.port.onmessage = ({ data }) => heard[data.kind](data);
  worker.port.postMessage({ kind: "join", address });
  addEventListener("pagehide", () => worker.port.postMessage({ kind: "leave" }));
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    worker.port.postMessage({ kind: "join", address });
    announce("*");
  });
}

// Without shared workers: a stream of one's own, only while the page is seen.
function own() {
  let source = null;
  let lost = false;
  const open = () => {
    source = new EventSource(address);
    source.onopen = () => {
      show({ state: "open", again: lost });
      lost = false;
    };
    source.addEventListener("notice", ({ data }) => notice(data));
    source.onerror = () => {
      lost = true;
      show({ state: "lost" });
      if (source?.readyState !== EventSource.CLOSED) return;
      refused();
      setTimeout(() => !document.hidden && open(), 5000);
    };
  };
  const close = () => {
    lost = true;
    source?.close();
    source = null;
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : source ?? open()));
  addEventListener("pagehide", close);
  addEventListener("pageshow", ({ persisted }) => persisted && !document.hidden && (source ?? open()));
  if (!document.hidden) open();
}

if (stream) (window.SharedWorker ? shared : own)();
