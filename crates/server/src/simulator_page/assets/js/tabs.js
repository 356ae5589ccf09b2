// The tabs: on a narrow screen the parts of the page one at a time, on a wide one only log and faults beside the
// phones. In: clicks and arrow keys. Out: a class on the chosen panel that CSS obeys. Deliberately absent: content.
// Next: css/layout.css.
import { el, fill, set } from "./dom.js";
import { t } from "./text.js";

export class Tabs {
  /**
   * @param {HTMLElement} place where the buttons stand
   * @param {{name: string, panel: HTMLElement}[]} tabs
   * @param {string} mark the class of the chosen panel
   * @param {(name: string) => void} [onShow]
   */
  constructor(place, tabs, mark, onShow) {
    this.tabs = tabs;
    this.chosen = mark;
    this.onShow = onShow;
    this.list = el("div", { role: "tablist", class: "tablist" });
    this.buttons = tabs.map(({ name, panel }) => {
      const id = `tab-${place.id}-${name}`;
      const button = el("button", { type: "button", role: "tab", id, "data-name": name, "aria-controls": panel.id, onclick: () => this.show(name) });
      return button;
    });
    this.list.append(...this.buttons);
    place.append(this.list);
    this.list.addEventListener("keydown", (event) => this.walk(event));
    this.current = tabs[0]?.name ?? "";
  }

  relabel() {
    set(this.list, { "aria-label": t("tabs.label") });
    for (const button of this.buttons) this.mark(button.dataset.name ?? "", 0);
    this.show(this.current);
  }

  /** A number beside the name. @param {string} name @param {number} count */
  mark(name, count) {
    const button = this.buttons.find((one) => one.dataset.name === name);
    if (!button || button.dataset.print === `${t(`tab.${name}`)}${count}`) return;
    button.dataset.print = `${t(`tab.${name}`)}${count}`;
    fill(button, t(`tab.${name}`), count > 0 && el("b", { class: "count", "aria-label": t("tab.unread", { count }) }, count));
  }

  /** @param {string} name */
  show(name) {
    this.current = name;
    for (const button of this.buttons) {
      const chosen = button.dataset.name === name;
      set(button, { "aria-selected": String(chosen), tabindex: chosen ? "0" : "-1" });
    }
    for (const tab of this.tabs) tab.panel.classList.toggle(this.chosen, tab.name === name);
    this.onShow?.(name);
  }

  /** @param {KeyboardEvent} event */
  walk(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = this.tabs.findIndex((tab) => tab.name === this.current);
    const next = this.tabs[(at + step + this.tabs.length) % this.tabs.length];
    if (!next) return;
    this.show(next.name);
    this.buttons.find((button) => button.dataset.name === next.name)?.focus();
  }
}
