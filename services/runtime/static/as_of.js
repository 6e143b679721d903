"use strict";
// Says which event the slider stands on while it moves. The form works without it.
const slider = document.getElementById("event"), chosen = document.getElementById("chosen");
const labels = [...document.querySelectorAll("#events option")].map((each) => each.label);
slider.addEventListener("input", () => {
  const text = `Event ${slider.value} of ${slider.max}: ${labels[slider.value - 1]}`;
  slider.setAttribute("aria-valuetext", text);
  chosen.textContent = text;
});
