// The study that the tests watch while it is trained.

import { Server, trainingWords } from "./server.js";

/** Starts to train the study, or goes on with it, and serves it.
 * @param {string} name of its directory
 * @param {string[]} words of the command line */
export const train = (name, ...words) => async () => {
  const server = await Server.start(...trainingWords("live", name), "--serve", ...words);
  await server.ready();
  return server;
};

/** The number of runs that have ended, as the page shows it.
 * @param {import("playwright-core").Page} page */
export async function ended(page) {
  const words = await page.locator("#now").innerText();
  return Number(/(\d+) of \d+ runs? ended/.exec(words)?.[1] ?? -1);
}
