// Shows what went wrong or right, one at a time, at the top. In: a sentence. Out: a notice that can be closed;
// good news goes away by itself, trouble stays until it is closed or over. Deliberately absent: what to say.
// Next: actions.js.
import { byId, el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./text.js";

/** Long enough to read twice. */
const GOOD_NEWS_MS = 5000;

export class Notices {
  constructor() {
    this.place = byId("notices");
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.lasting = false;
  }

  /** @param {string} text */
  info(text) {
    this.show(text, "good");
    this.timer = setTimeout(() => this.clear(), GOOD_NEWS_MS);
  }

  /** @param {string} text */
  trouble(text) {
    this.show(text, "bad");
  }

  /** Says that the connection is gone, until `back`. @param {string} text */
  gone(text) {
    if (this.lasting) return;
    this.show(text, "bad");
    this.lasting = true;
  }

  back() {
    if (this.lasting) this.info(t("error.back"));
  }

  /** @param {string} text @param {string} tone */
  show(text, tone) {
    clearTimeout(this.timer);
    this.lasting = false;
    const close = el("button", { type: "button", class: "round small", "aria-label": t("error.close"), onclick: () => this.clear() }, icon("close"));
    fill(this.place, el("div", { class: `notice ${tone}` }, icon(tone === "bad" ? "warning" : "check"), el("p", {}, text), close));
  }

  clear() {
    clearTimeout(this.timer);
    this.lasting = false;
    fill(this.place);
  }
}
