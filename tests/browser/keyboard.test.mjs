// The page without a mouse: everything is reached with Tab, arrows, Enter and Escape, and everything reached has
// a name. In: a running demo. Out: pass or fail. Next: simulator.test.mjs.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open } from "./lib/browser.mjs";
import { answers, line, more, newCustomer } from "./lib/phones.mjs";
import { startServer } from "./lib/server.mjs";

/** More steps than the page has places; a search that ends here has failed. */
const STEPS = 250;

let server;
let browser;
before(async () => {
  [server, browser] = await Promise.all([startServer(), launch()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** The name assistive technology would say for what has the focus. */
const focused = (page) =>
  page.evaluate(() => {
    const node = document.activeElement;
    if (!node || node === document.body) return { id: "", name: "", tag: "" };
    const by = node.getAttribute("aria-labelledby");
    const labels = node instanceof HTMLInputElement || node instanceof HTMLSelectElement ? [...(node.labels ?? [])] : [];
    const name = node.getAttribute("aria-label") ?? (by ? document.getElementById(by)?.textContent : null) ?? labels[0]?.textContent ?? node.textContent ?? "";
    return { id: node.id, name: name.trim(), tag: node.tagName };
  });

async function tabTo(page, wanted, key = "Tab") {
  for (let step = 0; step < STEPS; step += 1) {
    await page.keyboard.press(key);
    const at = await focused(page);
    assert.ok(at.tag === "" || at.name !== "", `a ${at.tag} without a name has the focus`);
    if (wanted(at)) return at;
  }
  throw new Error("Tab never came there");
}

test("a conversation is held with the keyboard alone", { timeout: 120_000 }, async () => {
  const { page, troubles, close } = await open(browser, server.url);
  await page.keyboard.press("Tab");
  assert.equal((await focused(page)).tag, "A", "the first stop skips to the message box");
  await page.keyboard.press("Enter");
  assert.equal((await focused(page)).id, "customer-input");

  await tabTo(page, (at) => at.name.includes("Novo cliente"), "Shift+Tab");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  assert.match((await focused(page)).name, /Novo cliente/, "Escape closes the form and goes back");
  await page.keyboard.press("Enter");
  await page.keyboard.type("Teclado Silva");
  await page.keyboard.press("Enter");
  await page.locator("#customer-input[aria-label='Mensagem de Teclado Silva']").waitFor();
  // The new customer can write at once.
  await page.locator("#customer-input:focus").waitFor();

  await page.keyboard.type("eco pelo teclado");
  await page.keyboard.press("Enter");
  await more(answers(page), 0);
  assert.equal((await focused(page)).id, "customer-input", "the focus stays in the box");

  await tabTo(page, (at) => at.name.startsWith("Conversa de Teclado Silva"), "Shift+Tab");
  await page.keyboard.press("ArrowUp");
  assert.match((await focused(page)).name, /pelo teclado/);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Escape");
  assert.match((await focused(page)).name, /pelo teclado/, "Escape leaves the menu, not the message");

  await tabTo(page, (at) => at.id === "owner-input");
  await page.keyboard.type("Bom dia, Teclado");
  await page.keyboard.press("Enter");
  await line(page, "customer", "Bom dia, Teclado").waitFor();

  await tabTo(page, (at) => at.id === "tab-side-tabs-log");
  await page.keyboard.press("ArrowRight");
  assert.equal((await focused(page)).id, "tab-side-tabs-faults");
  await tabTo(page, (at) => at.name.startsWith("A resposta demora"));
  await page.keyboard.press("Space");
  await page.locator('[data-fault="slow-api"][aria-checked="true"]').waitFor();
  await page.keyboard.press("Space");
  await page.locator('[data-fault="slow-api"][aria-checked="false"]').waitFor();
  assert.deepEqual(troubles, []);
  await close();
});

test("new messages are announced once", { timeout: 120_000 }, async () => {
  const { page, troubles, close } = await open(browser, server.url);
  await newCustomer(page);
  await page.locator("#customer-input").fill("eco anunciada");
  await page.locator("#customer-input").press("Enter");
  await page.locator("#live", { hasText: "Assistente: anunciada" }).waitFor({ state: "attached" });
  assert.equal(await page.locator("[aria-live='polite'], [role='log']").filter({ hasText: "anunciada" }).count(), 1);
  assert.deepEqual(troubles, []);
  await close();
});
