// Opens pages that are watched: every console error, every exception, every failed or foreign request is kept
// and can be asserted. In: an address. Out: a page with its list of troubles. Deliberately absent: what is
// tested. Next: ../simulator.test.mjs.
import { mkdir } from "node:fs/promises";
import { chromium } from "playwright-core";

const CHROMIUM = process.env.CHROMIUM_BIN ?? "/usr/bin/chromium";
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const PICTURES = new URL("../pictures/", import.meta.url).pathname;

export const launch = () => chromium.launch({ executablePath: CHROMIUM, args: FLAGS });

/**
 * @param {import("playwright-core").Browser} browser
 * @param {string} base
 * @param {{width?: number, height?: number, scheme?: "light" | "dark", reducedMotion?: "reduce"}} [look]
 */
export async function open(browser, base, look = {}) {
  const context = await browser.newContext({
    viewport: { width: look.width ?? 1440, height: look.height ?? 900 },
    colorScheme: look.scheme ?? "light",
    reducedMotion: look.reducedMotion ?? "reduce",
    locale: "pt-BR",
  });
  /** @type {string[]} */
  const troubles = [];
  const page = await context.newPage();
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) troubles.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => troubles.push(`exception: ${error.message}`));
  const host = new URL(base).host;
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.host !== host && url.protocol !== "data:") troubles.push(`foreign request: ${request.url()}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) troubles.push(`${response.status()}: ${response.url()}`);
  });
  await page.goto(`${base}/simulator/`);
  await page.locator(".of-customer .top h3").waitFor();
  return { page, troubles, close: () => context.close() };
}

/**
 * A picture for people to look at; written to `pictures/`, which is not committed.
 * @param {import("playwright-core").Page} page
 * @param {string} name
 */
export async function picture(page, name) {
  await mkdir(PICTURES, { recursive: true });
  await page.screenshot({ path: `${PICTURES}${name}.png` });
}
