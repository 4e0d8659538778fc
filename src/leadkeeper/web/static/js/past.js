// [data-past="#id"]: has data-is-past while that element has been scrolled past, above the window or behind this one.

const marks = () => document.querySelectorAll("[data-past]");
const watched = new Map();

function note(entries, mark) {
  const { isIntersecting, boundingClientRect } = entries.at(-1);
  mark.toggleAttribute("data-is-past", !isIntersecting && boundingClientRect.top < innerHeight / 2);
}

function watch() {
  for (const mark of marks()) {
    const element = document.querySelector(mark.dataset.past);
    if (!element || watched.get(mark) === element) continue;
    const rootMargin = `-${mark.offsetHeight}px 0px 0px`;
    new IntersectionObserver((entries) => note(entries, mark), { rootMargin }).observe(element);
    watched.set(mark, element);
  }
}

watch();
// What is brought up to date may be another element.
document.addEventListener("htmx:after:swap", watch);
