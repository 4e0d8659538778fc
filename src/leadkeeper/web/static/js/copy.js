// data-copy="text": a press copies the text and says so with data-text-copied. Where the page may not write to the
// clipboard (no https), the text beside the button is selected, to be copied by hand.

function select(button) {
  const beside = button.parentElement.querySelector("code");
  if (beside) getSelection().selectAllChildren(beside);
}

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    return select(button);
  }
  const detail = { text: button.dataset.textCopied, kind: "success" };
  document.dispatchEvent(new CustomEvent("toast", { detail }));
});
