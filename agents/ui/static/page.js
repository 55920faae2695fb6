// Refreshes the part of the page that changes. Without this script the page is the same, but does not refresh itself.
"use strict";

(() => {
  const live = document.querySelector("[data-live]");
  if (!live) return;
  const state = document.getElementById("state");
  const pause = document.getElementById("pause");
  const announcement = document.getElementById("announcement");
  let paused = false;
  let last = document.getElementById("sum").textContent;

  pause.parentElement.hidden = false;
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    pause.textContent = paused ? "Resume" : "Pause";
    state.textContent = paused ? "paused" : "live";
  });

  // Keep open details open, keep scroll positions, and keep the keyboard focus.
  const replace = (html) => {
    const opened = [...live.querySelectorAll("details[open][id]")].map((one) => one.id);
    const scrolled = [...live.querySelectorAll(".scroll")].map((one) => one.scrollLeft);
    const inside = live.contains(document.activeElement) ? document.activeElement : null;
    const href = inside && inside.getAttribute("href");
    const label = inside && (inside.getAttribute("aria-label") || inside.getAttribute("aria-labelledby"));
    const isSummary = inside && inside.tagName === "SUMMARY" ? inside.parentElement.id : null;
    live.innerHTML = html; // made by our server, which escapes every value
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
          if (sum !== last) announcement.textContent = last = sum;
          state.textContent = "live";
        }
      } catch {
        state.textContent = "no connection: this page is out of date";
      }
    }
    setTimeout(look, Number(live.dataset.every));
  };
  setTimeout(look, Number(live.dataset.every));
})();
