// A headless Chromium whose pages are watched: an error of a script, a breach of the content security
// policy, or a request to another server fails the test.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test as nodeTest } from "node:test";
import { chromium } from "playwright-core";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").BrowserContextOptions} Options */

/** Milliseconds after which something that should appear is missing. */
const PATIENCE = 30_000;

const program = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  (path) => path && existsSync(path),
);

/** The browser, started once. @type {Promise<import("playwright-core").Browser> | null} */
let started = null;

export function browser() {
  if (!program) throw new Error("there is no Chromium: install it, or name it in $CHROMIUM");
  started ??= chromium.launch({
    executablePath: program,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  return started;
}

/** Ends the browser, if there is one. */
export async function closeBrowser() {
  await (await started)?.close();
}

/** Faults that a test expects: a part of the message. */
export class Watch {
  /** @type {string[]} */
  faults = [];
  /** @type {string[]} */
  expected = [];

  /** The test brings this about by itself.
   * @param {string} part of the message */
  expect(part) {
    this.expected.push(part);
  }

  /** @param {Page} page
   * @param {string} host */
  constructor(page, host) {
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") this.faults.push(message.text());
    });
    page.on("pageerror", (error) => this.faults.push(String(error.stack ?? error)));
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (["data:", "blob:"].includes(url.protocol)) return;
      if (url.host !== host) this.faults.push(`a request to ${request.url()}`);
    });
  }

  check() {
    const faults = this.faults.filter((fault) => !this.expected.some((part) => fault.includes(part)));
    assert.deepEqual(faults, []);
  }
}

/**
 * A test on a page of its own, which is watched.
 * @param {string} name
 * @param {() => Promise<import("./server.js").Server>} serve
 * @param {(page: Page, link: (path: string) => string, watch: Watch, server: import("./server.js").Server) => Promise<void>} body
 * @param {Options} [options]
 */
export function test(name, serve, body, options) {
  nodeTest(name, { timeout: 3 * PATIENCE }, async () => {
    const server = await serve();
    const { origin, host } = new URL(server.link);
    const context = await (await browser()).newContext({ viewport: { width: 1280, height: 900 }, ...options });
    try {
      const page = await context.newPage();
      page.setDefaultTimeout(PATIENCE);
      const watch = new Watch(page, host);
      await body(page, (path) => new URL(path, origin).href, watch, server);
      watch.check();
    } finally {
      await context.close();
    }
  });
}

/**
 * Waits until a value read from the page is what is hoped for, and gives it.
 * @template T
 * @param {string} what is waited for, for the message
 * @param {() => Promise<T>} read
 * @param {(value: T) => boolean} isGood
 */
export async function until(what, read, isGood) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const value = await read();
    if (isGood(value)) return value;
    if (Date.now() > end) assert.fail(`waited in vain for ${what}; last seen: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Chooses a view in the navigation.
 * @param {Page} page
 * @param {string} name */
export async function openView(page, name) {
  await page.locator("nav.views").getByRole("link", { name, exact: true }).click();
  await page.locator("nav.views [aria-current=page]", { hasText: name }).waitFor();
}
