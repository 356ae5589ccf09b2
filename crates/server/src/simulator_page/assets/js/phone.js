// The frame of a phone: status bar, header, screen, row for writing. In: what stands in each part. Out: nodes to
// update. Deliberately absent: whose phone it is. Next: customer.js, owner.js.
import { el, fill, say } from "./dom.js";
import { icon } from "./icons.js";
import { hour } from "./text.js";

export class Phone {
  /** @param {string} tone class that gives the phone its colour */
  constructor(tone) {
    this.clock = el("span", { class: "status-time" });
    const status = el("div", { class: "status", "aria-hidden": "true" }, this.clock, el("span", { class: "camera" }), el("span", { class: "signal" }));
    status.lastElementChild?.append(el("i"), el("i"), el("i"), el("b"));
    this.header = el("header", { class: "top" });
    this.screen = el("div", { class: "screen" });
    this.node = el("div", { class: `phone ${tone}` }, el("div", { class: "glass" }, status, this.header, this.screen));
  }

  /** @param {number} now milliseconds */
  tick(now) {
    say(this.clock, hour(now));
  }

  /**
   * @param {HTMLElement | null} picture
   * @param {string} title
   * @param {string} subtitle
   * @param {{label: string, press: () => void} | null} back
   * @param {boolean} typing
   */
  head(picture, title, subtitle, back, typing) {
    // Drawn again only when it differs: the back button may have the focus.
    const print = JSON.stringify([picture?.className, picture?.textContent, title, subtitle, back?.label, typing]);
    if (this.header.dataset.print === print) return;
    const focused = this.header.contains(document.activeElement);
    this.header.dataset.print = print;
    const button = back && el("button", { type: "button", class: "round back", "aria-label": back.label, title: back.label, onclick: back.press }, icon("back"));
    const words = el("div", { class: "top-words" }, el("h3", {}, title), el("p", { class: typing ? "typing" : "" }, subtitle));
    fill(this.header, button, picture, words);
    if (focused) button?.focus();
  }
}
