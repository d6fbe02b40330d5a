// Copies a figure as a picture, or a table as CSV.

import { say } from "./live.js";

/** Buttons with `data-copy` copy what lies at that address. */
export function copying() {
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const button = target?.closest("[data-copy]");
    if (button instanceof HTMLElement && button.dataset.copy) void copy(button.dataset.copy);
  });
}

/** @param {string} address */
async function copy(address) {
  if (!navigator.clipboard) {
    say("The browser copies only on pages of this machine or over https. The links beside save the file.");
    return;
  }
  try {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(String(answer.status));
    const blob = await answer.blob();
    if (blob.type === "image/png") {
      await navigator.clipboard.write([new ClipboardItem({ [blob.type]: blob })]);
      say("The picture was copied.");
    } else {
      await navigator.clipboard.writeText(await blob.text());
      say("The numbers were copied.");
    }
  } catch {
    say("The browser did not allow to copy. The links beside save the file.");
  }
}
