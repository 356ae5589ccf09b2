// Speaks with the simulator: /simulator/api/…, whose table stands in ponte-sim's http module. In: plain calls.
// Out: the world in the page's own shapes, or `Refused` with the simulator's words. One snapshot asks for state,
// faults, log and the open conversations together. Deliberately absent: what to do with any of it. Next: store.js.

/** @typedef {import("./types.js").Json} Json */
/** @typedef {import("./types.js").World} World */
/** @typedef {import("./types.js").Customer} Customer */
/** @typedef {import("./types.js").Line} Line */
/** @typedef {import("./types.js").Fault} Fault */
/** @typedef {import("./types.js").Entry} Entry */

/** Relative to the page, so that a path in front of it by a proxy does no harm. */
const BASE = "api";
/** Entries of the log that are fetched; the filter looks through these. */
const LOG = 300;
/** No call of the simulator takes long; one that does will not come back. */
const TIMEOUT_MS = 15_000;
/** Between two tries to listen again, after the browser itself gave up. */
const LISTEN_AGAIN_MS = 3000;

/** The simulator answered, and said no. */
export class Refused extends Error {
  /** @param {number} status @param {string} detail */
  constructor(status, detail) {
    super(detail || String(status));
    this.status = status;
    this.detail = detail;
  }
}

