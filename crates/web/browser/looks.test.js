// Every view, light and dark, on a phone and on a desk: rules of accessibility, keyboard, screenshots.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "./browser.js";
import { finishedServer } from "./server.js";

/** @typedef {import("playwright-core").Page} Page */

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pictures = process.env.SCREENSHOTS;

/** A view of each kind, by the name of its screenshots. */
const VIEWS = {
  overview: "overview",
  curves: "curves?network=wide&network=narrow",
  network: "network?network=wide",
  compare: "compare?network=narrow&baseline=wide",
  sweep: "sweep",
  data: "data",
  try: "try",
};
const SIZES = { desk: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };
const SCHEMES = /** @type {const} */ (["light", "dark"]);

/** Rules that the page breaks gravely, with the elements.
 * @param {Page} page
 * @param {string[]} rules all, if there are none
 * @returns {Promise<string[]>} */
async function broken(page, rules) {
  // The page's policy runs no inline script, but the browser's debugger may.
  await page.evaluate(axe);
  return page.evaluate(async (rules) => {
    const { axe } = /** @type {{axe: typeof import("axe-core")}} */ (/** @type {unknown} */ (window));
    const { violations } = await axe.run(document, { resultTypes: ["violations"], ...(rules.length > 0 && { runOnly: rules }) });
    const grave = violations.filter((it) => it.impact === "serious" || it.impact === "critical");
    return grave.map((it) => `${it.id}: ${it.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join("\n")} (${it.nodes.length})`);
  }, rules);
}

/** Waits for pictures that are loaded when they come into view.
 * @param {Page} page */
const allPictures = (page) =>
  page.evaluate(async () => {
    for (const image of document.images) {
      image.loading = "eager";
      await image.decode();
    }
  });

for (const [name, address] of Object.entries(VIEWS)) {
  test(`looks: ${name} breaks no rule of accessibility`, finishedServer, async (page, link) => {
    for (const [size, viewport] of Object.entries(SIZES)) {
      await page.setViewportSize(viewport);
      await page.goto(link(`/small/${address}`));
      for (const colorScheme of SCHEMES) {
        await page.emulateMedia({ colorScheme });
        const where = `${name}, ${size}, ${colorScheme}`;
        // Light and dark differ in nothing but colours.
        const rules = colorScheme === "light" ? [] : ["color-contrast"];
        assert.deepEqual(await broken(page, rules), [], where);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `${where}: the page is ${wide} pixels wider than the window`);
        if (pictures) {
          mkdirSync(pictures, { recursive: true });
          await allPictures(page);
          await page.screenshot({ path: join(pictures, `${name}-${size}-${colorScheme}.png`), fullPage: true });
        }
      }
    }
  });

  test(`looks: links of ${name} lead somewhere`, finishedServer, async (page, link) => {
    await page.goto(link(`/small/${address}`));
    const links = await page.locator("a[href]").evaluateAll((all) => all.map((it) => it.getAttribute("href") ?? ""));
    /** An address of each kind. @type {Map<string, URL>} */
    const kinds = new Map();
    for (const href of links) {
      const url = new URL(href, page.url());
      kinds.set([url.pathname, ...url.searchParams.keys(), url.hash].join(" "), url);
    }
    for (const { href, hash } of kinds.values()) {
      const answer = await page.request.get(href);
      assert.equal(answer.status(), 200, href);
      if (hash) assert.ok((await answer.text()).includes(`id="${hash.slice(1)}"`), `${href} has no such part`);
    }
  });

  test(`looks: ${name} is used with the keyboard alone`, finishedServer, async (page, link) => {
    await page.goto(link(`/small/${address}`));
    const missed = await page.evaluate(() => {
      const all = document.querySelectorAll("a[href], button, input, select, textarea, summary, canvas, [tabindex='0']");
      const shown = [...all].filter((it) => it.checkVisibility({ visibilityProperty: true }) && !it.matches(":disabled, [type=hidden]"));
      shown.forEach((it, index) => it.setAttribute("data-stop", String(index)));
      return shown.map((it) => it.outerHTML.slice(0, 120));
    });
    for (const _ of missed.keys()) {
      await page.keyboard.press("Tab");
      const { stop, isSeen } = await page.evaluate(() => {
        const here = document.activeElement;
        const drawn = here instanceof SVGElement ? here.querySelector("rect") ?? here : here;
        const style = drawn && getComputedStyle(drawn);
        const isSeen = style !== null && ((style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.strokeWidth === "3px");
        return { stop: Number(here?.getAttribute("data-stop") ?? -1), isSeen };
      });
      assert.ok(stop < 0 || isSeen, `the focus is not seen on ${missed[stop]}`);
      delete missed[stop];
    }
    assert.deepEqual(missed.filter(Boolean), [], "never reached with the Tab key");
  });
}
