// The program as a child process that serves a page.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { writeImages } from "./images.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const fitroom = process.env.FITROOM ?? resolve(root, process.env.CARGO_TARGET_DIR ?? "target", "debug/fitroom");

/** Where the tests write. It is removed in the end. */
export const scratch = mkdtempSync(join(tmpdir(), "fitroom-browser-"));

/** Every process that runs. @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();

/** Ends all processes, and removes what was written. */
export function cleanUp() {
  for (const child of running) child.kill("SIGKILL");
  rmSync(scratch, { recursive: true, force: true });
}
process.on("exit", cleanUp);

/** The words of the command line that train a study of the tests in `DIR`, a directory in `scratch`.
 * @param {string} study
 * @param {string} dir */
export function trainingWords(study, dir) {
  const images = join(scratch, "images");
  if (!existsSync(images)) writeImages(images);
  const file = fileURLToPath(new URL(`${study}.toml`, import.meta.url));
  return ["run", file, "--dataset", `idx:${images}`, "--out", join(scratch, dir)];
}

/** @param {string[]} words of the command line */
function start(words) {
  const child = spawn(fitroom, words, { stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  let said = "";
  child.stderr.on("data", (text) => (said += text));
  const ended = new Promise((resolve, reject) => {
    child.on("error", (error) => reject(new Error(`${fitroom} does not start: ${error.message}`)));
    child.on("exit", (code) => {
      running.delete(child);
      resolve(code);
    });
  });
  ended.catch(() => {});
  return { child, ended, said: () => said };
}

/** Runs the program to its end.
 * @param {string[]} words */
export async function run(...words) {
  const { child, ended, said } = start(words);
  child.stdout.resume();
  const code = await ended;
  if (code !== 0) throw new Error(`fitroom ${words.join(" ")} ended with ${code}:\n${said()}`);
}

/** A program that serves a page. */
export class Server {
  /** @param {string} link
   * @param {ReturnType<typeof start>} process */
  constructor(link, process) {
    /** The address of the page, as the program printed it. */
    this.link = link;
    this.process = process;
  }

  /** Starts the program, and waits for the link that it prints.
   * @param {string[]} words */
  static async start(...words) {
    const process = start(words);
    for await (const line of createInterface(process.child.stdout)) {
      if (!line.startsWith("http://")) continue;
      process.child.stdout.resume();
      return new Server(line.trim(), process);
    }
    throw new Error(`fitroom ${words.join(" ")} printed no link:\n${process.said()}`);
  }

  /** Waits until there is something to show. Before a study has begun, the page says so with status 503, and asks again
   * by itself. */
  async ready() {
    while ((await fetch(this.link)).status === 503) await new Promise((resolve) => setTimeout(resolve, 50));
  }

  get port() {
    return new URL(this.link).port;
  }

  /** Ends the program at once, as a crash would. */
  async kill() {
    this.process.child.kill("SIGKILL");
    await this.process.ended;
  }
}

/** The study that is finished, trained once for all tests. @type {Promise<string> | null} */
let trained = null;

/** The directory of a finished study. */
export function finished() {
  trained ??= (async () => {
    await run(...trainingWords("small", "small"));
    return join(scratch, "small");
  })();
  return trained;
}

/** A server of the finished study, started once. @type {Promise<Server> | null} */
let serving = null;

/** A server that shows the finished study. */
export function finishedServer() {
  serving ??= finished().then((dir) => Server.start("serve", dir));
  return serving;
}
