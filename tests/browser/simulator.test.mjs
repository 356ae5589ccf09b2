// The simulator page as a person meets it: two phones that work, a clock, faults, two languages, two themes.
// In: a running demo (lib/server.mjs). Out: pass or fail, and pictures. After each test the page must have had
// no console error, no failed request and none that left the machine. Next: lib/phones.mjs, keyboard.test.mjs.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open, picture } from "./lib/browser.mjs";
import { answers, customerWrites, line, mirrored, more, newCustomer, ownerWrites, panel } from "./lib/phones.mjs";
import { startServer } from "./lib/server.mjs";

/** Longer than debounce and answer together; silence must outlast it. */
const SILENCE_MS = 6000;

let server;
let browser;
before(async () => {
  [server, browser] = await Promise.all([startServer(), launch()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Runs on a fresh page that has to stay without trouble. */
function onPage(name, look, body) {
  test(name, { timeout: 120_000 }, async () => {
    const { page, troubles, close } = await open(browser, server.url, look);
    try {
      await body(page);
      assert.deepEqual(troubles, []);
    } catch (error) {
      await picture(page, `failed-${name.replace(/\W+/g, "-")}`);
      throw error;
    } finally {
      await close();
    }
  });
}

onPage("a customer's oi is answered on both phones", {}, async (page) => {
  await newCustomer(page);
  await customerWrites(page, "oi");
  await line(page, "owner", "oi").waitFor();
  await more(answers(page), 0);
  await more(mirrored(page), 0);
  const said = await answers(page).first().locator(".text").innerText();
  assert.equal(await mirrored(page).first().locator(".text").innerText(), said);
  assert.ok(said.length > 1, "an answer says something");
  await mirrored(page).first().locator(".ticks.read, .ticks.delivered").waitFor();
});

onPage("the echo rule answers once, with the same words", {}, async (page) => {
  await newCustomer(page);
  await customerWrites(page, "eco quarenta e dois");
  await more(answers(page), 0);
  assert.match(await answers(page).first().innerText(), /^quarenta e dois/);
  await page.waitForTimeout(1500);
  assert.equal(await answers(page).count(), 1);
});

onPage("after the owner writes, the assistant is silent", {}, async (page) => {
  await newCustomer(page);
  await customerWrites(page, "oi");
  await more(mirrored(page), 0);
  await ownerWrites(page, "Oi, aqui é a dona da loja.");
  await line(page, "customer", "aqui é a dona da loja").waitFor();
  const before = await mirrored(page).count();
  await page.waitForTimeout(1000);
  await customerWrites(page, "que bom falar com você, que horas abrem?");
  await page.waitForTimeout(SILENCE_MS);
  assert.equal(await mirrored(page).count(), before, "two voices");
});

onPage("a day forward changes the date and closes the window", {}, async (page) => {
  await newCustomer(page);
  await customerWrites(page, "eco antes");
  await page.locator("#customer .under.open").waitFor();
  const dateBefore = await page.locator(".clock .date").innerText();
  await page.getByRole("button", { name: "Adiantar o relógio em 24 horas" }).click();
  await page.locator(".notice.good", { hasText: "O relógio andou 24 horas" }).waitFor();
  assert.notEqual(await page.locator(".clock .date").innerText(), dateBefore);
  await page.locator("#customer .under.closed").waitFor();
  await page.locator(".of-customer .day", { hasText: "Ontem" }).waitFor();
  await customerWrites(page, "eco depois");
  await page.locator("#customer .under.open").waitFor();
});

onPage("a fault is armed once, strikes, counts and ends", {}, async (page) => {
  await newCustomer(page);
  await panel(page, "faults");
  const fault = page.locator(".fault", { has: page.locator('[data-fault="duplicate-delivery"]') });
  const before = Number.parseInt((await fault.locator(".struck").innerText()) || "0", 10);
  await fault.getByRole("button", { name: /Só na próxima vez/ }).click();
  await fault.getByText("na próxima vez").waitFor();
  await customerWrites(page, "eco uma vez só");
  await page.locator('[data-fault="duplicate-delivery"][aria-checked="false"]').waitFor();
  await fault.locator(".struck", { hasText: `${before + 1}×` }).waitFor();
  await more(answers(page), 0);
  assert.equal(await answers(page).count(), 1, "a duplicate is answered once");
});

onPage("a fault switched on is seen on the tab and goes off with all others", {}, async (page) => {
  await panel(page, "faults");
  await page.locator('[data-fault="slow-api"]').click();
  await page.locator('[data-fault="slow-api"][aria-checked="true"]').waitFor();
  await page.locator("#tab-side-tabs-faults .count", { hasText: "1" }).waitFor();
  await page.getByRole("button", { name: "Desligar todas" }).click();
  await page.locator('[data-fault="slow-api"][aria-checked="false"]').waitFor();
  assert.equal(await page.locator("#tab-side-tabs-faults .count").count(), 0);
});

onPage("the log shows webhooks and calls, and can be filtered", {}, async (page) => {
  await newCustomer(page);
  await customerWrites(page, "eco registro");
  await more(answers(page), 0);
  await page.locator(".entry.webhook .outcome.good").first().waitFor();
  await page.locator(".entry.call .outcome.good").first().waitFor();
  await page.getByRole("button", { name: "Chamadas" }).click();
  assert.equal(await page.locator(".entry.webhook").count(), 0);
  await page.getByLabel("Filtrar o registro").fill("nada tem este texto");
  await page.getByText("Nada corresponde ao filtro.").waitFor();
});

onPage("language and theme are chosen and remembered", {}, async (page) => {
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await page.getByRole("button", { name: "Mudar o idioma para inglês" }).click();
  await page.getByRole("heading", { name: "The customer's phone" }).waitFor();
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
  await page.getByRole("button", { name: "Theme: automatic" }).click();
  await page.getByRole("button", { name: "Theme: light" }).click();
  assert.notEqual(await background(), light);
  await page.reload();
  await page.getByRole("heading", { name: "The customer's phone" }).waitFor();
  assert.notEqual(await background(), light);
  await page.getByRole("button", { name: "Theme: dark" }).click();
  await page.getByRole("button", { name: "Switch the language to Portuguese" }).click();
  await page.getByRole("heading", { name: "Celular do cliente" }).waitFor();
  assert.equal(await background(), light);
});

onPage("what a customer writes stays text", {}, async (page) => {
  await newCustomer(page);
  const evil = '<img src=x onerror="document.title=1"><b>negrito</b>';
  await customerWrites(page, evil);
  await line(page, "owner", evil).waitFor();
  assert.equal(await page.locator(".line img, .line b").count(), 0);
  await page.locator("#customer-input").fill("isto é *forte* e 2*3*4 não");
  await page.locator("#customer-input").press("Enter");
  await line(page, "owner", "isto é forte e 2*3*4 não").waitFor();
  await page.locator(".of-owner .line strong", { hasText: /^forte$/ }).waitFor();
});

onPage("answer, react, edit and delete are seen on the other phone", {}, async (page) => {
  await newCustomer(page);
  await customerWrites(page, "eco base");
  await more(answers(page), 0);
  const menu = async (which, item) => {
    await which.hover();
    await which.locator(".menu summary").click();
    await which.getByRole("button", { name: item }).click();
  };
  await menu(answers(page).first(), "Responder");
  await customerWrites(page, "sobre isto aqui");
  await page.locator(".of-owner .line .quote", { hasText: "base" }).waitFor();
  await menu(answers(page).first(), "Reagir com 👍");
  await page.locator(".of-owner .reactions", { hasText: "👍" }).waitFor();
  await menu(line(page, "customer", "sobre isto aqui"), "Editar");
  await page.locator("#customer-input").fill("sobre aquilo ali");
  await page.locator("#customer-input").press("Enter");
  await page.locator(".of-owner .line", { hasText: "sobre aquilo ali" }).getByText("editada").waitFor();
  await menu(line(page, "customer", "sobre aquilo ali"), "Apagar para todos");
  await page.locator(".of-owner .line .gone", { hasText: "Mensagem apagada" }).waitFor();
});

onPage("pictures, sounds, places and cards have their look on both phones", {}, async (page) => {
  await newCustomer(page);
  for (const [kind, mark] of [["Foto", ".picture.image"], ["Mensagem de voz", ".voice"], ["Documento", ".card"], ["Figurinha", ".picture.sticker"], ["Localização", ".map"], ["Contato", ".card"]]) {
    await page.locator("#customer .attach summary").click();
    await page.locator("#customer .attach").getByRole("button", { name: kind, exact: true }).click();
    await page.locator(`.of-owner ${mark}`).first().waitFor();
    await page.locator(`.of-customer ${mark}`).first().waitFor();
  }
});

onPage("the owner sees several customers and goes from one to another", {}, async (page) => {
  const first = await newCustomer(page);
  await customerWrites(page, "sou a primeira");
  const second = await newCustomer(page);
  await customerWrites(page, "sou a segunda");
  await page.getByRole("button", { name: "Voltar às conversas" }).click();
  const row = (name) => page.locator(".chats").getByRole("button", { name });
  await row(second).waitFor();
  await row(first).click();
  await line(page, "owner", "sou a primeira").waitFor();
  await line(page, "customer", "sou a primeira").waitFor();
});

onPage("on a narrow screen the hidden phone counts what arrives", { width: 390, height: 844 }, async (page) => {
  await page.getByRole("button", { name: /Novo cliente/ }).click();
  await page.getByLabel("Nome").fill(`Estreita ${Date.now() % 100_000}`);
  await page.getByRole("button", { name: "Criar cliente" }).click();
  await page.locator("#customer-input[aria-label^='Mensagem de Estreita']").waitFor();
  await customerWrites(page, "eco um");
  await more(answers(page), 0);
  await customerWrites(page, "eco dois");
  await more(answers(page), 1);
  await page.locator("#tab-tabs-owner .count").waitFor();
  await page.locator("#tab-tabs-owner").click();
  await line(page, "owner", "dois").waitFor();
  assert.equal(await page.locator("#tab-tabs-owner .count").count(), 0);
});

test("a lost connection is told and mended", { timeout: 120_000 }, async () => {
  const { page, close } = await open(browser, server.url);
  await newCustomer(page);
  const gone = (route) => route.abort();
  await page.route("**/simulator/api/**", gone);
  await page.locator("#customer-input").fill("isto não sai");
  await page.locator("#customer-input").press("Enter");
  await page.locator(".notice.bad").waitFor();
  assert.equal(await page.locator("#customer-input").inputValue(), "isto não sai", "the text stays");
  await page.unroute("**/simulator/api/**", gone);
  await page.locator("#customer-input").press("Enter");
  await line(page, "owner", "isto não sai").waitFor();
  await close();
});

for (const [width, height] of [[1440, 900], [390, 844]]) {
  for (const scheme of ["light", "dark"]) {
    onPage(`nothing overflows at ${width} in ${scheme}`, { width, height, scheme }, async (page) => {
      await page.waitForTimeout(400);
      await picture(page, `${width}-${scheme}`);
      if (width < 820) {
        for (const tab of ["owner", "log", "faults"]) {
          await page.locator(`#tab-tabs-${tab}`).click();
          await picture(page, `${width}-${scheme}-${tab}`);
        }
      } else {
        await panel(page, "faults");
        await picture(page, `${width}-${scheme}-faults`);
      }
      const [inner, outer] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
      assert.ok(inner <= outer, `${inner} px wide in ${outer}`);
    });
  }
}
