// The demo shop answers a customer from what it knows, with no key: ten questions on the two phones.
// In: a running demo (lib/server.mjs). Out: pass or fail, and a picture of the talk. Deliberately absent: all the
// questions (demo/tests/perguntas.yaml, played by `ponte test demo`). Next: lib/phones.mjs.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open, picture } from "./lib/browser.mjs";
import { answers, customerWrites, more, newCustomer } from "./lib/phones.mjs";
import { startServer } from "./lib/server.mjs";

/** What is asked, and what the one answer to it holds. */
const TALK = [
  ["vcs tem estacionamento?", "8 vagas"],
  ["qto custa a coxinha de frango", "R$ 8,50"],
  ["quais recheios de bolo vcs tem", "ninho com morango"],
  ["qual a senha do wifi", "no cupom"],
  ["demora quanto a entrega", "30 a 50 minutos"],
  ["tem pao sem lactose", "ciabatta"],
  ["da pra parcelar", "3 vezes"],
  ["posso levar meu cachorro", "mesas da calçada"],
  ["what time do you open", "from 6 am to 8 pm"],
  ["vcs consertam bicicleta", "não sei responder"],
];

let server;
let browser;
before(async () => {
  [server, browser] = await Promise.all([startServer(), launch()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test("ten questions are answered from what the shop knows", { timeout: 240_000 }, async () => {
  const { page, troubles, close } = await open(browser, server.url, {});
  try {
    await newCustomer(page);
    for (const [nth, [question, fact]] of TALK.entries()) {
      await customerWrites(page, question);
      await more(answers(page), nth);
      const said = await answers(page).nth(nth).locator(".text").innerText();
      assert.ok(said.includes(fact), `${question}: ${said}`);
      assert.doesNotMatch(said, /Pasta do workspace|\*\*|^#/, "no name of a file and no marks of one");
      assert.equal(await answers(page).count(), nth + 1, "one answer each");
    }
    await picture(page, "knowledge-talk");
    assert.deepEqual(troubles, []);
  } catch (error) {
    await picture(page, "failed-knowledge");
    throw error;
  } finally {
    await close();
  }
});
