// Predictions for an image that somebody draws, drops, pastes or chooses.

import { say } from "./live.js";

/** Most bytes of a picture, as the server has it. */
const MOST_BYTES = 16 * 1024 * 1024;
/** Steps across the canvas of a pen that is moved by keys. */
const STEPS = 28;

/** The drawing or the file that the prediction is of.
 * @type {HTMLCanvasElement | File | null} */
let shown = null;
/** Whether it has changed since the last request, and whether a request is under way. */
let isWaiting = false;
let isAsking = false;
/** Places of the pens that draw: fingers, mouse, and the one that keys move.
 * @type {{x: number, y: number, isDown: boolean}} */
const pen = { x: 0.5, y: 0.5, isDown: false };

/** Makes the canvas of the view "Try it" work, if the page has one. */
export function tryIt() {
  document.addEventListener("renewed", begin);
  document.addEventListener("paste", (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find((it) => it.type.startsWith("image/"));
    if (file && canvas()) void take(file);
  });
  begin();
}

/** @returns {HTMLCanvasElement | null} */
function canvas() {
  return document.querySelector("canvas#drawing");
}

/** The field that chooses the network.
 * @returns {HTMLSelectElement | null} */
function choice() {
  return document.querySelector("select[name=network]");
}

function begin() {
  const board = canvas();
  if (!board || board.dataset.ready) return;
  board.dataset.ready = "yes";
  clear(board);
  board.addEventListener("blur", () => mark(board, false));
  board.addEventListener("pointerdown", (event) => {
    mark(board, false);
    board.setPointerCapture(event.pointerId);
    Object.assign(pen, placeOf(board, event));
    draw(board, pen.x, pen.y);
  });
  board.addEventListener("pointermove", (event) => {
    if (event.buttons === 0) return;
    const { x, y } = placeOf(board, event);
    draw(board, x, y);
  });
  board.addEventListener("keydown", (event) => keys(board, event));
  const area = board.closest("[data-drop]");
  area?.addEventListener("dragover", (event) => event.preventDefault());
  area?.addEventListener("drop", (event) => {
    event.preventDefault();
    const file = event instanceof DragEvent ? event.dataTransfer?.files[0] : null;
    if (file) void take(file);
  });
  const input = document.querySelector("input#file");
  input?.addEventListener("change", () => {
    const file = input instanceof HTMLInputElement ? input.files?.[0] : null;
    if (file) void take(file);
  });
  document.querySelector("button#clear")?.addEventListener("click", () => {
    clear(board);
    shown = null;
    document.querySelector("#prediction")?.replaceChildren();
  });
  choice()?.addEventListener("input", () => {
    if (shown) void ask(shown);
    else choice()?.form?.requestSubmit();
  });
}

/** @param {HTMLCanvasElement} board
 * @param {PointerEvent} event */
function placeOf(board, event) {
  const box = board.getBoundingClientRect();
  return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
}

/** @param {HTMLCanvasElement} board */
function paper(board) {
  return board.dataset.dark === "true" ? ["#000", "#fff"] : ["#fff", "#000"];
}

/** @param {HTMLCanvasElement} board */
function clear(board) {
  const context = board.getContext("2d");
  if (!context) return;
  context.fillStyle = paper(board)[0] ?? "";
  context.fillRect(0, 0, board.width, board.height);
}

/** Draws a line from the pen to a place, both from 0 to 1.
 * @param {HTMLCanvasElement} board
 * @param {number} x
 * @param {number} y */
function draw(board, x, y) {
  const context = board.getContext("2d");
  if (!context) return;
  context.strokeStyle = paper(board)[1] ?? "";
  context.lineWidth = board.width / 12;
  context.lineCap = "round";
  context.beginPath();
  context.moveTo(pen.x * board.width, pen.y * board.height);
  context.lineTo(x * board.width, y * board.height);
  context.stroke();
  Object.assign(pen, { x, y });
  void ask(board);
}

