// Fetches the part of a page that changes, anew and anew. Without it the page is the same, and still.
"use strict";

(() => {
  const live = document.querySelector("[data-live]");
  if (!live) return;
  const fresh = document.getElementById("fresh");
  const pause = document.getElementById("pause");
  const said = document.getElementById("said");
  let paused = false;
  let last = document.getElementById("sum").textContent;

  pause.parentElement.hidden = false;
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    pause.textContent = paused ? "Go on" : "Pause";
    fresh.textContent = paused ? "paused" : "live";
  });

  // What was open stays open, what was scrolled stays where it was, and who was inside stays inside.
  const replace = (html) => {
    const opened = [...live.querySelectorAll("details[open][id]")].map((one) => one.id);
    const scrolled = [...live.querySelectorAll(".scroll")].map((one) => one.scrollLeft);
    const inside = live.contains(document.activeElement) ? document.activeElement : null;
    const href = inside && inside.getAttribute("href");
    const label = inside && (inside.getAttribute("aria-label") || inside.getAttribute("aria-labelledby"));
    const isSummary = inside && inside.tagName === "SUMMARY" ? inside.parentElement.id : null;
    live.innerHTML = html; // the server's own page, escaped there
    for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
    live.querySelectorAll(".scroll").forEach((one, index) => { one.scrollLeft = scrolled[index] || 0; });
    const again = isSummary ? document.querySelector(`#${CSS.escape(isSummary)} > summary`)
      : [...live.querySelectorAll("a, [tabindex]")].find((one) => (href && one.getAttribute("href") === href)
        || (label && [one.getAttribute("aria-label"), one.getAttribute("aria-labelledby")].includes(label)));
    if (inside) (again || document.getElementById("main")).focus({ preventScroll: true });
  };

  const look = async () => {
    if (!paused && !document.hidden) {
      try {
        const answer = await fetch(live.dataset.live, { headers: { Accept: "text/html" }, redirect: "error" });
        if (!answer.ok) throw new Error(answer.status);
        const html = await answer.text();
        if (!paused && !String(document.getSelection())) {
          replace(html);
          const sum = document.getElementById("sum").textContent;
          if (sum !== last) said.textContent = last = sum;
          fresh.textContent = "live";
        }
      } catch {
        fresh.textContent = "no answer: what is shown is old";
      }
    }
    setTimeout(look, Number(live.dataset.every));
  };
  setTimeout(look, Number(live.dataset.every));
})();
