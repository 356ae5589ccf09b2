// Draws what a message says: text with WhatsApp's marks, cards for media and places, options to tap. In: a line
// and what a tap does. Out: nodes. Unknown kinds are named, never hidden. Deliberately absent: bubbles, ticks
// and quotes. Next: bubble.js.
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./text.js";

/** @typedef {import("./types.js").Line} Line */
/** @typedef {import("./types.js").Json} Json */
/** @typedef {(body: Json) => void} Tap sends the customer's choice; absent where nothing can be tapped */

const MEDIA = new Set(["image", "video", "audio", "document", "sticker"]);
/** Marks of bold, italic, struck and fixed-width text; a mark must hug its words. */
const MARKS = /(\*|_|~|```)(?=\S)([^\n]*?\S)\1/;
/** @type {Record<string, "strong" | "em" | "s" | "code">} */
const TAGS = { "*": "strong", _: "em", "~": "s", "```": "code" };

/**
 * Text with its marks, as nodes.
 * @param {string} text
 * @returns {Node[]}
 */
export function rich(text) {
  const found = MARKS.exec(text);
  const tag = found && TAGS[found[1] ?? ""];
  if (!found || !tag) return text ? [document.createTextNode(text)] : [];
  const before = text.slice(0, found.index);
  // snake_case and 2*3*4 are not marks.
  if (/[\p{L}\p{N}]$/u.test(before)) {
    const upto = found.index + 1;
    return [document.createTextNode(text.slice(0, upto)), ...rich(text.slice(upto))];
  }
  const inner = found[2] ?? "";
  const node = tag === "code" ? el("code", {}, inner) : el(tag, {}, ...rich(inner));
  return [...(before ? [document.createTextNode(before)] : []), node, ...rich(text.slice(found.index + found[0].length))];
}

/**
 * One line that stands for the message: in quotes, in the list of chats, for screen readers.
 * @param {Line} line
 * @returns {string}
 */
export function gist(line) {
  if (line.revoked) return t("mark.revoked");
  const kind = kindName(line);
  if (line.type === "text" || line.type === "button") return line.text;
  if (line.type === "interactive") return line.text || interactiveText(line.content) || kind;
  return line.text && line.type !== "reaction" ? `${kind}: ${line.text}` : kind;
}

/** @param {Line} line */
function kindName(line) {
  if (line.type === "audio" && line.content?.voice) return t("kind.voice");
  if (line.type === "template") return t("kind.template", { name: String(line.content?.name ?? "") });
  if (line.type === "reaction") return t("kind.reaction", { emoji: line.text });
  const known = ["text", "interactive", "location", "contacts", "order", "system", "unsupported", ...MEDIA];
  return known.includes(line.type) ? t(`kind.${line.type}`) : t("kind.unknown", { kind: line.type });
}

/** @param {Json} content */
function interactiveText(content) {
  return String(content?.body?.text ?? content?.button_reply?.title ?? content?.list_reply?.title ?? "");
}

/**
 * The whole body of a message.
 * @param {Line} line
 * @param {Tap | null} tap
 * @returns {Node[]}
 */
export function body(line, tap) {
  if (line.type === "text" || line.type === "button") return [paragraph(line.text)];
  if (MEDIA.has(line.type)) return media(line);
  if (line.type === "location") return [place(line.content)];
  if (line.type === "contacts") return [card("contacts", line.text || t("kind.contacts"), phoneOf(line.content))];
  if (line.type === "interactive") return interactive(line, tap);
  if (line.type === "template") return template(line, tap);
  if (line.type === "order") return [card("list", t("kind.order"), line.text)];
  if (line.type === "unsupported") return [el("p", { class: "faint" }, t("kind.unsupported"))];
  return [card("warning", kindName(line), line.text)];
}

/** @param {string} text */
const paragraph = (text) => el("p", { class: "text" }, ...rich(text));

/**
 * @param {string} symbol
 * @param {string} title
 * @param {string} [detail]
 */
function card(symbol, title, detail = "") {
  const words = el("span", { class: "card-words" }, el("strong", {}, title), detail && el("small", {}, detail));
  return el("div", { class: "card" }, el("span", { class: "card-icon" }, icon(symbol)), words);
}

/** @param {Line} line */
function media(line) {
  const content = line.content ?? {};
  const caption = String(content.caption ?? "");
  const under = caption ? [paragraph(line.edited ? line.text : caption)] : [];
  if (line.type === "audio") {
    const bars = el("span", { class: "wave", "aria-hidden": "true" });
    for (let bar = 0; bar < 22; bar += 1) bars.append(el("i", { class: `h${(bar * 7 + line.id.length * 3) % 5}` }));
    return [el("div", { class: "card voice" }, el("span", { class: "card-icon" }, icon("audio")), bars, el("small", {}, kindName(line)))];
  }
  if (line.type === "document") {
    const type = String(content.mime_type ?? "").split("/").pop() ?? "";
    return [card("document", String(content.filename ?? line.text ?? t("kind.document")), type.toUpperCase()), ...under];
  }
  const picture = el("div", { class: `picture ${line.type}`, role: "img", "aria-label": kindName(line) }, icon(line.type));
  return [picture, ...under];
}

/** @param {Json} content */
function place(content) {
  const at = `${Number(content?.latitude ?? 0).toFixed(4)}, ${Number(content?.longitude ?? 0).toFixed(4)}`;
  const words = el(
    "span",
    { class: "card-words" },
    el("strong", {}, String(content?.name ?? t("kind.location"))),
    el("small", {}, String(content?.address ?? at)),
  );
  return el("div", { class: "place-card" }, el("div", { class: "map", "aria-hidden": "true" }, icon("location")), words);
}

/** @param {Json} content */
const phoneOf = (content) => String(content?.[0]?.phones?.[0]?.phone ?? "");

/**
 * Buttons, lists, links and the answers to them.
 * @param {Line} line
 * @param {Tap | null} tap
 */
function interactive(line, tap) {
  const content = line.content ?? {};
  const action = content.action ?? {};
  if (/_reply$/.test(String(content.type ?? ""))) return [paragraph(line.text || interactiveText(content))];
  /** @type {(HTMLElement | null)[]} */
  const nodes = [header(content.header), paragraph(String(content.body?.text ?? line.text)), footer(content.footer?.text)];
  if (content.type === "button") {
    const options = (Array.isArray(action.buttons) ? action.buttons : []).map((/** @type {Json} */ button) => {
      const title = String(button?.reply?.title ?? "");
      return option(title, "reply", tap && (() => tap({ type: "button_reply", id: String(button.reply.id), title, reply_to: line.id })));
    });
    nodes.push(el("div", { class: "options" }, ...options));
  } else if (content.type === "list") {
    nodes.push(list(line, action, tap));
  } else if (content.type === "cta_url") {
    // A link would leave the machine, so it shows where it leads and goes nowhere.
    const parameters = action.parameters ?? {};
    nodes.push(el("div", { class: "options", title: String(parameters.url ?? "") }, option(String(parameters.display_text ?? parameters.url ?? ""), "link", null)));
  } else if (content.type === "location_request_message") {
    const answer = { type: "location", latitude: -23.5505, longitude: -46.6333, name: t("sample.location"), address: t("sample.address"), url: null, reply_to: line.id };
    nodes.push(el("div", { class: "options" }, option(t("kind.location"), "location", tap && (() => tap(answer)))));
  }
  return nodes.filter((node) => node !== null);
}

/** @param {Json} head */
function header(head) {
  if (!head) return null;
  return head.type === "text" ? el("p", { class: "head" }, String(head.text ?? "")) : el("div", { class: "picture small" }, icon(String(head.type)));
}

/** @param {unknown} text */
const footer = (text) => (text ? el("p", { class: "faint" }, String(text)) : null);

/**
 * @param {string} title
 * @param {string} symbol
 * @param {(() => void) | null} press
 */
function option(title, symbol, press) {
  return el("button", { type: "button", class: "option", disabled: !press, onclick: press ?? undefined }, icon(symbol), title);
}

/**
 * A list opens in place: a disclosure with its sections and rows.
 * @param {Line} line
 * @param {Json} action
 * @param {Tap | null} tap
 */
function list(line, action, tap) {
  const details = /** @type {HTMLDetailsElement} */ (el("details", { class: "options" }, el("summary", { class: "option" }, icon("list"), String(action.button ?? t("list.choose")))));
  for (const section of Array.isArray(action.sections) ? action.sections : []) {
    if (section?.title) details.append(el("p", { class: "list-head" }, String(section.title)));
    for (const row of Array.isArray(section?.rows) ? section.rows : []) {
      const title = String(row?.title ?? "");
      const description = row?.description ? String(row.description) : null;
      const press = () => {
        details.open = false;
        tap?.({ type: "list_reply", id: String(row.id), title, description, reply_to: line.id });
      };
      const words = el("span", { class: "card-words" }, el("strong", {}, title), description && el("small", {}, description));
      details.append(el("button", { type: "button", class: "row", disabled: !tap, onclick: press }, words));
    }
  }
  return details;
}

/**
 * A template as sent: its readable text, its name, its quick replies.
 * @param {Line} line
 * @param {Tap | null} tap
 */
function template(line, tap) {
  const nodes = [paragraph(line.text || kindName(line)), el("p", { class: "faint" }, kindName(line))];
  const shown = Array.isArray(line.content?.buttons) ? line.content.buttons : [];
  const buttons = shown.map((/** @type {Json} */ button) => {
    const text = String(button?.text ?? button ?? "");
    return option(text, "reply", tap && (() => tap({ type: "button", payload: String(button?.payload ?? text), text, reply_to: line.id })));
  });
  return buttons.length ? [...nodes, el("div", { class: "options" }, ...buttons)] : nodes;
}
