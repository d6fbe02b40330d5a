// Buttons that control the training. Each asks first, and offers to undo what it did.

import { renew, say } from "./live.js";

/**
 * What a button does: what is asked first, the request, and the request that undoes it.
 * @typedef {{ask: string, done: string, act: object, undo: object | null, undoName: string}} Action
 */

/** Buttons with `data-action` control the training. */
export function actions() {
  document.addEventListener("submit", (event) => {
    const form = event.target instanceof Element ? event.target : null;
    const button = form?.querySelector("[data-action]");
    if (!(button instanceof HTMLElement)) return;
    event.preventDefault();
    button.click();
  });
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const button = target?.closest("[data-action]");
    if (!(button instanceof HTMLElement)) return;
    event.preventDefault();
    /** @type {Action} */
    const action = JSON.parse(button.dataset.action ?? "");
    void perform(action, button);
  });
}

/** @param {Action} action
 * @param {HTMLElement} button */
async function perform(action, button) {
  const count = button.closest("form")?.querySelector("input[name=count]");
  const act = count instanceof HTMLInputElement ? { ...action.act, count: Number(count.value) } : action.act;
  const question = action.ask.replace("{count}", count instanceof HTMLInputElement ? count.value : "");
  if (!(await confirmed(question, button.textContent ?? "Yes"))) return;
  if (button instanceof HTMLButtonElement) button.disabled = true;
  const answer = await post(act);
  if (button instanceof HTMLButtonElement) button.disabled = false;
  if (!answer.ok) {
    say(answer.words);
    return;
  }
  // What was typed has been used.
  for (const field of document.querySelectorAll("#actions input[name=count]")) {
    if (count && field instanceof HTMLInputElement) field.value = field.defaultValue;
  }
  const undo = action.undo;
  say(answer.words || action.done, undo ? { name: action.undoName, act: () => void undone(undo) } : undefined);
  void renew();
}

/** @param {object} act */
async function undone(act) {
  const answer = await post(act);
  say(answer.words || "Undone.");
  void renew();
}

/** @param {object} act */
async function post(act) {
  try {
    const answer = await fetch(`/${document.body.dataset.study}/actions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(act),
    });
    const text = await answer.text();
    if (answer.ok) return { ok: true, words: text };
    const page = new DOMParser().parseFromString(text, "text/html");
    return { ok: false, words: page.querySelector("h1")?.textContent ?? "It was refused." };
  } catch {
    return { ok: false, words: "The program does not answer." };
  }
}

/** Asks in a dialog, which the Escape key answers with no.
 * @param {string} question
 * @param {string} yes
 * @returns {Promise<boolean>} */
function confirmed(question, yes) {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "question");
  const words = document.createElement("p");
  words.id = "question";
  words.textContent = question;
  const form = document.createElement("form");
  form.method = "dialog";
  for (const [value, name] of [["yes", yes], ["no", "Cancel"]]) {
    const button = document.createElement("button");
    button.value = value ?? "";
    button.textContent = name ?? "";
    form.append(button);
  }
  dialog.append(words, form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "yes");
      dialog.remove();
    });
  });
}
