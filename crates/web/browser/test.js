// All tests of the page, in one process: they share a browser and a finished study.

import { after } from "node:test";
import { closeBrowser } from "./browser.js";
import { cleanUp } from "./server.js";
import "./live.test.js";
import "./curves.test.js";
import "./reconnect.test.js";
import "./network.test.js";
import "./try.test.js";
import "./looks.test.js";

after(async () => {
  await closeBrowser();
  cleanUp();
});
