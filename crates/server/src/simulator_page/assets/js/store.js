// Keeps the world as last heard, and what this person looks at. In: snapshots from the API, choices. Out: a
// call to every part of the page after each change. Deliberately absent: the network and the drawing.
// Next: api.js, main.js.

/** @typedef {import("./types.js").World} World */
/** @typedef {import("./types.js").Customer} Customer */

export class Store {
  constructor() {
    /** @type {World | null} */
    this.world = null;
    /** The customer whose phone is on the left. @type {number | null} */
    this.customerId = null;
    /** The chat open on the owner's phone; null shows the list. @type {number | null} */
    this.openId = null;
    /** Whether the owner's phone has been steered by hand; until then it follows the customer. */
    this.steered = false;
    /** Microseconds of the newest line seen per customer on the owner's phone. @type {Map<number, number>} */
    this.seen = new Map();
    /** When the snapshot came, on the browser's own clock. */
    this.heardAt = 0;
    /** Asks for what came on screen. */
    this.onLook = () => {};
    /** @type {Set<() => void>} */
    this.listeners = new Set();
  }

  /** @param {() => void} listener */
  subscribe(listener) {
    this.listeners.add(listener);
  }

  changed() {
    const open = this.customer(this.openId);
    if (open?.last) this.seen.set(open.id, open.last.at);
    for (const listener of this.listeners) listener();
  }

  /** @param {World} world */
  hear(world) {
    const first = this.world === null;
    // Chats that were not fetched this time keep what is known of them.
    for (const customer of world.customers) {
      const before = this.customer(customer.id);
      customer.customerLines ??= before?.customerLines ?? null;
      customer.ownerLines ??= before?.ownerLines ?? null;
    }
    this.world = world;
    this.heardAt = performance.now();
    if (first) for (const { id, last } of world.customers) if (last) this.seen.set(id, last.at);
    if (this.customerId === null || !this.customer(this.customerId)) this.customerId = newest(world.customers)?.id ?? null;
    if (this.openId === null && !this.steered) this.openId = this.customerId;
    this.changed();
  }

  /** Milliseconds in the virtual world, moving on between snapshots. */
  now() {
    if (!this.world) return Date.now();
    return this.world.now / 1000 + (performance.now() - this.heardAt);
  }

  /** @param {number | null} id @returns {Customer | undefined} */
  customer(id) {
    return this.world?.customers.find((customer) => customer.id === id);
  }

  /** Another person takes the left phone; an open chat on the right follows. @param {number} id */
  pick(id) {
    this.customerId = id;
    if (this.openId !== null || !this.steered) this.openId = id;
    this.changed();
    this.onLook();
  }

  /** The owner opens a chat or, with null, goes back to the list. @param {number | null} id */
  open(id) {
    this.steered = true;
    this.openId = id;
    if (id !== null) this.customerId = id;
    this.changed();
    this.onLook();
  }

  /** Whether the owner has not looked since the customer's last word. @param {Customer} customer */
  unread(customer) {
    return customer.last?.from === "customer" && customer.last.at > (this.seen.get(customer.id) ?? 0);
  }

  /** The customers whose conversation is on a screen. */
  onScreen() {
    return [this.customerId, this.openId];
  }
}

/** Whoever was last in touch, else the first. @param {Customer[]} customers */
function newest(customers) {
  return byRecency(customers)[0];
}

/** @param {Customer[]} customers */
export function byRecency(customers) {
  return [...customers].sort((a, b) => (b.last?.at ?? 0) - (a.last?.at ?? 0) || a.id - b.id);
}
