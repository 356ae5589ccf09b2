// The shapes the page works with, for the type checker and the reader. In: nothing. Out: nothing at run time.
// Deliberately absent: code. The same shapes leave the simulator's API; api.js says where each is fetched.
// Next: api.js.

/** @typedef {"customer" | "api" | "phone_app"} Side */
/** @typedef {"accepted" | "sent" | "delivered" | "read" | "played" | "failed"} Ticks */
/** @typedef {{by: Side, emoji: string}} Reaction */
/** @typedef {any} Json Content of a kind the page may not know; every reader checks what it takes. */

/**
 * @typedef {object} Line A message as both phones show it.
 * @property {string} id
 * @property {Side} from
 * @property {string} type
 * @property {string} text what a person would read
 * @property {Json} content the object under the type's name
 * @property {number} at microseconds
 * @property {Ticks} ticks
 * @property {string | null} quoted
 * @property {boolean} edited
 * @property {boolean} revoked
 * @property {Reaction[]} reactions
 */

/**
 * @typedef {object} Customer
 * @property {number} id
 * @property {string} name
 * @property {string} phone as people write it; may be empty
 * @property {number | null} windowUntil microseconds
 * @property {boolean} typing the business shows "typing" to this customer
 * @property {Line | null} last
 * @property {Line[] | null} customerLines what the customer's phone shows, oldest first; null until fetched
 * @property {Line[] | null} ownerLines the same of the owner's phone
 */

/**
 * @typedef {object} Fault
 * @property {string} name
 * @property {string} what the simulator's English sentence
 * @property {"off" | "always" | "next" | "per-mille"} mode
 * @property {number} value how many times, or thousandths
 * @property {number} struck
 */

/**
 * @typedef {object} Entry A line of the log.
 * @property {string} key
 * @property {"webhook" | "call"} kind
 * @property {number} at microseconds
 * @property {string} title
 * @property {string[]} details
 * @property {string} search more words the filter finds
 * @property {number | null} status null: not answered yet, or never
 * @property {boolean} trouble
 * @property {boolean} waiting
 * @property {number} attempt
 */

/**
 * @typedef {object} World
 * @property {number} now microseconds
 * @property {{id: string, name: string, display: string}} number the business number both phones are about
 * @property {Customer[]} customers
 * @property {Fault[]} faults
 * @property {Entry[]} log newest first
 */

export {};
