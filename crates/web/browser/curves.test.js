// The view "Curves": what is chosen stands in the address.

import assert from "node:assert/strict";
import { test, until } from "./browser.js";
import { finishedServer } from "./server.js";

/** @typedef {import("playwright-core").Page} Page */

const curves = "/small/curves";

/** The figure's drawing, which differs when anything that is shown differs.
 * @param {Page} page */
const drawing = (page) => page.locator("figure[data-plot] svg").first().innerHTML();

/** @param {Page} page */
const query = (page) => new URL(page.url()).searchParams;

/** Does something, and waits until the figure is another one.
 * @param {Page} page
 * @param {() => Promise<unknown>} act */
async function redrawn(page, act) {
  const before = await drawing(page);
  await act();
  return until("another figure", () => drawing(page), (now) => now !== before);
}

/** A place of the page over the drawing, by parts of both axes from 0 to 1.
 * @param {Page} page
 * @param {number} x
 * @param {number} y */
const place = (page, x, y) =>
  page.locator("figure[data-plot]").evaluate(
    (figure, [x, y]) => {
      const { axes } = JSON.parse(/** @type {HTMLElement} */ (figure).dataset.plot ?? "");
      const part = (/** @type {{start: number, end: number}} */ axis, /** @type {number} */ at) =>
        axis.start + at * (axis.end - axis.start);
      const matrix = figure.querySelector("svg")?.getScreenCTM() ?? undefined;
      const { x: left, y: top } = new DOMPoint(part(axes.x, x ?? 0), part(axes.y, y ?? 0)).matrixTransform(matrix);
      return { left, top };
    },
    [x, y],
  );

test("curves: networks, measure, smoothing, scale and zoom stand in the address", finishedServer, async (page, link) => {
  await page.goto(link(curves));
  await redrawn(page, () => page.getByLabel("wide", { exact: true }).check());
  await redrawn(page, () => page.getByLabel("narrow", { exact: true }).check());
  assert.deepEqual(query(page).getAll("network"), ["wide", "narrow"]);

  const options = await page.getByLabel("Measure").locator("option").evaluateAll((all) => all.map((it) => it.getAttribute("value")));
  const loss = options.find((word) => word?.includes("loss")) ?? "";
  await redrawn(page, () => page.getByLabel("Measure").selectOption(loss));
  await redrawn(page, () => page.getByLabel("Smoothing").fill("0.5"));
  await redrawn(page, () => page.getByLabel("Logarithmic").check());
  await redrawn(page, () => page.getByLabel("Every seed").check());
  for (const [key, value] of [["measure", loss], ["smoothing", "0.5"], ["log", "y"]]) {
    assert.equal(query(page).get(key ?? ""), value);
  }

  const everything = await drawing(page);
  const [from, to] = [await place(page, 0.25, 0.8), await place(page, 0.75, 0.2)];
  await redrawn(page, async () => {
    await page.mouse.move(from.left, from.top);
    await page.mouse.down();
    await page.mouse.move(to.left, to.top, { steps: 4 });
    await page.mouse.up();
  });
  await until("a zoomed address", async () => query(page).get("x"), (x) => x !== null);
  assert.match(query(page).get("y") ?? "", /^[\d.]+,[\d.]+$/);
  await page.mouse.move(0, 0);
  const zoomed = await drawing(page);
  await page.reload();
  assert.equal(await drawing(page), zoomed, "the address holds the whole view");

  await page.goBack();
  await until("the figure before", () => drawing(page), (now) => now === everything);
  await page.goForward();
  await until("the zoomed figure", () => drawing(page), (now) => now === zoomed);
  const middle = await place(page, 0.5, 0.5);
  await page.mouse.dblclick(middle.left, middle.top);
  await until("an address without zoom", async () => query(page).has("x"), (has) => !has);
});

test("curves: going back sets the fields back, the one with the focus too", finishedServer, async (page, link) => {
  await page.goto(link(curves));
  const measure = page.getByLabel("Measure");
  const before = await measure.inputValue();
  await measure.focus();
  await redrawn(page, () => measure.press("ArrowDown"));
  assert.notEqual(await measure.inputValue(), before);
  await redrawn(page, () => page.goBack());
  assert.equal(await measure.inputValue(), before);
  const steps = await page.evaluate(() => history.length);
  await page.getByLabel("Smoothing").focus();
  for (const _ of [1, 2, 3]) await redrawn(page, () => page.keyboard.press("ArrowRight"));
  assert.equal(await page.evaluate(() => history.length), steps, "a slider makes one entry in the history");
  assert.equal(await page.locator("output").innerText(), "0.03");
});

test("curves: values are shown under the cursor and by keys", finishedServer, async (page, link) => {
  await page.goto(link(`${curves}?network=wide&network=narrow`));
  const { left, top } = await place(page, 0.5, 0.5);
  await page.mouse.move(left, top);
  const tip = page.locator("figure .tip");
  await tip.waitFor();
  const words = await tip.innerText();
  assert.match(words, /^epoch \d/);
  assert.match(words, /wide: [\d.]+/);
  assert.match(words, /narrow: [\d.]+/);
  await page.mouse.move(2, 2);
  await tip.waitFor({ state: "detached" });

  await page.locator("figure[data-plot] .scroll").focus();
  await page.keyboard.press("Home");
  assert.match(await tip.innerText(), /^epoch 1,/);
  await page.keyboard.press("ArrowRight");
  assert.match(await tip.innerText(), /^epoch 2,/);
  await page.keyboard.press("End");
  assert.match(await tip.innerText(), /^epoch 6,/);
  await page.keyboard.press("Escape");
  await tip.waitFor({ state: "detached" });
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("+");
  await until("a zoomed address", async () => query(page).has("x"), (has) => has);
  await page.keyboard.press("0");
  await until("an address without zoom", async () => query(page).has("x"), (has) => !has);
});
