// Somebody else's server of OpenAI's protocol, and the real binary's self-test against it: what we read of the
// protocol is held against a reading that isn't ours. In: PONTE_BIN, the built binary. Out: pass or fail. Absent: a
// model; the server says what it was told to say. Next: README.md.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

const BIN = process.env.PONTE_BIN ?? "ponte";
const KEY = "sk-third-party-1234567890";
const HERE = fileURLToPath(new URL(".", import.meta.url));

const user = (content) => ({ role: "user", content, matcher: "contains" });
const stock = { id: "call_1", type: "function", function: { name: "stock", arguments: '{"sku":"A-1"}' } };
/** What it says to the questions of the self-test. */
const CONFIG = {
  apiKey: KEY,
  responses: [
    { id: "plain", messages: [user("palavra: ponte"), { role: "assistant", content: "ponte" }] },
    { id: "tool", messages: [user("ferramenta stock"), { role: "assistant", tool_calls: [stock] }] },
    { id: "json", messages: [user("Classifique"), { role: "assistant", content: '{"intent":"buy","quantity":2}' }] },
  ],
};

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

let server;
let data;
let base;
before(async () => {
  data = mkdtempSync(join(tmpdir(), "ponte-models-"));
  const port = await freePort();
  base = `http://127.0.0.1:${port}/v1`;
  // By file, not by `npx`, which leaves the server behind when it is stopped.
  const cli = join(HERE, "node_modules/openai-mock-api/dist/cli.js");
  server = spawn(process.execPath, [cli, "--config", "-", "--port", String(port)], { stdio: ["pipe", "ignore", "ignore"] });
  // JSON is YAML.
  server.stdin.end(JSON.stringify(CONFIG));
  for (let tries = 0; ; tries += 1) {
    const up = await fetch(`http://127.0.0.1:${port}/health`).then((answer) => answer.ok, () => false);
    if (up) break;
    assert.ok(tries < 200, "the server does not start");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const shop = fileURLToPath(new URL("../../demo", import.meta.url));
  assert.equal(ponte(["apply", shop]).status, 0, "a workspace");
});
after(() => {
  server?.kill();
  if (data) rmSync(data, { recursive: true, force: true });
});

/** Runs a command of the binary on a folder of its own; the key is in its environment, as a person would have it. */
const ponte = (args, key = KEY) =>
  spawnSync(BIN, ["--data", data, "--json", ...args], {
    encoding: "utf8",
    env: { ...process.env, PONTE_EGRESS_ALLOW: "127.0.0.1", PONTE_PROVIDER_KEY: key, LANG: "C" },
  });

const add = (key) => ponte(["provider", "add", "third", "--kind", "openai", "--base", base, "--model", "gpt-4o-mini"], key);
const tested = () => {
  const ran = ponte(["provider", "test", "third"]);
  const said = JSON.parse(ran.stdout);
  const went = Object.fromEntries(said.steps.map((step) => [step.step, step.went]));
  return { code: ran.status, went, troubles: said.steps.map((step) => step.trouble).filter(Boolean) };
};

test("the self-test passes against somebody else's server", () => {
  const added = add();
  assert.equal(added.status, 0, added.stderr);
  assert.equal(JSON.parse(added.stdout).key, "…7890");
  const { code, went, troubles } = tested();
  assert.deepEqual(troubles, []);
  assert.deepEqual(went, {
    reachable: "well",
    key: "well",
    answer: "well",
    tool: "well",
    structured: "well",
    stream: "well",
    embeddings: "skipped",
  });
  assert.equal(code, 0);
});

test("a wrong key is told as one", () => {
  assert.equal(add("sk-of-somebody-else-000").status, 0);
  const { code, went, troubles } = tested();
  assert.equal(code, 1);
  assert.deepEqual([went.reachable, went.key, went.answer], ["well", "badly", "skipped"]);
  assert.deepEqual(troubles, ["key_refused"]);
});

test("the key stands nowhere in the folder", () => {
  const files = readdirSync(data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  assert.ok(files.some((entry) => entry.name === "ponte.db"));
  for (const { name } of files) {
    assert.equal(readFileSync(join(data, name)).includes("third-party"), false, name);
  }
});
