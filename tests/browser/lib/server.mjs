// Finds the server to test: the one at PONTE_URL, or the binary PONTE_BIN started as a demo on a free port with
// an empty data folder. Out: its address and a way to stop it. Deliberately absent: the browser. Next: browser.mjs.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A debug build on a busy machine needs a while to open its databases. */
const START_MS = 60_000;
/** Time to finish what was begun, before it is killed. */
const STOP_MS = 10_000;

/** @returns {Promise<{url: string, stop: () => Promise<void>}>} */
export async function startServer() {
  const url = process.env.PONTE_URL;
  if (url) return { url: url.replace(/\/$/, ""), stop: async () => {} };
  const binary = process.env.PONTE_BIN;
  if (!binary) throw new Error("set PONTE_URL to a running demo, or PONTE_BIN to the ponte binary");
  const data = await mkdtemp(join(tmpdir(), "ponte-browser-"));
  const listen = `127.0.0.1:${await freePort()}`;
  const child = spawn(binary, ["serve", "--demo", "--data", data, "--listen", listen], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      said = (said + chunk).slice(-4000);
    });
  }
  const gone = new Promise((resolve) => child.once("exit", resolve));
  const stop = async () => {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    await gone;
    clearTimeout(timer);
    await rm(data, { recursive: true, force: true });
  };
  try {
    await ready(`http://${listen}`, gone);
  } catch (error) {
    await stop();
    throw new Error(`${error.message}\n${said}`);
  }
  return { url: `http://${listen}`, stop };
}

/** @param {string} url @param {Promise<unknown>} gone */
async function ready(url, gone) {
  let ended = false;
  void gone.then(() => (ended = true));
  const until = Date.now() + START_MS;
  while (Date.now() < until) {
    if (ended) throw new Error("the server ended before it was ready");
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  throw new Error(`the server was not ready after ${START_MS / 1000} s`);
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