export class Api {
  constructor() {
    /** Quick replies by template, because a sent template does not carry them. @type {Map<string, string[]> | null} */
    this.quickReplies = null;
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {Json} [body]
   * @returns {Promise<Json>}
   */
  async call(method, path, body) {
    const answer = await fetch(`${BASE}/${path}`, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? null : JSON.stringify(body),
      cache: "no-store",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const value = await answer.json().catch(() => null);
    if (!answer.ok) throw new Refused(answer.status, String(value?.error ?? ""));
    return value;
  }

  /**
   * @param {(number | null)[]} open customers whose conversation is on a screen
   * @returns {Promise<World>}
   */
  async world(open) {
    const wanted = [...new Set(open.filter((id) => id !== null))];
    const [state, faults, log, ...chats] = await Promise.all([
      this.call("GET", "state"),
      this.call("GET", "faults"),
      this.call("GET", `log?limit=${LOG}`),
      ...wanted.map((id) => this.call("GET", `conversations/${id}`)),
    ]);
    const number = state.numbers[0] ?? {};
    const customers = state.customers.map((/** @type {Json} */ customer) => toCustomer(customer, number.phone_number_id));
    for (const chat of chats) {
      const customer = customers.find((/** @type {Customer} */ one) => one.id === chat.customer.id);
      if (!customer) continue;
      customer.customerLines = await this.withButtons(chat.customer_phone);
      customer.ownerLines = await this.withButtons(chat.owner_phone);
    }
    return {
      now: state.now,
      number: { id: number.phone_number_id, name: number.name, display: number.display_phone_number },
      customers,
      faults: faults.faults.map(toFault),
      log: log.entries.map(toEntry),
    };
  }

  /** @param {Line[]} lines */
  async withButtons(lines) {
    if (!lines.some((line) => line.type === "template")) return lines;
    this.quickReplies ??= quickReplies((await this.call("GET", "templates")).templates);
    for (const line of lines) {
      if (line.type === "template" && line.content) line.content.buttons = this.quickReplies.get(line.content.name) ?? [];
    }
    return lines;
  }

  /** @param {number} id @param {Json} body */
  customerSends(id, body) {
    return this.call("POST", `customers/${id}/messages`, body);
  }

  /** @param {number} id @param {Json} body */
  ownerSends(id, body) {
    return this.call("POST", "owner/messages", { ...body, customer: id });
  }

  /** @param {string} name @param {string} phone @returns {Promise<number>} */
  async addCustomer(name, phone) {
    return (await this.call("POST", "customers", phone ? { name, phone } : { name, phone: drawnPhone() })).id;
  }

  /** @param {number} seconds */
  advance(seconds) {
    return this.call("POST", "clock", { advance_s: seconds });
  }

  /** @param {string} name @param {Fault["mode"]} mode @param {number} value */
  arm(name, mode, value) {
    return this.call("POST", "faults", { name, mode, value });
  }

  calm() {
    return this.call("DELETE", "faults");
  }

  /**
   * Listens for changes, and goes on listening.
   * @param {() => void} onChange
   * @param {() => void} onGone
   */
  listen(onChange, onGone) {
    const source = new EventSource(`${BASE}/events`);
    source.addEventListener("changed", onChange);
    source.addEventListener("error", () => {
      onGone();
      // Most breaks the browser mends by itself; after a refusal it gives up, and this begins anew.
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(() => this.listen(onChange, onGone), LISTEN_AGAIN_MS);
    });
    // A page that goes away closes its ear, so that the browser reports no broken connection.
    addEventListener("pagehide", () => source.close(), { once: true });
  }
}

/** A number for somebody whose number does not matter; drawn, so that two people seldom share one. */
function drawnPhone() {
  const digits = String(Math.floor(Math.random() * 1e7)).padStart(7, "0");
  return `+55 11 99${digits.slice(0, 3)}-${digits.slice(3)}`;
}

/**
 * @param {Json} customer
 * @param {string} number
 * @returns {Customer}
 */
function toCustomer(customer, number) {
  const chat = customer.chats.find((/** @type {Json} */ one) => one.number === number);
  return {
    id: customer.id,
    name: customer.name,
    phone: customer.hides_phone ? "" : customer.phone ?? "",
    windowUntil: chat?.window_until ?? null,
    typing: chat?.typing ?? false,
    last: chat?.last ?? null,
    customerLines: null,
    ownerLines: null,
  };
}

/** @param {Json} fault @returns {Fault} */
function toFault(fault) {
  return { name: fault.name, what: fault.description, mode: fault.mode, value: fault.value ?? 0, struck: fault.struck };
}

/** @param {Json} entry @returns {Entry} */
function toEntry(entry) {
  if (entry.kind === "call") {
    const code = entry.code === null ? [] : [String(entry.code)];
    const trouble = entry.status === 0 || entry.status >= 400 || entry.faults.length > 0;
    const details = [...code, ...entry.faults];
    return { key: `c${entry.at}${entry.call}`, kind: "call", at: entry.at, title: entry.call, details, search: "", status: entry.status, trouble, waiting: false, attempt: 1 };
  }
  const waiting = entry.answered_at === null;
  /** @type {string[][]} */
  const items = entry.items.map((/** @type {string} */ item) => item.split(":"));
  const whats = items.map(([what, , state]) => [what, state].filter(Boolean).join(" "));
  // Ids are long and start alike; the end tells them apart, before the padding. The filter finds the whole.
  const ends = items.map(([, id]) => (id ? `…${id.replace(/A?=*$/, "").slice(-6)}` : "")).filter(Boolean);
  return {
    key: `w${entry.post}.${entry.attempt}`,
    kind: "webhook",
    at: entry.at,
    title: [...new Set(whats)].join(", ") || "webhook",
    details: [...new Set(ends)],
    search: `${entry.items.join(" ")} ${entry.url}`,
    status: entry.status,
    trouble: !waiting && entry.status !== 200,
    waiting,
    attempt: entry.attempt,
  };
}

/** @param {Json[]} templates @returns {Map<string, string[]>} */
function quickReplies(templates) {
  const texts = new Map();
  for (const template of templates) {
    const buttons = (template.components ?? []).find((/** @type {Json} */ part) => part.type === "BUTTONS")?.buttons ?? [];
    texts.set(template.name, buttons.filter((/** @type {Json} */ button) => button.type === "QUICK_REPLY").map((/** @type {Json} */ button) => button.text));
  }
  return texts;
}
