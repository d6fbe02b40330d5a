// Forms that choose what a view shows. Without scripts they have a button; with scripts each change
// takes effect at once, and the address always says what is shown.

import { renew } from "./live.js";

/** Milliseconds after the last change of a slider before the view is asked for. */
const PAUSE = 120;

/** Forms with `data-live` change the view. */
export function forms() {
  let timer = 0;
  document.addEventListener("input", (event) => {
    const form = liveForm(event);
    if (!form) return;
    clearTimeout(timer);
    timer = window.setTimeout(() => show(addressOf(form)), PAUSE);
  });
  document.addEventListener("submit", (event) => {
    const form = liveForm(event);
    if (!form) return;
    event.preventDefault();
    show(addressOf(form));
  });
  window.addEventListener("popstate", () => void renew(location.href));
}

/** @param {Event} event */
function liveForm(event) {
  const target = event.target instanceof Element ? event.target : null;
  return target?.closest("form[data-live]") instanceof HTMLFormElement
    ? /** @type {HTMLFormElement} */ (target.closest("form[data-live]"))
    : null;
}

/** The address that the form would lead to, without empty fields.
 * @param {HTMLFormElement} form */
function addressOf(form) {
  const query = new URLSearchParams();
  for (const [key, value] of new FormData(form)) {
    if (typeof value === "string" && value !== "") query.append(key, value);
  }
  return `${location.pathname}?${query}`;
}

/**
 * Changes the address, and the view with it.
 * @param {string} address
 */
export function show(address) {
  history.pushState(null, "", address);
  void renew(address);
}
