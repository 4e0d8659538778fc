// Where the picker's panel stands: below its control, or above when there is more room, inside what is seen of the
// window (on a phone: what the keyboard leaves), as wide as the control and never narrower than is readable.

const GAP = 4;
const EDGE = 8;
const ENOUGH = 200;
const MOST = 384;

export function placePanel(panel, control, { scrolled = false } = {}) {
  if (!panel.matches(":popover-open")) return;
  const view = window.visualViewport ?? { offsetTop: 0, height: innerHeight };
  const at = control.getBoundingClientRect();
  const below = view.offsetTop + view.height - at.bottom - GAP - EDGE;
  const above = at.top - view.offsetTop - GAP - EDGE;
  if (Math.max(below, above) < ENOUGH && !scrolled) {
    control.scrollIntoView({ block: "start" });
    placePanel(panel, control, { scrolled: true });
    return;
  }
  panel.style.width = `${at.width}px`;
  panel.style.maxHeight = `${MOST}px`;
  const up = below < Math.min(panel.offsetHeight, ENOUGH) && above > below;
  panel.style.maxHeight = `${Math.max(88, Math.min(MOST, up ? above : below))}px`;
  const { offsetWidth: width, offsetHeight: height } = panel;
  panel.style.left = `${Math.max(EDGE, Math.min(at.left, document.documentElement.clientWidth - width - EDGE))}px`;
  panel.style.top = `${up ? at.top - height - GAP : at.bottom + GAP}px`;
}
