"use strict";
// Keeps the board current: swaps in each rendering the server sends, and says so when none comes.
const SILENT_MS = 15000, RETRY_MS = 5000;
const find = (id) => document.getElementById(id);
const say = (place, text) => { if (place.textContent !== text) place.textContent = text; };
const board = find("board"), pause = find("pause"), badge = find("badge");
let source, opened, heard = Date.now(), broken = false, newest = null, paused = false, held = false;

function show() {
  if (newest === null || paused || held) return;
  const focused = board.contains(document.activeElement) ? document.activeElement.id : null;
  const scrolled = [...board.querySelectorAll("[tabindex]")].map((each) => [each.id, each.scrollLeft]);
  const [x, y] = [scrollX, scrollY];
  board.innerHTML = newest;
  newest = null;
  for (const [id, left] of scrolled) if (find(id)) find(id).scrollLeft = left;
  if (focused !== null) (find(focused) ?? board).focus({ preventScroll: true });
  scrollTo(x, y);
  say(find("announcement"), find("transfers-heading")?.textContent ?? "");
}
function tell() {
  const stale = broken || Date.now() - heard > SILENT_MS;
  const since = find("as-of")?.textContent.slice(-8) ?? "the start";
  badge.classList.toggle("stale", stale);
  say(badge, stale ? `Stale since ${since}` : paused ? `Paused at ${since}` : "Live");
}
function open() {
  opened = Date.now();
  source = new EventSource(board.dataset.live);
  source.onerror = () => { broken = true; tell(); };
  source.addEventListener("board", (event) => {
    [heard, broken, newest] = [Date.now(), false, event.data];
    show();
    tell();
  });
}
function toggle() {
  paused = !paused;
  pause.setAttribute("aria-pressed", String(paused));
  show();
  tell();
}
function release() {  // after the click that the release completes
  setTimeout(() => { held = false; show(); });
}
pause.addEventListener("click", toggle);
board.addEventListener("pointerdown", () => { held = true; });
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, release);
addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]");
  const plain = !(event.ctrlKey || event.metaKey || event.altKey || event.repeat);
  if (event.key.toLowerCase() === "r" && plain && !typing && find("pause-key").checked) toggle();
});
setInterval(() => {
  if (source.readyState === EventSource.CLOSED && Date.now() - opened > RETRY_MS) open();
  tell();
}, 1000);
find("controls").hidden = false;
open();
