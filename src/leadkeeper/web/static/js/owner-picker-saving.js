// An owner picker that saves by itself (hx-post on the element): while it does, nothing else changes it; when it was
// refused, the choice before comes back and it says so.

export function watchSaving(picker) {
  const place = picker.querySelector("[data-failed]");
  const own = (work) => ({ target, detail }) => target === picker && work(detail);

  const say = (words) => {
    place.hidden = !words;
    place.lastElementChild.textContent = words;
    if (words) picker.spoken.textContent = words;
  };

  const saving = (on) => {
    picker.toggleAttribute("data-saving", on);
    picker.toggleAttribute("hx-morph-skip", on || picker.isOpen);
  };

  const refused = ({ ctx }) => {
    const wanted = picker.shownName;
    if (picker.before) picker.show(picker.before);
    picker.before = null;
    // A toast tells what has happened meanwhile, and the page fetches it.
    if (ctx?.response?.status !== 409) say(picker.dataset.textFailed.replace("{name}", wanted));
  };

  // Whom this page believed to be responsible: if somebody else has been chosen meanwhile, the server says so.
  picker.addEventListener("htmx:config:request", own(({ ctx }) => ctx.request.body.set("was", picker.before?.id ?? "")));
  picker.addEventListener("htmx:before:request", own(() => {
    saving(true);
    say("");
  }));
  picker.addEventListener("htmx:response:error", own(refused));
  picker.addEventListener("htmx:error", own(({ ctx }) => ctx && !ctx.response && refused({ ctx })));
  picker.addEventListener("htmx:finally:request", own(() => saving(false)));
}
