// Keeps the messages of one chat on screen: in order, with days between, the newest in view. In: lines and a
// view. Out: a list that is changed only where something changed, so that focus, open menus and screen readers
// are left in peace. Deliberately absent: what a bubble looks like. Next: bubble.js.
import { bubble, fingerprint } from "./bubble.js";
import { el } from "./dom.js";
import { day, dayKey } from "./text.js";

/** @typedef {import("./types.js").Line} Line */
/** @typedef {import("./bubble.js").View} View */

/** Within so many pixels of the end a reader is taken to follow along. */
const NEAR_PX = 80;

export class Chat {
  constructor() {
    this.list = el("ol", { class: "chat", tabindex: "0" });
    /** @type {Map<string, {node: HTMLElement, print: string}>} */
    this.shown = new Map();
    this.owner = "";
    this.list.addEventListener("keydown", (event) => this.walk(event));
    this.list.addEventListener("toggle", (event) => this.oneMenu(event), true);
  }

  /**
   * @param {string} chatKey a change of chat starts over
   * @param {string} label
   * @param {Line[]} lines
   * @param {number} now milliseconds
   * @param {View} view
   * @param {Node | null} empty shown when there are no lines
   */
  show(chatKey, label, lines, now, view, empty) {
    const fresh = chatKey !== this.owner;
    if (fresh) {
      this.list.textContent = "";
      this.shown.clear();
      this.owner = chatKey;
    }
    this.list.setAttribute("aria-label", label);
    const follows = fresh || this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < NEAR_PX;
    const grown = this.place(lines, now, view, fresh);
    this.list.querySelector(":scope > .hint")?.remove();
    if (lines.length === 0 && empty) this.list.append(el("li", { class: "hint" }, empty));
    if (follows && (grown || fresh)) this.toEnd();
  }

  /**
   * @param {Line[]} lines
   * @param {number} now
   * @param {View} view
   * @param {boolean} fresh
   * @returns {boolean} whether something came or changed its height
   */
  place(lines, now, view, fresh) {
    const seen = new Set();
    let changed = false;
    let lastDay = "";
    /** @type {Element | null} */
    let cursor = this.list.firstElementChild;
    /** @param {HTMLElement} node */
    const put = (node) => {
      if (cursor === node) cursor = node.nextElementSibling;
      else this.list.insertBefore(node, cursor);
    };
    for (const line of lines) {
      const ms = line.at / 1000;
      const key = dayKey(ms);
      if (key !== lastDay) {
        lastDay = key;
        seen.add(key);
        put(this.separator(key, day(ms, now)));
      }
      const print = fingerprint(line, view);
      const old = this.shown.get(line.id);
      seen.add(line.id);
      if (old && old.print === print) {
        put(old.node);
        continue;
      }
      changed = true;
      const node = bubble(line, view);
      if (old) {
        carry(old.node, node);
        if (cursor === old.node) cursor = node;
        old.node.replaceWith(node);
      } else if (!fresh) {
        node.classList.add("arrives");
      }
      this.shown.set(line.id, { node, print });
      put(node);
    }
    for (const [id, { node }] of this.shown) {
      if (seen.has(id)) continue;
      node.remove();
      this.shown.delete(id);
    }
    return changed;
  }

  /** @param {string} key @param {string} name */
  separator(key, name) {
    const old = this.shown.get(key);
    if (old) {
      const words = old.node.firstElementChild;
      if (words && words.textContent !== name) words.textContent = name;
      return old.node;
    }
    const node = el("li", { class: "day" }, el("span", {}, name));
    this.shown.set(key, { node, print: key });
    return node;
  }

  toEnd() {
    this.list.scrollTop = this.list.scrollHeight;
  }

  /** Forgets what is drawn, so that everything is drawn again (in another language). */
  forget() {
    this.owner = "";
  }

  /** Arrow keys go from message to message, Enter opens the menu, Escape closes it. @param {KeyboardEvent} event */
  walk(event) {
    const target = event.target instanceof Element ? event.target : null;
    const at = target?.closest("li.line");
    const open = target?.closest("details.menu");
    if (event.key === "Escape" && open instanceof HTMLDetailsElement && at instanceof HTMLElement) {
      open.open = false;
      at.focus();
    } else if (event.key === "Enter" && at === target && at) {
      const menu = at.querySelector("details.menu");
      if (menu instanceof HTMLDetailsElement) menu.open = true;
      menu?.querySelector("button")?.focus();
    } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      const lines = [...this.list.querySelectorAll("li.line")];
      const step = event.key === "ArrowUp" ? -1 : 1;
      const next = at ? lines[lines.indexOf(at) + step] : lines[step < 0 ? lines.length - 1 : 0];
      if (next instanceof HTMLElement) next.focus();
    } else {
      return;
    }
    event.preventDefault();
  }

  /** Opening one menu closes the others, and brings it into view. @param {Event} event */
  oneMenu(event) {
    const opened = event.target;
    if (!(opened instanceof HTMLDetailsElement) || !opened.open) return;
    if (opened.classList.contains("menu")) {
      for (const other of this.list.querySelectorAll("details.menu[open]")) {
        if (other !== opened && other instanceof HTMLDetailsElement) other.open = false;
      }
      const room = this.list.getBoundingClientRect();
      opened.classList.toggle("up", opened.getBoundingClientRect().top > room.top + room.height / 2);
    } else {
      opened.scrollIntoView({ block: "nearest" });
    }
  }
}

/** A bubble that is drawn again keeps its open parts and the focus. @param {HTMLElement} old @param {HTMLElement} fresh */
function carry(old, fresh) {
  const open = [...old.querySelectorAll("details")].map((details) => details.open);
  fresh.querySelectorAll("details").forEach((details, place) => (details.open = open[place] ?? false));
  const active = document.activeElement;
  if (!active || !old.contains(active)) return;
  const parts = [...old.querySelectorAll("button, summary")];
  const place = parts.indexOf(active);
  const heir = place < 0 ? fresh : fresh.querySelectorAll("button, summary")[place];
  queueMicrotask(() => heir instanceof HTMLElement && heir.focus({ preventScroll: true }));
}
