// The switches that make things go wrong on purpose. In: the faults with their counters. Out: wishes to arm one,
// once or always, and to calm everything. Deliberately absent: the sentences. Next: fault-text.js.
import { el, fill, say, set } from "./dom.js";
import { groupOf, ORDER, placeOf, sentenceOf } from "./fault-text.js";
import { t } from "./text.js";

/** @typedef {import("./types.js").Fault} Fault */
/** @typedef {{row: HTMLElement, state: HTMLElement, toggle: HTMLButtonElement, once: HTMLButtonElement, count: HTMLElement}} Row */

export class Faults {
  /**
   * @param {HTMLElement} place
   * @param {import("./store.js").Store} store
   * @param {import("./actions.js").Actions} actions
   */
  constructor(place, store, actions) {
    this.store = store;
    this.actions = actions;
    this.help = el("p", { class: "help" });
    this.armed = el("span", { class: "armed", "aria-live": "polite" });
    this.off = el("button", { type: "button", class: "strong", id: "faults-off", onclick: () => void actions.calm() });
    this.filter = el("input", { type: "search", id: "fault-filter", oninput: () => this.sift() });
    this.groups = el("div", { class: "scroll", tabindex: "0" });
    /** @type {Map<string, Row>} */
    this.rows = new Map();
    place.append(this.help, el("div", { class: "tools" }, this.filter, this.armed, this.off), this.groups);
    store.subscribe(() => this.draw());
  }

  relabel() {
    say(this.help, t("faults.help"));
    say(this.off, t("faults.off"));
    set(this.filter, { placeholder: t("faults.filter"), "aria-label": t("faults.filter") });
    set(this.groups, { "aria-label": t("faults.title") });
    this.rows.clear();
    fill(this.groups);
  }

  draw() {
    const faults = this.store.world?.faults ?? [];
    if (this.rows.size !== faults.length) this.build(faults);
    const on = faults.filter((fault) => fault.mode !== "off").length;
    say(this.armed, on === 0 ? t("faults.none") : on === 1 ? t("faults.one") : t("faults.some", { count: on }));
    set(this.armed, { class: on > 0 ? "armed on" : "armed" });
    this.off.disabled = on === 0;
    for (const fault of faults) this.update(fault);
  }

  /** @param {Fault[]} faults */
  build(faults) {
    this.rows.clear();
    fill(this.groups);
    for (const group of ORDER) {
      const members = faults.filter((fault) => groupOf(fault.name) === group).sort((a, b) => placeOf(a.name) - placeOf(b.name));
      if (members.length === 0) continue;
      this.groups.append(el("section", { class: "group" }, el("h3", {}, t(`group.${group}`)), ...members.map((fault) => this.row(fault))));
    }
    this.sift();
  }

  /** @param {Fault} fault */
  row(fault) {
    const id = `fault-${fault.name}`;
    const toggle = el("button", { type: "button", class: "switch", role: "switch", "aria-labelledby": id, "data-fault": fault.name });
    toggle.addEventListener("click", () => void this.actions.arm(fault.name, toggle.getAttribute("aria-checked") === "true" ? "off" : "always", 0));
    const label = t("faults.once.label", { name: fault.name });
    const once = el("button", { type: "button", class: "soft small", "aria-label": label, title: label, onclick: () => void this.actions.arm(fault.name, "next", 1) }, t("faults.once"));
    const count = el("span", { class: "struck" });
    const state = el("small", { class: "mode" });
    const words = el("div", { class: "fault-words" }, el("p", { id }, sentenceOf(fault.name, fault.what)), el("p", { class: "name" }, el("code", {}, fault.name), state));
    const row = el("div", { class: "fault" }, toggle, words, count, once);
    this.rows.set(fault.name, { row, state, toggle, once, count });
    return row;
  }

  /** @param {Fault} fault */
  update(fault) {
    const row = this.rows.get(fault.name);
    if (!row) return;
    set(row.toggle, { "aria-checked": String(fault.mode !== "off") });
    row.row.classList.toggle("on", fault.mode !== "off");
    say(row.count, fault.struck > 0 ? t("faults.struck", { count: fault.struck }) : "");
    set(row.count, { title: fault.struck > 0 ? t("faults.struck.label", { count: fault.struck }) : null });
    say(row.state, modeText(fault));
  }

  /** Leaves only what is looked for. */
  sift() {
    const wanted = this.filter.value.trim().toLowerCase();
    for (const { row } of this.rows.values()) row.hidden = !(row.textContent ?? "").toLowerCase().includes(wanted);
    for (const group of this.groups.children) {
      if (group instanceof HTMLElement) group.hidden = !group.querySelector(".fault:not([hidden])");
    }
  }
}

/** @param {Fault} fault */
function modeText(fault) {
  if (fault.mode === "next") return fault.value === 1 ? t("faults.left") : t("faults.left.many", { count: fault.value });
  return fault.mode === "per-mille" ? t("faults.chance", { percent: fault.value / 10 }) : "";
}
