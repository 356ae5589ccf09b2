// The log beside the phones: webhooks that left, calls that came, what became of each. In: the entries of the
// world, newest first. Out: nothing. Deliberately absent: bodies; people read chats on the phones. Next: store.js.
import { el, fill, say, set } from "./dom.js";
import { icon } from "./icons.js";
import { second, t } from "./text.js";

/** @typedef {import("./types.js").Entry} Entry */

const KINDS = ["all", "webhook", "call", "trouble"];
/** More rows help nobody and slow the page; the filter looks through all entries. */
const ROWS = 120;

export class Log {
  /**
   * @param {HTMLElement} place
   * @param {import("./store.js").Store} store
   */
  constructor(place, store) {
    this.store = store;
    this.kind = "all";
    this.filter = el("input", { type: "search", id: "log-filter", oninput: () => this.draw() });
    this.chips = KINDS.map((kind) => el("button", { type: "button", class: "chip", "data-kind": kind, onclick: () => this.choose(kind) }));
    this.rows = el("ol", { class: "scroll log", tabindex: "0" });
    this.hint = el("p", { class: "help" });
    place.append(el("div", { class: "tools" }, this.filter, el("div", { class: "chips" }, ...this.chips)), this.rows, this.hint);
    store.subscribe(() => this.draw());
  }

  relabel() {
    set(this.filter, { placeholder: t("log.placeholder"), "aria-label": t("log.filter") });
    set(this.rows, { "aria-label": t("log.title") });
    for (const chip of this.chips) say(chip, t(`log.${chip.dataset.kind}`));
    say(this.hint, t("reset.hint"));
    this.rows.dataset.print = "";
  }

  /** @param {string} kind */
  choose(kind) {
    this.kind = kind;
    this.draw();
  }

  draw() {
    for (const chip of this.chips) set(chip, { "aria-pressed": String(chip.dataset.kind === this.kind) });
    const all = this.store.world?.log ?? [];
    const wanted = this.filter.value.trim().toLowerCase();
    const rows = all.filter((entry) => this.fits(entry, wanted)).slice(0, ROWS);
    const print = rows.map((entry) => `${entry.key}:${entry.status}:${entry.waiting}`).join();
    if (this.rows.dataset.print === print && rows.length > 0) return;
    this.rows.dataset.print = print;
    if (rows.length === 0) fill(this.rows, el("li", { class: "hint" }, all.length === 0 ? t("log.empty") : t("log.none")));
    else fill(this.rows, ...rows.map(row));
  }

  /** @param {Entry} entry @param {string} wanted */
  fits(entry, wanted) {
    if (this.kind === "trouble" ? !entry.trouble : this.kind !== "all" && entry.kind !== this.kind) return false;
    return !wanted || [entry.title, entry.search, entry.status, ...entry.details].join(" ").toLowerCase().includes(wanted);
  }
}

/** @param {Entry} entry */
function row(entry) {
  const way = t(entry.kind === "webhook" ? "log.out" : "log.in");
  const details = [...entry.details, entry.attempt > 1 ? t("log.attempt", { count: entry.attempt }) : ""].filter(Boolean);
  return el(
    "li",
    { class: `entry ${entry.kind}` },
    el("span", { class: "way", title: way }, icon(entry.kind === "webhook" ? "out" : "in"), el("span", { class: "sr" }, way)),
    el("div", { class: "entry-words" }, el("p", { title: entry.title }, entry.title), details.length > 0 && el("small", {}, details.join(" · "))),
    el("time", {}, second(entry.at / 1000)),
    el("span", { class: `outcome ${entry.trouble ? "bad" : entry.waiting ? "wait" : "good"}` }, outcome(entry)),
  );
}

/** @param {Entry} entry */
function outcome(entry) {
  if (entry.waiting) return t("log.waiting");
  if (entry.status === null) return t("log.noanswer");
  return entry.status === 0 ? t("log.cut") : String(entry.status);
}
