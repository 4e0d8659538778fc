// [data-toggles="#id"]: a press shows (data-open) or hides what a phone has no room for; aria-expanded says which.

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-toggles]");
  if (!button) return;
  const isOpen = document.querySelector(button.dataset.toggles).toggleAttribute("data-open");
  button.setAttribute("aria-expanded", String(isOpen));
});
