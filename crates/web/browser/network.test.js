// The views "Network" and "Compare": from a cell or a verdict to the images behind it.

import assert from "node:assert/strict";
import { openView, test } from "./browser.js";
import { finishedServer } from "./server.js";

/** @typedef {import("playwright-core").Page} Page */

/** Whether the first pictures of a part have arrived.
 * @param {Page} page
 * @param {string} part */
async function hasPictures(page, part) {
  const picture = page.locator(`${part} .pictures img`).first();
  await picture.scrollIntoViewIfNeeded();
  return picture.evaluate(async (it) => {
    const image = /** @type {HTMLImageElement} */ (it);
    await image.decode();
    return image.naturalWidth === 28;
  });
}

test("network: from a wrong cell to its images, and to one of them", finishedServer, async (page, link) => {
  await page.goto(link("/"));
  await openView(page, "Network");
  await page.locator("select[name=network]").selectOption({ label: "narrow" });
  await page.locator("h1", { hasText: "narrow" }).waitFor();
  assert.match(page.url(), /network=narrow/);

  const isWrong = (/** @type {string} */ address) => {
    const query = new URL(address, page.url()).searchParams;
    return query.has("label") && query.get("label") !== query.get("predicted");
  };
  const cells = page.locator("main svg a[href*='predicted=']");
  const addresses = await cells.evaluateAll((all) => all.map((it) => it.getAttribute("href") ?? ""));
  await cells.nth(addresses.findIndex(isWrong)).click();
  const heading = await page.locator("#cell h2").innerText();
  assert.match(heading, / taken for /);
  assert.ok(await hasPictures(page, "#cell"));
  assert.match(await page.locator("#cell .pictures li").first().innerText(), /test image \d+\s+\d of 6 seeds, \d+%/);

  await page.locator("#cell .pictures a").first().click();
  await page.locator("#prediction strong").waitFor();
  const truth = heading.split(" taken for ")[0] ?? "";
  assert.ok((await page.locator("#prediction").innerText()).includes(`In truth it is ${truth}.`));
});

test("compare: verdict, a dot for each seed, settings that differ, images", finishedServer, async (page, link) => {
  await page.goto(link("/"));
  await openView(page, "Compare");
  await page.locator("select[name=network]").selectOption({ label: "narrow" });
  await page.locator("select[name=baseline]").selectOption({ label: "wide" });
  await page.locator("h1", { hasText: "narrow against wide" }).waitFor();
  assert.match(await page.locator("#verdict").innerText(), /narrow is worse than wide: −\d/);
  const labels = await page.locator("#verdict figure svg").first().locator("text").allTextContents();
  for (const label of ["seed", "1", "2", "3", "4", "5", "6", "mean"]) assert.ok(labels.includes(label), label);
  assert.match(await page.locator("main").innerText(), /layers: adds dense 2, lacks dense 48/);
  assert.match(await page.locator("main").innerText(), /Right only by wide/);
  assert.ok(await hasPictures(page, "main"));
});
