"use strict";
// The slider of a replay: says which event it stands on, and shows the record there when let go.
const find = (id) => document.getElementById(id);
const slider = find("event"), words = find("as-of-words"), form = find("as-of");
const events = [...document.querySelectorAll(".events > li")];
let wanted = null;

function mark(place) {
  events.forEach((event, index) => {
    event.classList.toggle("later", index >= place);
    event.querySelector(".not-yet").hidden = index < place;
  });
}
async function show() {
  const address = `${form.action}?event=${slider.value}`;
  wanted = address;
  const answer = await fetch(address);
  if (!answer.ok || answer.redirected) throw new Error(answer.status);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (wanted !== address) return;
  find("known").replaceWith(page.getElementById("known"));
  document.title = page.title;
  history.replaceState(null, "", address);
  mark(Number(slider.value));
}
slider.addEventListener("input", () => { words.textContent = events[slider.value - 1].dataset.words; });
slider.addEventListener("change", () => { show().catch(() => form.submit()); });
