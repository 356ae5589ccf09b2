// Draws the icons. In: a name. Out: an SVG element, hidden from screen readers because a label always stands
// beside it. Deliberately absent: anybody's logo. Next: phone.js.

/** Paths on a 24 by 24 field, stroked. */
const PATHS = {
  send: "M4 12 20 4l-5 16-3.5-6.5z",
  plus: "M12 5v14M5 12h14",
  back: "M15 5l-7 7 7 7",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  sun: "M12 8a4 4 0 100 8 4 4 0 000-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.5 1.5M17.5 17.5 19 19M5 19l1.5-1.5M17.5 6.5 19 5",
  moon: "M20 14.5A8 8 0 019.5 4 8 8 0 1020 14.5z",
  auto: "M12 3a9 9 0 100 18 9 9 0 000-18zM12 3v18M15 5v14M18 7v10",
  image: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9.5h.01",
  audio: "M12 4a3 3 0 00-3 3v5a3 3 0 006 0V7a3 3 0 00-3-3zM6 11a6 6 0 0012 0M12 17v4",
  video: "M4 6h11v12H4zM15 10l5-3v10l-5-3",
  document: "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6",
  location: "M12 21s7-6 7-11.5A7 7 0 005 9.5C5 15 12 21 12 21zM12 7.5a2 2 0 100 4 2 2 0 000-4z",
  sticker: "M12 3a9 9 0 109 9l-9-9zM12 3v5a4 4 0 004 4h5M8.5 14a4 4 0 006 1",
  contacts: "M12 5a3.5 3.5 0 100 7 3.5 3.5 0 000-7zM5 20a7 7 0 0114 0",
  list: "M8 7h12M8 12h12M8 17h12M4 7h.01M4 12h.01M4 17h.01",
  reply: "M10 6 4 12l6 6M4 12h9a7 7 0 017 7",
  edit: "M4 20l1-5L16 4l4 4L9 19z",
  trash: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13",
  smile: "M12 3a9 9 0 100 18 9 9 0 000-18zM8 14a4.5 4.5 0 008 0M9 9.5h.01M15 9.5h.01",
  clock: "M12 3a9 9 0 100 18 9 9 0 000-18zM12 7v5l3 2",
  spark: "M12 3l2 6.5L20.5 12 14 14.5 12 21l-2-6.5L3.5 12 10 9.5z",
  close: "M6 6l12 12M18 6L6 18",
  blocked: "M12 3a9 9 0 100 18 9 9 0 000-18zM6 6l12 12",
  warning: "M12 4 2.5 20h19zM12 10v5M12 17.5h.01",
  out: "M5 19 19 5M10 5h9v9",
  in: "M19 5 5 19M14 19H5v-9",
  people: "M9 6a3 3 0 100 6 3 3 0 000-6zM3 19a6 6 0 0112 0M16 6.5a3 3 0 010 5.5M17.5 14a6 6 0 013.5 5",
  check: "M5 12.5 10 17.5 19.5 7",
  double: "M2 12.5 7 17.5 16 7M10.5 16.5 11.5 17.5 21 7",
  link: "M10 14a4 4 0 006 0l3-3a4 4 0 00-6-6l-1 1M14 10a4 4 0 00-6 0l-3 3a4 4 0 006 6l1-1",
};

/**
 * @param {string} name
 * @param {string} [extra] more classes
 * @returns {SVGSVGElement}
 */
export function icon(name, extra = "") {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon ${extra}`.trim());
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[/** @type {keyof typeof PATHS} */ (name)] ?? PATHS.more);
  svg.appendChild(path);
  return svg;
}

/**
 * The two-piece picture of a person: initials on a colour drawn from the name.
 * @param {string} name
 * @returns {HTMLElement}
 */
export function avatar(name) {
  const node = document.createElement("span");
  let hash = 7;
  for (const letter of name) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) % 6;
  node.className = `avatar tone-${hash}`;
  node.setAttribute("aria-hidden", "true");
  const words = name.trim().split(/\s+/);
  const last = words.length > 1 ? words[words.length - 1] : "";
  node.textContent = ([...(words[0] ?? "")][0] ?? "?").concat([...(last ?? "")][0] ?? "").toUpperCase();
  return node;
}
