// A study in training, followed and controlled from the page.

import assert from "node:assert/strict";
import { openView, test, until } from "./browser.js";
import { ended, train } from "./training.js";

/** @typedef {import("playwright-core").Page} Page */

/** The text of an element.
 * @param {Page} page
 * @param {string} selector */
const text = (page, selector) => page.locator(selector).first().innerText();

/** Clicks a button that asks first, and says yes.
 * @param {Page} page
 * @param {string} name */
async function confirm(page, name) {
  await page.locator("#actions, #status").getByRole("button", { name, exact: true }).first().click();
  await page.locator("dialog").getByRole("button", { name, exact: true }).click();
  await page.locator("dialog").waitFor({ state: "detached" });
}

/** How many epochs of runs the curves show.
 * @param {Page} page */
const points = (page) =>
  page.locator("figure[data-plot]").evaluate((figure) => {
    /** @type {{networks: {points: {n: number}[]}[]}} */
    const plot = JSON.parse(/** @type {HTMLElement} */ (figure).dataset.plot ?? "");
    return plot.networks.reduce((sum, line) => line.points.reduce((part, point) => part + point.n, sum), 0);
  });

test("live: a study in training is followed without reloading", train("followed"), async (page, link) => {
  await page.goto(link("/"));
  await page.evaluate(() => Object.assign(window, { same: true }));
  const now = await text(page, "#now");
  await until("progress", () => text(page, "#now"), (it) => it !== now);
  await until("some ended runs", () => ended(page), (count) => count >= 4);
  // In a pause, two pages can be looked at without haste.
  await confirm(page, "Pause");
  const few = await text(page, "#differences > p");

  const curves = await page.context().newPage();
  await curves.goto(link("/"));
  await openView(curves, "Curves");
  await curves.locator("#values summary").click();
  const before = await points(curves);
  await page.locator("#status").getByRole("button", { name: "Go on" }).click();
  await until("more epochs in the curves", () => points(curves), (count) => count > before);
  assert.ok(await curves.locator("#values table").isVisible(), "what was opened stays open");
  await curves.close();

  await until("the end", () => ended(page), (count) => count === 12);
  // What is said of four seeds may be seen in between.
  await until("the verdict", () => text(page, "#differences > p"), (words) => /worse: narrow/i.test(words));
  assert.doesNotMatch(few, /worse: narrow/i);
  assert.ok(await page.evaluate(() => "same" in window), "the page was reloaded");
});

test("actions: pause, go on, stop a run, go on with it, add seeds", train("controlled"), async (page, link) => {
  await page.goto(link("/"));
  await until("training", () => text(page, "#now"), (it) => it.includes("Runs in training"));
  // What is typed here stays, however often the page is renewed until it is needed.
  await page.locator("input[name=count]").fill("2");

  await page.locator("#actions").getByRole("button", { name: "Pause" }).click();
  await page.keyboard.press("Escape");
  await page.locator("dialog").waitFor({ state: "detached" });
  assert.doesNotMatch(await text(page, "#now"), /pause/i, "a dialog that is left does nothing");

  await confirm(page, "Pause");
  await until("the pause", () => text(page, "#now"), (it) => /paused/i.test(it));
  const paused = await text(page, "#now");
  await new Promise((resolve) => setTimeout(resolve, 1200));
  assert.equal(await text(page, "#now"), paused, "nothing is trained in a pause");

  await page.locator("#status").getByRole("button", { name: "Go on" }).click();
  await until("training again", () => text(page, "#now"), (it) => !/paused/i.test(it));

  await page.locator("#runs summary").click();
  const last = page.locator("#runs li", { hasText: "seed 6" }).last();
  await last.getByRole("button", { name: "Stop" }).click();
  await page.locator("dialog").getByRole("button", { name: "Stop" }).click();
  // Stopped runs come first.
  const stopped = page.locator("#runs li").getByRole("button", { name: "Go on" });
  await stopped.waitFor();
  await until("the others' end", () => ended(page), (count) => count === 11);
  await stopped.click();
  await page.locator("dialog").getByRole("button", { name: "Go on" }).click();
  await until("the last run's end", () => ended(page), (count) => count === 12);

  assert.equal(await page.locator("input[name=count]").inputValue(), "2");
  await confirm(page, "Add seeds");
  await until("16 runs", () => text(page, "#now"), (it) => it.includes("of 16 runs"));
  await until("a number that is used up", () => page.locator("input[name=count]").inputValue(), (it) => it === "1");
  await until("their end", () => ended(page), (count) => count === 16);
});
