// Prints what a page that stays open costs the browser: `node memory.js LINK [MINUTES]`.

import { setTimeout as sleep } from "node:timers/promises";
import { readFileSync } from "node:fs";
import { browser, closeBrowser } from "./browser.js";

const [link, minutes = "5"] = process.argv.slice(2);
if (!link) throw new Error("node memory.js LINK [MINUTES]");

const page = await (await browser()).newPage();
await page.goto(link);
const session = await page.context().newCDPSession(page);
const system = await (await browser()).newBrowserCDPSession();
await session.send("Performance.enable");

const MIB = 2 ** 20;
console.log("minute  script heap MiB  renderer MiB  elements");
for (let minute = 0; minute <= Number(minutes); minute += 1) {
  if (minute > 0) await sleep(60_000);
  await session.send("HeapProfiler.collectGarbage");
  const { metrics } = await session.send("Performance.getMetrics");
  const metric = (/** @type {string} */ name) => metrics.find((it) => it.name === name)?.value ?? 0;
  const { processInfo } = await system.send("SystemInfo.getProcessInfo");
  const renderers = processInfo.filter((it) => it.type === "renderer");
  const resident = renderers.reduce((sum, it) => sum + residentBytes(it.id), 0);
  console.log([minute, (metric("JSHeapUsedSize") / MIB).toFixed(1), (resident / MIB).toFixed(0), metric("Nodes")].join("\t"));
}
await closeBrowser();

/** Bytes of a process in memory, on Linux.
 * @param {number} id */
function residentBytes(id) {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${id}/status`, "utf8"));
  return 1024 * Number(line?.[1] ?? 0);
}
