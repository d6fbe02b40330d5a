// The view "Try it": every seed says what it makes of a drawing, of a file, or of a test image.

import assert from "node:assert/strict";
import { test, until } from "./browser.js";
import { finishedServer } from "./server.js";

/** @typedef {import("playwright-core").Page} Page */

const address = "/small/try?network=wide";

/** Checks the table of probabilities, and gives its text.
 * @param {Page} page */
async function prediction(page) {
  const rows = page.locator("#prediction tbody tr");
  await rows.first().waitFor();
  const heads = await page.locator("#prediction thead th").allInnerTexts();
  for (const seed of [1, 2, 3, 4, 5, 6]) assert.ok(heads.some((head) => head.toLowerCase() === `seed ${seed}`), `seed ${seed} in ${heads}`);
  const table = await rows.evaluateAll((all) => all.map((row) => [...row.querySelectorAll("td")].map((cell) => parseFloat(cell.textContent ?? ""))));
  const sum = (/** @type {number} */ column) => table.reduce((total, row) => total + (row[column] ?? 0), 0);
  for (const column of [0, 2, 3, 4, 5, 6, 7]) assert.ok(Math.abs(sum(column) - 100) < 5, `column ${column}: ${sum(column)}`);
  return rows.allInnerTexts();
}

/** A PNG file of a picture that the browser draws.
 * @param {Page} page */
async function pngFile(page) {
  const bytes = await page.evaluate(async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 60, height: 40 });
    const context = canvas.getContext("2d");
    context?.fillRect(10, 15, 40, 20);
    const blob = await new Promise((/** @type {(blob: Blob | null) => void} */ resolve) => canvas.toBlob(resolve));
    return [...new Uint8Array((await blob?.arrayBuffer()) ?? [])];
  });
  return { name: "shirt.png", mimeType: "image/png", buffer: Buffer.from(bytes) };
}

/** Gives the page a file, or drops one.
 * @param {Page} page
 * @param {{name: string, mimeType: string, buffer: Buffer}} file
 * @param {"drop" | "paste"} how */
const give = (page, file, how) =>
  page.locator("#drawing").evaluate(
    (board, { name, mimeType, bytes, how }) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(bytes)], name, { type: mimeType }));
      const init = { bubbles: true, cancelable: true };
      board.dispatchEvent(how === "drop" ? new DragEvent("drop", { ...init, dataTransfer: data }) : new ClipboardEvent("paste", { ...init, clipboardData: data }));
    },
    { name: file.name, mimeType: file.mimeType, bytes: [...file.buffer], how },
  );

test("try it: a shoe drawn with the mouse", finishedServer, async (page, link) => {
  await page.goto(link(address));
  const box = await page.locator("#drawing").boundingBox();
  assert.ok(box);
  const { x, y, width, height } = box;
  const shoe = [[0.15, 0.45], [0.15, 0.7], [0.9, 0.7], [0.85, 0.6], [0.5, 0.45], [0.15, 0.45], [0.3, 0.6], [0.8, 0.65]];
  for (const [index, [left = 0, top = 0]] of shoe.entries()) {
    await page.mouse.move(x + left * width, y + top * height, { steps: 5 });
    if (index === 0) await page.mouse.down();
  }
  await page.mouse.up();
  const first = await prediction(page);
  assert.match(await page.locator("#prediction p").first().innerText(), /\d of 6 seeds say so/);

  await page.locator("select[name=network]").selectOption({ label: "narrow" });
  await until("another network's prediction", () => prediction(page), (rows) => rows.join() !== first.join());
  assert.ok(await page.locator("#prediction img").evaluate((it) => /** @type {HTMLImageElement} */ (it).naturalWidth === 28));
  await page.getByRole("button", { name: "Clear" }).click();
  assert.equal(await page.locator("#prediction").innerText(), "");
});

test("try it: a line drawn with keys", finishedServer, async (page, link) => {
  await page.goto(link(address));
  await page.locator("#drawing").focus();
  await page.keyboard.press("Space");
  for (const key of ["ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft"]) await page.keyboard.press(key);
  await prediction(page);
  assert.equal(await page.locator("#status").innerText(), "The pen is down at 15, 15 of 28.");
});

test("try it: a file that is chosen, dropped or pasted, and a broken one", finishedServer, async (page, link, watch) => {
  await page.goto(link(address));
  const file = await pngFile(page);
  await page.locator("input#file").setInputFiles(file);
  const chosen = await prediction(page);
  for (const how of /** @type {const} */ (["drop", "paste"])) {
    await page.getByRole("button", { name: "Clear" }).click();
    await give(page, file, how);
    assert.deepEqual(await prediction(page), chosen);
  }

  watch.expect("status of 400");
  await give(page, { ...file, buffer: file.buffer.subarray(0, 60) }, "drop");
  const said = await until("a message", () => page.locator("#status").innerText(), (words) => words !== "");
  assert.match(said, /picture|image|file/i);
});

test("try it: a test image, and the next one", finishedServer, async (page, link) => {
  await page.goto(link(address));
  await page.getByLabel("Test image").fill("17");
  await page.getByRole("button", { name: "Show" }).click();
  await prediction(page);
  assert.match(page.url(), /test=17/);
  await page.getByRole("link", { name: "Next image" }).click();
  await page.waitForURL(/test=18/);
  await prediction(page);
});
