// The left phone: the customer's WhatsApp, and who the customer is. In: the store. Out: what this person writes
// and taps. Deliberately absent: the owner's side. Next: owner.js.
import { authorName } from "./bubble.js";
import { Chat } from "./chat.js";
import { Composer } from "./composer.js";
import { byId, el, fill, say, set } from "./dom.js";
import { avatar, icon } from "./icons.js";
import { Phone } from "./phone.js";
import { hour, t } from "./text.js";

/** @typedef {import("./types.js").Customer} Customer */

const TRIES = ["try.hello", "try.human", "try.echo"];

export class CustomerPhone {
  /**
   * @param {import("./store.js").Store} store
   * @param {import("./actions.js").Actions} actions
   */
  constructor(store, actions) {
    this.store = store;
    this.actions = actions;
    this.phone = new Phone("of-customer");
    this.chat = new Chat();
    this.composer = new Composer("customer-input", (body) => actions.customerSends(body));
    this.phone.screen.append(this.chat.list, this.composer.node);
    this.title = el("h2", {});
    this.select = el("select", { id: "customer-pick", onchange: () => store.pick(Number(this.select.value)) });
    this.add = el("button", { type: "button", class: "soft", "aria-expanded": "false", onclick: () => this.toggleForm() });
    this.form = el("form", { class: "new-customer", hidden: true });
    this.form.addEventListener("submit", (event) => void this.create(event));
    this.form.addEventListener("keydown", (event) => event.key === "Escape" && this.toggleForm());
    this.window = el("p", { class: "under" });
    this.place = byId("customer");
    this.place.append(el("div", { class: "caption" }, this.title, el("div", { class: "who" }, this.select, this.add)), this.form, this.phone.node, this.window);
    store.subscribe(() => this.draw());
  }

  relabel() {
    say(this.title, t("customer.caption"));
    set(this.place, { "aria-label": t("customer.caption") });
    set(this.select, { "aria-label": t("customer.pick") });
    fill(this.add, icon("plus"), t("customer.add"));
    this.fillForm();
    this.chat.forget();
  }

  draw() {
    const { world } = this.store;
    if (!world) return;
    const customer = this.store.customer(this.store.customerId);
    this.drawChoices(world.customers);
    this.phone.tick(this.store.now());
    this.composer.node.hidden = !customer;
    this.window.hidden = !customer;
    if (!customer) return this.drawNobody(world.number.name);
    this.phone.head(avatar(world.number.name), world.number.name, customer.typing ? t("typing") : t("business.subtitle"), null, customer.typing);
    this.composer.label(t("input.customer", { name: customer.name }));
    this.chat.show(`${customer.id}`, t("chat.label.customer", { name: customer.name }), customer.customerLines ?? [], this.store.now(), this.view(customer), customer.customerLines && this.empty());
    this.drawWindow(customer);
  }

  /** A world without people begins with making one. @param {string} name */
  drawNobody(name) {
    this.phone.head(avatar(name), name, t("business.subtitle"), null, false);
    this.chat.forget();
    fill(this.chat.list, el("li", { class: "hint" }, t("customer.nobody")));
  }

  /** @param {Customer} customer @returns {import("./bubble.js").View} */
  view(customer) {
    /** @type {import("./bubble.js").View} */
    const view = {
      me: "customer",
      customerName: customer.name,
      find: (id) => customer.customerLines?.find((line) => line.id === id),
      tap: (body) => void this.actions.customerSends(body),
      reply: (line) => this.composer.reply(line, authorName(line, view)),
      react: (line, emoji) => void this.actions.customerSends({ type: "reaction", message_id: line.id, emoji }),
      edit: (line) => this.composer.edit(line),
      revoke: (line) => void this.actions.customerSends({ type: "revoke", original_message_id: line.id }),
    };
    return view;
  }

  empty() {
    const tries = TRIES.map((key) => el("button", { type: "button", class: "try", onclick: () => this.composer.suggest(t(key)) }, t(key)));
    return el("div", {}, el("p", {}, t("chat.empty.customer")), el("p", { class: "tries" }, el("span", {}, t("chat.try")), ...tries));
  }

  /** @param {Customer[]} customers */
  drawChoices(customers) {
    const print = customers.map((customer) => `${customer.id}:${customer.name}`).join();
    if (this.select.dataset.print !== print) {
      this.select.dataset.print = print;
      fill(this.select, ...customers.map((customer) => el("option", { value: customer.id }, customer.name)));
    }
    this.select.value = String(this.store.customerId);
  }

  /** @param {Customer} customer */
  drawWindow(customer) {
    const open = customer.windowUntil !== null && customer.windowUntil / 1000 > this.store.now();
    set(this.window, { class: `under ${open ? "open" : "closed"}` });
    say(this.window, open ? t("customer.window.open", { time: hour((customer.windowUntil ?? 0) / 1000) }) : t("customer.window.closed"));
  }

  toggleForm() {
    this.form.hidden = !this.form.hidden;
    set(this.add, { "aria-expanded": String(!this.form.hidden) });
    if (this.form.hidden) this.add.focus();
    else this.form.querySelector("input")?.focus();
  }

  fillForm() {
    const name = el("input", { name: "name", required: true, maxlength: 60, autocomplete: "off" });
    const phone = el("input", { name: "phone", type: "tel", maxlength: 24, autocomplete: "off", placeholder: "+55 11 98888-0000" });
    const submit = el("button", { type: "submit", class: "strong" }, t("customer.create"));
    const cancel = el("button", { type: "button", class: "soft", onclick: () => this.toggleForm() }, t("customer.cancel"));
    fill(this.form, el("label", {}, t("customer.name"), name), el("label", {}, t("customer.phone"), phone), el("div", { class: "buttons" }, submit, cancel));
  }

  /** @param {Event} event */
  async create(event) {
    event.preventDefault();
    const data = new FormData(this.form);
    const name = String(data.get("name") ?? "").trim();
    if (!name) return this.actions.notices.trouble(t("customer.nameless"));
    if (!(await this.actions.addCustomer(name, String(data.get("phone") ?? "").trim()))) return;
    this.form.reset();
    this.toggleForm();
    this.composer.input.focus();
  }
}
