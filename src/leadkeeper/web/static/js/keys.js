// [data-key="n"]: pressing that key focuses it when it is a field, else clicks it. Never while somebody types.

const typing = (element) =>
  element?.isContentEditable || element?.closest?.("input:not([type=checkbox], [type=radio], [type=button]), textarea, select, [role=combobox]");

// What waits in a closed menu may be pressed; what is not seen elsewhere has a stand-in that is.
const seen = (element) => element.closest(".menu") || element.checkVisibility({ visibilityProperty: true });
const usable = (element) => !element.disabled && !element.closest("[hidden], [inert]") && seen(element);

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key.length !== 1 || event.repeat || typing(event.target)) return;
  const scope = document.querySelector("dialog:modal") ?? document;
  const key = event.key.toLowerCase();
  const bound = [...scope.querySelectorAll("[data-key]")].filter((element) => element.dataset.key === key).find(usable);
  if (!bound) return;
  event.preventDefault();
  if (bound.matches("input, textarea, select")) {
    bound.focus();
    bound.select?.();
  } else {
    bound.click();
  }
});
