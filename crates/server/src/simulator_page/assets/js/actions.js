// What the page does to the world: send, react, delete, add people, move the clock, arm faults. In: the person's
// wish. Out: a call to the API, then fresh news; trouble becomes a notice that says what to do. Deliberately
// absent: the addresses of the API. Next: api.js.
import { Refused } from "./api.js";
import { t } from "./text.js";

/** @typedef {import("./types.js").Json} Json */
/** @typedef {import("./types.js").Fault} Fault */
/** @typedef {import("./api.js").Api} Api */

export class Actions {
  /**
   * @param {Api} api
   * @param {import("./store.js").Store} store
   * @param {import("./notices.js").Notices} notices
   */
  constructor(api, store, notices) {
    this.api = api;
    this.store = store;
    this.notices = notices;
  }

  /**
   * Does it, and tells when it went wrong.
   * @param {() => Promise<unknown>} deed
   * @param {string} [hint] key of a sentence that helps
   * @returns {Promise<boolean>}
   */
  async attempt(deed, hint) {
    try {
      await deed();
      await this.refresh();
      return true;
    } catch (error) {
      this.notices.trouble(`${explain(error)} ${hint ? t(hint) : ""}`.trim());
      return false;
    }
  }

  /** @param {Json} body */
  customerSends(body) {
    const id = this.store.customerId;
    return this.attempt(() => this.api.customerSends(id ?? 0, body), "error.send");
  }

  /** @param {Json} body */
  ownerSends(body) {
    const id = this.store.openId;
    return this.attempt(() => this.api.ownerSends(id ?? 0, body), "error.send");
  }

  /** @param {string} name @param {string} phone */
  async addCustomer(name, phone) {
    return this.attempt(async () => {
      const id = await this.api.addCustomer(name, phone);
      this.store.hear(await this.api.world([id]));
      this.store.pick(id);
      this.notices.info(t("customer.created", { name }));
    });
  }

  /** @param {number} seconds */
  advance(seconds) {
    return this.attempt(() => this.api.advance(seconds));
  }

  /** @param {string} name @param {Fault["mode"]} mode @param {number} value */
  arm(name, mode, value) {
    return this.attempt(() => this.api.arm(name, mode, value));
  }

  calm() {
    return this.attempt(() => this.api.calm());
  }

  /** Fetches what is on screen; where that changes what is on screen, fetches once more. */
  async refresh() {
    const before = this.store.onScreen();
    this.store.hear(await this.api.world(before));
    if (this.store.onScreen().some((id) => id !== null && !before.includes(id))) {
      this.store.hear(await this.api.world(this.store.onScreen()));
    }
  }
}

/** @param {unknown} error */
export function explain(error) {
  if (!(error instanceof Refused)) return t("error.offline");
  if (!error.detail && (error.status === 404 || error.status === 405)) return t("error.missing");
  return t("error.refused", { status: error.status, detail: error.detail });
}
