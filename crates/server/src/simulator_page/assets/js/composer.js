// The row at the bottom of a phone: attach, write, send; above it what is being answered or edited. In: what the
// person types. Out: message bodies as the simulator's API takes them. The text leaves the field only when it
// was accepted. Deliberately absent: the network. Next: chat.js.
import { gist } from "./content.js";
import { el, fill, set } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./text.js";

/** @typedef {import("./types.js").Line} Line */
/** @typedef {import("./types.js").Json} Json */

/** WhatsApp takes no longer text. */
const MAX_TEXT = 4096;
const SAMPLES = ["image", "voice", "video", "document", "sticker", "location", "contacts"];

export class Composer {
  /**
   * @param {string} id
   * @param {(body: Json) => Promise<boolean>} send true when accepted
   */
  constructor(id, send) {
    this.send = send;
    this.busy = false;
    /** @type {{mode: "reply" | "edit", line: Line, author: string} | null} */
    this.about = null;
    this.input = el("textarea", { id, rows: "1", maxlength: MAX_TEXT, autocomplete: "off", enterkeyhint: "send" });
    this.strip = el("div", { class: "about", hidden: true });
    this.button = el("button", { type: "submit", class: "round send" }, icon("send"));
    this.attach = el("details", { class: "attach" });
    const form = el("form", { class: "composer" }, this.attach, this.input, this.button);
    this.node = el("div", { class: "foot-of-phone" }, this.strip, form);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.submit();
    });
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("input", () => this.fit());
    this.attach.addEventListener("focusout", (event) => {
      if (!(event.relatedTarget instanceof Node && this.attach.contains(event.relatedTarget))) this.attach.open = false;
    });
    this.label("");
  }

  /** Writes everything again in the current language. @param {string} label */
  label(label) {
    set(this.input, { "aria-label": label, placeholder: label, title: t("input.keys") });
    set(this.button, { "aria-label": t("input.send"), title: t("input.send") });
    if (this.attach.lang === document.documentElement.lang && this.attach.childElementCount > 0) return;
    this.attach.lang = document.documentElement.lang;
    const mark = el("summary", { class: "round", "aria-label": t("input.attach"), title: t("input.attach") }, icon("plus"));
    const kinds = SAMPLES.map((kind) =>
      el("button", { type: "button", onclick: () => void this.sample(kind) }, icon(kind === "voice" ? "audio" : kind), t(`kind.${kind}`)),
    );
    fill(this.attach, mark, el("div", { class: "menu-box" }, ...kinds));
    this.showAbout();
  }

  /** @param {Line} line @param {string} author */
  reply(line, author) {
    this.about = { mode: "reply", line, author };
    this.showAbout();
    this.input.focus();
  }

  /** @param {Line} line */
  edit(line) {
    this.about = { mode: "edit", line, author: "" };
    this.input.value = line.text;
    this.showAbout();
    this.fit();
    this.input.focus();
  }

  /** Puts a suggestion into the field. @param {string} text */
  suggest(text) {
    this.input.value = text;
    this.fit();
    this.input.focus();
  }

  stop() {
    if (this.about?.mode === "edit") this.input.value = "";
    this.about = null;
    this.showAbout();
    this.fit();
  }

  showAbout() {
    this.strip.hidden = !this.about;
    if (!this.about) return fill(this.strip);
    const title = this.about.mode === "edit" ? t("input.edit") : t("input.quote", { name: this.about.author });
    const words = el("span", { class: "card-words" }, el("strong", {}, title), el("small", {}, gist(this.about.line)));
    const stop = el("button", { type: "button", class: "round small", "aria-label": t("input.stop"), onclick: () => this.stop() }, icon("close"));
    return fill(this.strip, words, stop);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key === "Escape" && this.about) {
      this.stop();
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      void this.submit();
    }
  }

  async submit() {
    const text = this.input.value.trim();
    if (!text || this.busy) return;
    const about = this.about;
    const body =
      about?.mode === "edit"
        ? { type: "edit", original_message_id: about.line.id, body: text }
        : { type: "text", body: text, reply_to: about?.line.id ?? null };
    if (!(await this.hand(body))) return;
    this.input.value = "";
    this.about = null;
    this.showAbout();
    this.fit();
  }

  /** @param {string} kind */
  async sample(kind) {
    this.attach.open = false;
    const body = { ...sampleOf(kind), reply_to: this.about?.line.id ?? null };
    if (await this.hand(body)) this.stop();
    this.input.focus();
  }

  /** One message at a time: a second Enter before the answer would send it twice. @param {Json} body */
  async hand(body) {
    this.busy = true;
    this.node.classList.add("busy");
    try {
      return await this.send(body);
    } finally {
      this.busy = false;
      this.node.classList.remove("busy");
    }
  }

  /** The field grows with the text; its height is CSS's business up to a limit. */
  fit() {
    const rows = Math.min(5, this.input.value.split("\n").length + Math.floor(this.input.value.length / 38));
    this.input.rows = Math.max(1, rows);
  }
}

/**
 * Something to send of each kind; the simulator makes up the file itself.
 * @param {string} kind
 * @returns {Json}
 */
function sampleOf(kind) {
  if (kind === "image") return { type: "image", caption: t("sample.image") };
  if (kind === "voice") return { type: "audio", voice: true, mime_type: "audio/ogg; codecs=opus" };
  if (kind === "document") return { type: "document", filename: t("sample.document") };
  if (kind === "location") {
    return { type: "location", latitude: -23.5505, longitude: -46.6333, name: t("sample.location"), address: t("sample.address"), url: null };
  }
  if (kind === "contacts") {
    const name = { formatted_name: "Bia Souza", first_name: "Bia" };
    return { type: "contacts", contacts: [{ name, phones: [{ phone: "+55 11 98888-0000", type: "CELL" }] }], origin: null };
  }
  return { type: kind };
}
