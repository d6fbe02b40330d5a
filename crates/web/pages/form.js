// Forms that choose what a view shows. Without scripts they have a button; with scripts each change
// takes effect at once, and the address always says what is shown.

import { renew } from "./live.js";

/** Milliseconds after the last change of a slider before the view is asked for. */
const PAUSE = 120;

/** Forms with `data-live` change the view. */
export function forms() {
  let timer = 0;
  /** The slider that was moved last: its next step is no new entry in the history.
   * @type {EventTarget | null} */
  let slider = null;
  document.addEventListener("input", (event) => {
    const form = liveForm(event);
    if (!form) return;
    const isSlider = event.target instanceof HTMLInputElement && event.target.type === "range";
    const output = isSlider ? event.target.parentElement?.querySelector("output") : null;
    if (isSlider && output) output.value = event.target.value;
    const isSame = isSlider && slider === event.target;
    slider = isSlider ? event.target : null;
    clearTimeout(timer);
    timer = window.setTimeout(() => show(addressOf(form), isSame), PAUSE);
  });
  document.addEventListener("submit", (event) => {
    const form = liveForm(event);
    if (!form) return;
    event.preventDefault();
    show(addressOf(form));
  });
  window.addEventListener("popstate", () => {
    slider = null;
    void renew(location.href, true);
  });
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
 * @param {boolean} [isSame] it stands for the last one in the history
 */
export function show(address, isSame = false) {
  if (isSame) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  void renew(address);
}
