// What the business can send beyond text, as it arrives on the phones and is tapped there. In: a running demo;
// the messages are sent straight to the simulated Cloud API, so that this needs no particular assistant. Out:
// pass or fail. Next: simulator.test.mjs.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open, picture } from "./lib/browser.mjs";
import { customerWrites, line, newCustomer } from "./lib/phones.mjs";
import { startServer } from "./lib/server.mjs";

let server;
let browser;
before(async () => {
  [server, browser] = await Promise.all([startServer(), launch()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Sends as the business would; the values are those of the demo. */
async function businessSends(name, message) {
  const state = await (await fetch(`${server.url}/simulator/api/state`)).json();
  const customer = state.customers.find((one) => one.name === name);
  const answer = await fetch(`${state.graph_url}/v23.0/100000000000001/messages`, {
    method: "POST",
    headers: { Authorization: "Bearer demo-access-token", "Content-Type": "application/json" },
    body: JSON.stringify({ messaging_product: "whatsapp", to: customer.wa_id, ...message }),
  });
  assert.equal(answer.status, 200, await answer.text());
}

async function onPage(body) {
  const { page, troubles, close } = await open(browser, server.url);
  try {
    const name = await newCustomer(page);
    // The customer's word opens the window.
    await customerWrites(page, "eco abre a janela");
    await body(page, name);
    assert.deepEqual(troubles, []);
  } finally {
    await close();
  }
}

const LIST = {
  type: "list",
  header: { type: "text", text: "Salão" },
  body: { text: "Escolha o serviço" },
  action: { button: "Ver serviços", sections: [{ title: "Cabelo", rows: [{ id: "corte", title: "Corte", description: "40 minutos" }, { id: "escova", title: "Escova" }] }] },
};
const BUTTONS = {
  type: "button",
  body: { text: "Confirma para sábado?" },
  footer: { text: "Responda até sexta" },
  action: { buttons: [{ type: "reply", reply: { id: "sim", title: "Confirmo" } }, { type: "reply", reply: { id: "nao", title: "Não posso" } }] },
};

test("a row of a list is chosen, and both phones show which message it answers", { timeout: 90_000 }, () =>
  onPage(async (page, name) => {
    await businessSends(name, { type: "interactive", interactive: LIST });
    const list = line(page, "customer", "Escolha o serviço");
    await list.locator("summary.option").click();
    await list.getByRole("button", { name: /Corte/ }).click();
    const choice = page.locator(".of-owner li.theirs", { hasText: "Corte" });
    await choice.locator(".quote", { hasText: "Escolha o serviço" }).waitFor();
    await page.locator(".of-customer li.mine", { hasText: "Corte" }).waitFor();
    await picture(page, "list");
  }));

test("a button is pressed by the customer and only shown to the owner", { timeout: 90_000 }, () =>
  onPage(async (page, name) => {
    await businessSends(name, { type: "interactive", interactive: BUTTONS });
    await page.locator(".of-owner").getByRole("button", { name: "Confirmo" }).waitFor();
    assert.ok(await page.locator(".of-owner").getByRole("button", { name: "Confirmo" }).isDisabled());
    await page.locator(".of-customer").getByRole("button", { name: "Confirmo" }).click();
    await page.locator(".of-owner li.theirs", { hasText: "Confirmo" }).waitFor();
  }));

test("a template's quick reply is pressed", { timeout: 90_000 }, () =>
  onPage(async (page, name) => {
    const components = [{ type: "body", parameters: [{ type: "text", text: "Ana" }] }];
    await businessSends(name, { type: "template", template: { name: "retomar_conversa", language: { code: "pt_BR" }, components } });
    await line(page, "customer", "Olá Ana").getByRole("button", { name: "Continuar" }).click();
    await page.locator(".of-owner li.theirs", { hasText: "Continuar" }).waitFor();
  }));

test("a link shows where it leads and leads nowhere", { timeout: 90_000 }, () =>
  onPage(async (page, name) => {
    const action = { name: "cta_url", parameters: { display_text: "Abrir cardápio", url: "https://example.com/menu" } };
    await businessSends(name, { type: "interactive", interactive: { type: "cta_url", body: { text: "Veja" }, action } });
    const link = line(page, "customer", "Veja");
    assert.ok(await link.getByRole("button", { name: "Abrir cardápio" }).isDisabled());
    assert.equal(await link.locator(".options").getAttribute("title"), "https://example.com/menu");
    assert.equal(await link.locator("a").count(), 0);
  }));

test("typing is shown in the customer's header until the answer comes", { timeout: 90_000 }, () =>
  onPage(async (page, name) => {
    await line(page, "customer", "eco abre").waitFor();
    const id = await line(page, "customer", "eco abre").getAttribute("data-id");
    // The answer to the first word ends any typing; wait for it, then type again.
    await page.locator(".of-customer li.theirs").first().waitFor({ timeout: 20_000 });
    await businessSends(name, { status: "read", message_id: id, typing_indicator: { type: "text" } });
    await page.locator(".of-customer .top .typing", { hasText: "digitando" }).waitFor();
    await businessSends(name, { type: "text", text: { body: "pronto" } });
    await line(page, "customer", "pronto").waitFor();
    await page.locator(".of-customer .top .typing").waitFor({ state: "detached" });
  }));
