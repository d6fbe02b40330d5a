// The program ends and is started again: the page says so, and follows again.

import assert from "node:assert/strict";
import { test, until } from "./browser.js";
import { ended, train } from "./training.js";

test("reconnect: the page follows a program that was started again", train("again"), async (page, link, watch, server) => {
  // Which one it is depends on what the program was doing when it was killed.
  watch.expect("net::ERR_");
  await page.goto(link("/"));
  /** What stands beside the navigation. */
  const cut = () => page.locator(".top").evaluate((top) => getComputedStyle(top, "::after").content);
  const before = await until("an ended run", () => ended(page), (count) => count >= 1);
  await page.evaluate(() => Object.assign(window, { same: true }));
  assert.equal(await cut(), "none");

  await server.kill();
  await until("“not connected”", cut, (words) => words.includes("not connected"));
  const again = await train("again", "--address", server.port)();
  await until("a connection again", cut, (words) => words === "none");
  await until("another ended run", () => ended(page), (count) => count > before);
  assert.ok(await page.evaluate(() => "same" in window), "the page was reloaded");
  await again.kill();
});