/** Arrow keys move the pen, and the space bar lowers and lifts it.
 * @param {HTMLCanvasElement} board
 * @param {KeyboardEvent} event */
function keys(board, event) {
  /** @type {Record<string, [number, number]>} */
  const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const way = ways[event.key];
  if (way) {
    const [x, y] = [pen.x + way[0] / STEPS, pen.y + way[1] / STEPS].map((it) => Math.min(Math.max(it, 0), 1));
    if (pen.isDown) draw(board, x ?? 0, y ?? 0);
    else Object.assign(pen, { x, y });
  } else if (event.key === " ") {
    pen.isDown = !pen.isDown;
    if (pen.isDown) draw(board, pen.x, pen.y);
  } else {
    return;
  }
  event.preventDefault();
  mark(board, true);
  const place = [pen.x, pen.y].map((it) => Math.round(STEPS * it)).join(", ");
  say(`The pen is ${pen.isDown ? "down" : "up"} at ${place} of ${STEPS}.`);
}

/** Shows where the pen is that keys move. The mark lies above the drawing, and is no part of it.
 * @param {HTMLCanvasElement} board
 * @param {boolean} isShown */
function mark(board, isShown) {
  const found = board.parentElement?.querySelector(".pen");
  const it = found instanceof HTMLElement ? found : document.createElement("span");
  it.className = "pen";
  it.hidden = !isShown;
  it.style.left = `${board.offsetLeft + pen.x * board.clientWidth}px`;
  it.style.top = `${board.offsetTop + pen.y * board.clientHeight}px`;
  if (!found) board.after(it);
}

/** A dropped, pasted or chosen file.
 * @param {File} file */
async function take(file) {
  const board = canvas();
  if (!board) return;
  if (file.size > MOST_BYTES) {
    say("The picture is larger than 16 MiB.");
    return;
  }
  try {
    const picture = await createImageBitmap(file);
    clear(board);
    const scale = Math.min(board.width / picture.width, board.height / picture.height);
    const [width, height] = [picture.width * scale, picture.height * scale];
    board.getContext("2d")?.drawImage(picture, (board.width - width) / 2, (board.height - height) / 2, width, height);
  } catch {
    say("The file is no picture that this browser can show.");
  }
  // The file itself is sent: the canvas only shows it.
  await ask(file);
}

/**
 * Asks for a prediction. One request is under way at a time, and the newest picture is asked for last.
 * @param {HTMLCanvasElement | File} picture
 */
async function ask(picture) {
  shown = picture;
  isWaiting = true;
  if (isAsking) return;
  isAsking = true;
  while (isWaiting && shown) {
    isWaiting = false;
    await predict(shown);
  }
  isAsking = false;
}

/** @param {HTMLCanvasElement | File} picture */
async function predict(picture) {
  const drawn = picture instanceof File ? "" : "&drawn=yes";
  const address = `/${document.body.dataset.study}/predict?network=${encodeURIComponent(choice()?.value ?? "")}${drawn}`;
  try {
    const body = picture instanceof File ? picture : await pngOf(picture);
    const answer = await fetch(address, { method: "POST", body, headers: { "content-type": "application/octet-stream" } });
    const text = await answer.text();
    // It may have been cleared meanwhile.
    if (!shown) return;
    const place = document.querySelector("#prediction");
    if (place) place.innerHTML = answer.ok ? text : "";
    if (!answer.ok) {
      const page = new DOMParser().parseFromString(text, "text/html");
      say(page.querySelector("h1")?.textContent ?? "There is no prediction.");
      document.querySelector("#prediction")?.replaceChildren();
    }
  } catch {
    say("The program does not answer.");
  }
}

/** @param {HTMLCanvasElement} board
 * @returns {Promise<Blob | null>} */
function pngOf(board) {
  return new Promise((resolve) => board.toBlob(resolve, "image/png"));
}
