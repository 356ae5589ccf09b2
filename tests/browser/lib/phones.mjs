// What a person does on the page, by the words they see. In: a page. Out: deeds and what stands on each phone.
// Deliberately absent: expectations. Next: ../simulator.test.mjs.

/** How long an answer may take in a debug build on a busy machine. */
export const ANSWER_MS = 20_000;

let people = 0;

/** A customer nobody else uses, so that tests do not meet. @param {import("playwright-core").Page} page */
export async function newCustomer(page) {
  people += 1;
  const name = `Teste ${people} ${Date.now() % 100_000}`;
  await page.getByRole("button", { name: /Novo cliente|New customer/ }).click();
  await page.getByLabel(/^(Nome|Name)$/).fill(name);
  await page.getByRole("button", { name: /Criar cliente|Add customer/ }).click();
  await page.locator("#customer-pick option:checked", { hasText: name }).waitFor({ state: "attached" });
  await page.locator(".of-owner .top h3", { hasText: name }).waitFor();
  return name;
}

/** @param {import("playwright-core").Page} page @param {string} text */
export async function customerWrites(page, text) {
  await page.locator("#customer-input").fill(text);
  await page.locator("#customer-input").press("Enter");
  await line(page, "customer", text).waitFor();
}

/** @param {import("playwright-core").Page} page @param {string} text */
export async function ownerWrites(page, text) {
  await page.locator("#owner-input").fill(text);
  await page.locator("#owner-input").press("Enter");
  await line(page, "owner", text).waitFor();
}

/**
 * The newest message with this text on a phone.
 * @param {import("playwright-core").Page} page
 * @param {"customer" | "owner"} phone
 * @param {string} text
 */
export const line = (page, phone, text) => page.locator(`.of-${phone} li.line`, { hasText: text }).last();

/** What the business said, as the customer sees it. @param {import("playwright-core").Page} page */
export const answers = (page) => page.locator(".of-customer li.line.theirs");

/** What the assistant said, as the owner sees it. @param {import("playwright-core").Page} page */
export const mirrored = (page) => page.locator(".of-owner li.line.mine:has(.author.api)");

/** Waits until there are more than so many. @param {import("playwright-core").Locator} lines @param {number} before */
export const more = (lines, before) => lines.nth(before).waitFor({ timeout: ANSWER_MS });

/** @param {import("playwright-core").Page} page @param {"log" | "faults"} name */
export const panel = (page, name) => page.locator(`#tab-side-tabs-${name}`).click();
