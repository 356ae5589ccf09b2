// Says things in the chosen language. In: a key and values. Out: a sentence, a date, a time. A key missing in
// English falls back to Portuguese; a key missing in both shows itself, so that a test sees it. Deliberately
// absent: the sentences. Next: text-pt.js, text-en.js.
import { lang } from "./prefs.js";
import { EN } from "./text-en.js";
import { PT } from "./text-pt.js";

/** The demo's number is Brazilian; its calendar days are those of Brasília wherever the browser is. */
const ZONE = "America/Sao_Paulo";

/**
 * @param {string} key
 * @param {Record<string, string | number>} [values] fill `{name}`
 * @returns {string}
 */
export function t(key, values = {}) {
  const table = lang() === "en" ? EN : PT;
  const sentence = table[key] ?? PT[key] ?? key;
  return sentence.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

const locale = () => (lang() === "en" ? "en-GB" : "pt-BR");

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/**
 * Formatters are dear to make and a long log asks for thousands.
 * @param {string} name
 * @param {Intl.DateTimeFormatOptions} options
 */
function format(name, options) {
  const key = `${locale()}:${name}`;
  let made = formats.get(key);
  if (!made) formats.set(key, (made = new Intl.DateTimeFormat(locale(), { timeZone: ZONE, ...options })));
  return made;
}

/** @param {number} ms */
export const hour = (ms) => format("hour", { hour: "2-digit", minute: "2-digit" }).format(ms);

/** @param {number} ms */
export const second = (ms) =>
  format("second", { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(ms);

/** @param {number} ms */
export const date = (ms) =>
  format("date", { weekday: "short", day: "numeric", month: "short", year: "numeric" }).format(ms);

/** A key that is equal for two times of the same day. @param {number} ms */
export const dayKey = (ms) => format("key", { year: "numeric", month: "2-digit", day: "2-digit" }).format(ms);

/**
 * The name of a day as a chat shows it.
 * @param {number} ms
 * @param {number} now
 */
export function day(ms, now) {
  if (dayKey(ms) === dayKey(now)) return t("today");
  if (dayKey(ms) === dayKey(now - 86_400_000)) return t("yesterday");
  return format("day", { day: "numeric", month: "long", year: "numeric" }).format(ms);
}
