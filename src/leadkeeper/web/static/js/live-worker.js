// One stream for all tabs of this browser. Tells each tab what arrives, and whether the stream stands.

const FRESH = 5000;
const tabs = new Set();
let recent = [];
let source = null;
let state = "waiting";

function tell(message) {
  for (const tab of tabs) tab.postMessage(message);
}

function change(next) {
  const again = next === "open" && state === "lost";
  state = next;
  tell({ kind: "state", state, again });
}

function connect(address) {
  source = new EventSource(address);
  source.onopen = () => change("open");
  source.addEventListener("notice", ({ data }) => {
    recent = [...recent.filter(({ at }) => Date.now() - at < FRESH), { at: Date.now(), data }];
    tell({ kind: "notice", data });
  });
  source.onerror = () => {
    change("lost");
    // A refusal ends an EventSource for good; it may be a restart, so ask again, calmly.
    if (source.readyState === EventSource.CLOSED) {
      source = null;
      tell({ kind: "refused" });
      setTimeout(() => tabs.size && !source && connect(address), 5000);
    }
  };
}

onconnect = ({ ports: [tab] }) => {
  tab.onmessage = ({ data }) => {
    if (data.kind === "join") {
      tabs.add(tab);
      if (source) tab.postMessage({ kind: "state", state });
      else connect(data.address);
      // What came while this tab's page was on its way.
      for (const { at, data: notice } of recent) if (Date.now() - at < FRESH) tab.postMessage({ kind: "notice", data: notice });
    }
    if (data.kind === "leave") tabs.delete(tab);
    if (!tabs.size) {
      source?.close();
      source = null;
      state = "waiting";
    }
  };
};
