// The bar on top: whose page this is, the virtual clock with its buttons, language and theme. In: the store's
// time. Out: wishes to move the clock; the language and theme of this browser. Deliberately absent: the phones.
// Next: prefs.js.
import { byId, el, fill, say, set } from "./dom.js";
import { icon } from "./icons.js";
import { lang, setLang, setTheme, theme } from "./prefs.js";
import { date, hour, second, t } from "./text.js";

/** @type {["min" | "hour" | "day", number][]} */
const STEPS = [
  ["min", 60],
  ["hour", 3600],
  ["day", 86_400],
];
/** @type {Record<import("./prefs.js").Theme, import("./prefs.js").Theme>} */
const AFTER = { auto: "light", light: "dark", dark: "auto" };
const SYMBOL = { auto: "auto", light: "sun", dark: "moon" };

export class Bar {
  /**
   * @param {import("./store.js").Store} store
   * @param {import("./actions.js").Actions} actions
   * @param {() => void} onLanguage everything is to be written again
   */
  constructor(store, actions, onLanguage) {
    this.store = store;
    this.actions = actions;
    this.title = el("h1", {});
    this.subtitle = el("p", {});
    this.time = el("span", { class: "time" });
    this.date = el("span", {});
    this.zone = el("span", { class: "zone" });
    this.steps = STEPS.map(([name, seconds]) => el("button", { type: "button", class: "soft", "data-step": name, onclick: () => void this.advance(name, seconds) }));
    this.clock = el("section", { class: "clock" }, el("p", { class: "dial" }, this.time, el("span", { class: "date" }, this.date, this.zone)), el("div", { class: "steps" }, ...this.steps));
    this.lang = el("button", { type: "button", class: "soft", id: "lang", onclick: () => this.switchLanguage(onLanguage) });
    this.theme = el("button", { type: "button", class: "round", id: "theme", onclick: () => this.switchTheme() });
    const mark = el("img", { src: "assets/mark.svg", alt: "", width: 36, height: 36 });
    byId("bar").append(
      el("div", { class: "brand" }, mark, el("div", {}, this.title, this.subtitle)),
      this.clock,
      el("div", { class: "choices" }, this.lang, this.theme),
    );
    // The face moves on by itself between two snapshots.
    setInterval(() => this.tick(), 1000);
    store.subscribe(() => this.tick());
  }

  relabel() {
    fill(this.title, "Ponte ", el("span", {}, t("title")));
    say(this.subtitle, t("subtitle"));
    document.title = `${t("title")} · Ponte`;
    set(this.clock, { "aria-label": t("clock.label") });
    STEPS.forEach(([name], place) => {
      const button = this.steps[place];
      if (!button) return;
      const label = t("clock.advance", { span: t(`clock.${name}.long`) });
      say(button, t(`clock.${name}`));
      set(button, { "aria-label": label, title: label });
    });
    say(this.lang, t("lang.switch"));
    set(this.lang, { "aria-label": t("lang.label"), lang: lang() === "en" ? "pt-BR" : "en" });
    this.drawTheme();
    this.tick();
  }

  tick() {
    if (!this.store.world) return;
    say(this.time, second(this.store.now()));
    say(this.date, date(this.store.now()));
    say(this.zone, ` · ${t("clock.zone")}`);
  }

  /** @param {string} name @param {number} seconds */
  async advance(name, seconds) {
    if (!(await this.actions.advance(seconds))) return;
    this.actions.notices.info(t("clock.moved", { span: t(`clock.${name}.long`), time: `${date(this.store.now())}, ${hour(this.store.now())}` }));
  }

  /** @param {() => void} onLanguage */
  switchLanguage(onLanguage) {
    setLang(lang() === "en" ? "pt" : "en");
    onLanguage();
  }

  switchTheme() {
    setTheme(AFTER[theme()]);
    this.drawTheme();
  }

  drawTheme() {
    const label = t(`theme.${theme()}`);
    set(this.theme, { "aria-label": label, title: label, "data-theme-now": theme() });
    fill(this.theme, icon(SYMBOL[theme()]));
  }
}
