// A picture that cannot be had leaves the initials that stand behind it.

const drop = (picture) => picture.matches?.("img[data-avatar]") && picture.remove();

document.addEventListener("error", ({ target }) => drop(target), true);
for (const picture of document.querySelectorAll("img[data-avatar]")) {
  if (picture.complete && !picture.naturalWidth && picture.currentSrc) drop(picture);
}
