"use strict";
// Keeps the desk's form while it is typed, shows what it means for safety, and knows two keys.
const KEEP_MS = 700;
const form = document.getElementById("desk");
if (form) {
  const kept = document.getElementById("kept");
  let timer = null, under = false, again = false;
  const keep = async () => {
    timer = null;
    if (under) { again = true; return; }
    under = true;
    try {
      const answer = await fetch("/console/desk/draft", { method: "POST", body: new URLSearchParams(new FormData(form)) });
      if (!answer.ok) throw new Error(String(answer.status));
      kept.innerHTML = await answer.text();
    } catch {
      let told = document.getElementById("unkept");
      if (!told) {
        told = document.createElement("p");
        told.id = "unkept";
        told.textContent = "The draft cannot be kept at the moment: what you type is only on this screen.";
        kept.append(told);
      }
    }
    under = false;
    if (again) { again = false; keep(); }
  };
  form.addEventListener("input", () => { timer ??= setTimeout(keep, KEEP_MS); });
  const phone = document.getElementById("contact_phone"), earlier = document.getElementById("earlier");
  phone.addEventListener("change", async () => {
    const body = new URLSearchParams({ csrf: form.elements.csrf.value, contact_phone: phone.value });
    const answer = await fetch("/console/desk/earlier", { method: "POST", body });
    earlier.innerHTML = answer.ok ? await answer.text() : "";
  });
  setInterval(async () => {
    if (timer !== null || under || kept.textContent.trim() || phone.value) return;
    const answer = await fetch("/console/desk/ringing").catch(() => null);
    if (answer?.ok && (await answer.json()).waiting && !kept.textContent.trim()) location.assign("/console/desk");
  }, 2000);
  const keys = { F9: "handoff", F8: "file" };
  document.addEventListener("keydown", (event) => {
    if (event.key === "F2") location.assign("/console/desk/find");
    if (!(event.key in keys) || event.repeat) return;
    event.preventDefault();
    document.getElementById(keys[event.key]).click();
  });
}
