// Keeps what the person chose for this browser: language and theme. In: clicks. Out: attributes on <html>,
// remembered in local storage. Deliberately absent: anything about the world. Next: text.js.

/** @typedef {"pt" | "en"} Lang */
/** @typedef {"auto" | "light" | "dark"} Theme */

/** @returns {Lang} */
export function lang() {
  return document.documentElement.lang === "en" ? "en" : "pt";
}

/** @param {Lang} value */
export function setLang(value) {
  document.documentElement.lang = value === "en" ? "en" : "pt-BR";
  keep("ponte.lang", value);
}

/** @returns {Theme} */
export function theme() {
  const value = document.documentElement.dataset.theme;
  return value === "light" || value === "dark" ? value : "auto";
}

/** @param {Theme} value */
export function setTheme(value) {
  if (value === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = value;
  keep("ponte.theme", value);
}

/**
 * @param {string} key
 * @param {string} value
 */
function keep(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
  }
}
