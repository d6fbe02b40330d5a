// The program ends and is started again: the page says so, and follows again.

import assert from "node:assert/strict";
import { test, until } from "./browser.js";
import { Server, finished } from "./server.js";

test("reconnect: the page follows a program that was started again", () => finished().then((dir) => Server.start("serve", dir)), async (page, link, watch, server) => {
  watch.expect("ERR_CONNECTION_REFUSED");
  watch.expect("ERR_INCOMPLETE_CHUNKED_ENCODING");
  await page.goto(link("/"));
  /** What the page says beside its navigation. */
  const cut = () => page.locator(".top").evaluate((top) => getComputedStyle(top, "::after").content);
  await until("a connection", cut, (words) => words === "none");
  await server.kill();
  await until("“not connected”", cut, (words) => words.includes("not connected"));
  const again = await Server.start("serve", await finished(), "--address", server.port);
  await until("a connection again", cut, (words) => words === "none");
  assert.match(await page.locator("#status").innerText(), /Connected again/);
  await again.kill();
});
