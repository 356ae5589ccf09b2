// The right phone: the owner's app on the same number, with its list of chats. In: the store. Out: what the
// owner writes and opens. Deliberately absent: the customer's side. Next: customer.js, store.js.
import { authorName } from "./bubble.js";
import { Chat } from "./chat.js";
import { Composer } from "./composer.js";
import { gist, rich } from "./content.js";
import { byId, el, fill, say, set } from "./dom.js";
import { avatar, icon } from "./icons.js";
import { Phone } from "./phone.js";
import { byRecency } from "./store.js";
import { dayKey, day, hour, t } from "./text.js";

/** @typedef {import("./types.js").Customer} Customer */

export class OwnerPhone {
  /**
   * @param {import("./store.js").Store} store
   * @param {import("./actions.js").Actions} actions
   */
  constructor(store, actions) {
    this.store = store;
    this.actions = actions;
    this.phone = new Phone("of-owner");
    this.chat = new Chat();
    this.composer = new Composer("owner-input", (body) => actions.ownerSends(body));
    this.chats = el("ul", { class: "chats" });
    this.phone.screen.append(this.chats, this.chat.list, this.composer.node);
    this.title = el("h2", {});
    this.number = el("p", { class: "number" });
    this.hint = el("p", { class: "under" });
    this.place = byId("owner");
    this.place.append(el("div", { class: "caption" }, this.title, this.number), this.phone.node, this.hint);
    store.subscribe(() => this.draw());
  }

  relabel() {
    say(this.title, t("owner.caption"));
    set(this.place, { "aria-label": t("owner.caption") });
    set(this.chats, { "aria-label": t("owner.chats") });
    say(this.hint, t("owner.hint"));
    this.chat.forget();
    this.chats.dataset.print = "";
  }

  draw() {
    const { world } = this.store;
    if (!world) return;
    say(this.number, `${world.number.display} · ${t("owner.same")}`);
    this.phone.tick(this.store.now());
    const customer = this.store.customer(this.store.openId);
    this.chats.hidden = Boolean(customer);
    this.chat.list.hidden = !customer;
    this.composer.node.hidden = !customer;
    if (customer) this.drawChat(customer);
    else this.drawList(world.customers, world.number.name);
  }

  /** @param {Customer} customer */
  drawChat(customer) {
    const back = { label: t("owner.back"), press: () => this.leave(customer.id) };
    this.phone.head(avatar(customer.name), customer.name, customer.phone || t("subtitle.customer"), back, false);
    this.composer.label(t("input.owner"));
    const empty = el("p", {}, t("chat.empty.owner", { name: customer.name }));
    this.chat.show(`${customer.id}`, t("chat.label.owner", { name: customer.name }), customer.ownerLines ?? [], this.store.now(), this.view(customer), customer.ownerLines && empty);
  }

  /** Back to the list, where the chat just left has the focus. @param {number} id */
  leave(id) {
    this.store.open(null);
    const button = this.chats.querySelector(`[data-customer="${id}"]`);
    if (button instanceof HTMLElement) button.focus();
  }

  /** @param {Customer} customer @returns {import("./bubble.js").View} */
  view(customer) {
    /** @type {import("./bubble.js").View} */
    const view = {
      me: "phone_app",
      customerName: customer.name,
      find: (id) => customer.ownerLines?.find((line) => line.id === id),
      tap: null,
      reply: (line) => this.composer.reply(line, authorName(line, view)),
      react: (line, emoji) => void this.actions.ownerSends({ type: "reaction", message_id: line.id, emoji }),
      edit: (line) => this.composer.edit(line),
      revoke: (line) => void this.actions.ownerSends({ type: "revoke", original_message_id: line.id }),
    };
    return view;
  }

  /** @param {Customer[]} customers @param {string} name */
  drawList(customers, name) {
    this.phone.head(avatar(name), name, t("owner.chats"), null, false);
    const withLines = byRecency(customers).filter((customer) => customer.last);
    const print = JSON.stringify(withLines.map((one) => [one.id, one.name, one.last?.id, one.last && gist(one.last), this.store.unread(one), this.when(one)]));
    if (this.chats.dataset.print === print) return;
    this.chats.dataset.print = print;
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.customer : undefined;
    if (withLines.length === 0) {
      fill(this.chats, el("li", { class: "hint" }, el("strong", {}, t("owner.empty.title")), el("p", {}, t("owner.empty.text"))));
      return;
    }
    fill(this.chats, ...withLines.map((customer) => this.row(customer)));
    const again = focused && this.chats.querySelector(`[data-customer="${focused}"]`);
    if (again instanceof HTMLElement) again.focus();
  }

  /** @param {Customer} customer */
  when(customer) {
    if (!customer.last) return "";
    const ms = customer.last.at / 1000;
    const now = this.store.now();
    return dayKey(ms) === dayKey(now) ? hour(ms) : day(ms, now);
  }

  /** @param {Customer} customer */
  row(customer) {
    const unread = this.store.unread(customer);
    const last = customer.last;
    const words = el(
      "span",
      { class: "card-words" },
      el("strong", {}, customer.name),
      el("small", {}, last?.from === "api" && icon("spark"), ...rich(last ? gist(last) : "")),
    );
    const side = el("span", { class: "chat-side" }, el("small", {}, this.when(customer)), unread && el("b", { class: "new", role: "img", "aria-label": t("owner.unread") }));
    const label = t("owner.open", { name: customer.name });
    const open = () => {
      this.store.open(customer.id);
      this.composer.input.focus();
    };
    return el("li", {}, el("button", { type: "button", title: label, "data-customer": customer.id, onclick: open }, avatar(customer.name), words, side));
  }
}
