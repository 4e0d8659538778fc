// data-poll="topic": every ten seconds, while the page is seen, as if the server had announced the topic. For what
// changes too often for everybody to be told.

const EVERY = 10_000;

setInterval(() => {
  if (document.hidden) return;
  const topics = new Set([...document.querySelectorAll("[data-poll]")].map((element) => element.dataset.poll));
  if (topics.size) document.dispatchEvent(new CustomEvent("live:changed", { detail: { topics: [...topics] } }));
}, EVERY);
