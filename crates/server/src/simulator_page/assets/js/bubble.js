// Draws one message on one phone: bubble, author, quote, time, ticks, reactions and the menu of what can be
// done with it. In: a line, whose phone it is, what to do on each action. Out: an element that carries the
// fingerprint of what it shows. Deliberately absent: order and days. Next: chat.js.
import { body, gist, rich } from "./content.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { hour, t } from "./text.js";

/** @typedef {import("./types.js").Line} Line */
/** @typedef {import("./types.js").Side} Side */

/**
 * @typedef {object} View What a bubble needs besides its line.
 * @property {Side} me whose phone
 * @property {string} customerName
 * @property {(id: string) => Line | undefined} find
 * @property {import("./content.js").Tap | null} tap
 * @property {(line: Line) => void} reply
 * @property {(line: Line, emoji: string | null) => void} react
 * @property {((line: Line) => void)} edit
 * @property {((line: Line) => void)} revoke
 */

const EMOJI = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

/** Everything a bubble shows, so that an unchanged one is left alone. @param {Line} line @param {View} view */
export function fingerprint(line, view) {
  const quoted = line.quoted ? view.find(line.quoted) : undefined;
  return JSON.stringify([line.ticks, line.text, line.edited, line.revoked, line.reactions, quoted && gist(quoted), view.customerName]);
}

/**
 * @param {Line} line
 * @param {View} view
 * @returns {HTMLElement}
 */
export function bubble(line, view) {
  const mine = isMine(line, view);
  if (line.type === "system") {
    return el("li", { class: "system", "data-id": line.id }, el("p", {}, line.text || t("kind.system")));
  }
  const author = !mine || view.me === "phone_app" ? authorName(line, view) : "";
  const shown = line.revoked
    ? [el("p", { class: "faint gone" }, icon("blocked"), t("mark.revoked"))]
    : body(line, mine ? null : view.tap);
  const content = el(
    "div",
    { class: `bubble kind-${line.type}` },
    view.me === "phone_app" && mine && el("p", { class: `author ${line.from}` }, line.from === "api" && icon("spark"), author),
    quote(line, view),
    ...shown,
    foot(line, mine),
  );
  const label = `${authorName(line, view)}, ${hour(line.at / 1000)}: ${gist(line)}`;
  const item = el("li", { class: `line ${mine ? "mine" : "theirs"}`, "data-id": line.id, tabindex: "-1", "aria-label": label }, content);
  if (!line.revoked) item.append(menu(line, view));
  if (line.reactions.length > 0 && !line.revoked) {
    item.append(el("p", { class: "reactions", "aria-label": line.reactions.map((one) => t("kind.reaction", { emoji: one.emoji })).join(", ") }, el("span", {}, line.reactions.map((one) => one.emoji).join(""))));
  }
  return item;
}

/** @param {Line} line @param {View} view */
const isMine = (line, view) => (view.me === "customer") === (line.from === "customer");

/** @param {Line} line @param {View} view */
export function authorName(line, view) {
  if (line.from === "customer") return view.me === "customer" ? t("from.me") : view.customerName;
  if (view.me === "customer") return t("from.phone_app");
  return line.from === "api" ? t("from.api") : t("from.me");
}

/** @param {Line} line @param {View} view */
function quote(line, view) {
  if (!line.quoted || line.revoked) return null;
  const quoted = view.find(line.quoted);
  const words = quoted ? [el("strong", {}, authorName(quoted, view)), el("span", {}, ...rich(gist(quoted)))] : [el("span", {}, t("mark.quoted.gone"))];
  return el("div", { class: "quote" }, ...words);
}

/** @param {Line} line @param {boolean} mine */
function foot(line, mine) {
  const ms = line.at / 1000;
  const marks = [line.edited && !line.revoked && el("span", {}, t("mark.edited")), el("time", { datetime: new Date(ms).toISOString() }, hour(ms))];
  if (mine && !line.revoked) marks.push(ticks(line));
  return el("p", { class: "foot" }, ...marks);
}

/** @param {Line} line */
function ticks(line) {
  const symbol = { accepted: "clock", sent: "check", delivered: "double", read: "double", played: "double", failed: "warning" }[line.ticks];
  const words = t(`tick.${line.ticks}`);
  return el("span", { class: `ticks ${line.ticks}`, role: "img", "aria-label": words, title: words }, icon(symbol));
}

/**
 * The menu is a disclosure beside the bubble: quiet until the bubble is pointed at or focused.
 * @param {Line} line
 * @param {View} view
 */
function menu(line, view) {
  const mark = el("summary", { "aria-label": t("menu.label"), title: t("menu.label"), tabindex: "-1" }, icon("more"));
  const box = el("details", { class: "menu" }, mark);
  /** @param {() => void} act */
  const close = (act) => () => {
    box.open = false;
    act();
  };
  const own = line.reactions.find((one) => (one.by === "customer") === (view.me === "customer"))?.emoji;
  const faces = EMOJI.map((emoji) => {
    const chosen = own === emoji;
    const label = chosen ? t("menu.unreact") : t("menu.react", { emoji });
    return el("button", { type: "button", class: "face", "aria-label": label, "aria-pressed": String(chosen), onclick: close(() => view.react(line, chosen ? null : emoji)) }, emoji);
  });
  const items = [action("reply", "menu.reply", close(() => view.reply(line)))];
  if (line.from === view.me && line.type === "text") items.push(action("edit", "menu.edit", close(() => view.edit(line))));
  if (line.from === view.me) items.push(action("trash", "menu.revoke", close(() => view.revoke(line))));
  box.append(el("div", { class: "menu-box" }, el("div", { class: "faces" }, ...faces), ...items));
  return box;
}

/**
 * @param {string} symbol
 * @param {string} key
 * @param {() => void} act
 */
const action = (symbol, key, act) => el("button", { type: "button", onclick: act }, icon(symbol), t(key));
