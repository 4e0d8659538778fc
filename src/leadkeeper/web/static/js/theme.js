// [data-set-theme="system|light|dark"]: a choice for this browser, kept in its storage, followed by its other tabs.

const root = document.documentElement;
const chosen = () => root.dataset.theme ?? "system";

function show(theme) {
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  else delete root.dataset.theme;
  for (const button of document.querySelectorAll("[data-set-theme]")) {
    button.setAttribute("aria-checked", String(button.dataset.setTheme === chosen()));
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-set-theme]");
  if (!button) return;
  show(button.dataset.setTheme);
  try {
    localStorage.setItem("theme", chosen());
  } catch {
    // Without storage it holds until the page is left.
  }
});

window.addEventListener("storage", (event) => {
  if (event.key === "theme") show(event.newValue ?? "system");
});

show(chosen());
