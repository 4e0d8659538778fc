// Small comforts; every form works without them.

// The switch is sent as it is moved, and the page stays where it is.
document.addEventListener("change", ({ target }) => {
  if (!target.matches("[data-send]")) return;
  const { action, method } = target.form;
  const body = new URLSearchParams(new FormData(target.form));
  fetch(action, { method, body, keepalive: true, redirect: "manual" }).catch(() => {
    target.checked = !target.checked;
  });
});

// What changes by itself (attempts, people added by a script) is fetched again and put in place.
const busy = (region) => region.contains(document.activeElement);

async function refresh() {
  if (document.hidden || !document.querySelector("[data-live]")) return;
  const url = new URL(location.href);
  url.searchParams.delete("notice");
  const answer = await fetch(url);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const region of document.querySelectorAll("[data-live]")) {
    const fresh = page.querySelector(`[data-live="${region.dataset.live}"]`);
    if (fresh && !busy(region) && fresh.innerHTML !== region.innerHTML) region.innerHTML = fresh.innerHTML;
  }
  for (const box of document.querySelectorAll("[data-send]")) {
    if (!busy(box)) box.checked = page.getElementById(box.id).checked;
  }
}

setInterval(() => refresh().catch(() => {}), 1500);
