// Puts the focus where work goes on, once the page is drawn, if what had it has gone or was switched off.
const given = new Set();
const special = new Set(); // what has a place of its own is on its way there: what is general gives way
const general = new WeakSet(); // what the general ones gave the focus to
const SETTLED = '[data-testid="stApp"][data-test-script-state="notRunning"]';
const lost = (element) => !element || element === document.body || element.matches(":disabled");

export default function ({ data }) {
  const turn = `${data.name} ${data.turn}`;
  if (!data.turn || given.has(turn)) return;
  given.add(turn);
  let tries = 100;
  let held = 0;
  let target = null;
  const over = new AbortController();
  const stop = () => {
    tries = 0;
    special.delete(over);
    over.abort();
  };
  if (!data.general) special.add(over);
  // whoever presses something has gone on by themselves
  for (const press of ["keydown", "pointerdown"]) {
    addEventListener(press, stop, { capture: true, signal: over.signal });
  }
  const aim = () => {
    if (tries <= 0) return stop();
    setTimeout(aim, 50);
    if (!document.querySelector(SETTLED)) return; // a slow run takes no tries
    --tries;
    const here = document.activeElement;
    if (target && here === target) {
      if (++held > 20) stop(); // whatever is drawn late takes it no more
      return;
    }
    // a dialog that closes gives it back to the button that opened it, which may be gone a moment later
    if (data.general ? special.size || !lost(here) : !lost(here) && !general.has(here)) return;
    held = 0;
    target = data.places.map((place) => document.querySelector(place)).find(Boolean);
    if (target && target.tabIndex < 0) target.tabIndex = -1;
    if (target && data.general) general.add(target);
    target?.focus({ preventScroll: true });
    target?.scrollIntoView({ block: "nearest" });
  };
  aim();
}
