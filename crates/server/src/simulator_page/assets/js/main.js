// Puts the page together and keeps it fresh. In: the places in index.html, news from the API. Out: a living
// page. The API only says that something changed; the page then asks for the whole, at most a few times a
// second, so a lost hint costs nothing. Deliberately absent: details of any part. Next: store.js, customer.js.
import { Actions } from "./actions.js";
import { Api } from "./api.js";
import { Bar } from "./bar.js";
import { gist } from "./content.js";
import { CustomerPhone } from "./customer.js";
import { byId, el, say, set } from "./dom.js";
import { Faults } from "./faults.js";
import { Log } from "./log.js";
import { Notices } from "./notices.js";
import { OwnerPhone } from "./owner.js";
import { Store } from "./store.js";
import { Tabs } from "./tabs.js";
import { t } from "./text.js";

/** Two refreshes are at least so far apart. */
const PAUSE_MS = 150;
/** A hint may be lost and windows close with time alone, so it asks now and then anyway. */
const POLL_MS = 10_000;

const api = new Api();
const store = new Store();
const notices = new Notices();
const actions = new Actions(api, store, notices);

const side = byId("side");
const sideTabs = el("div", { class: "side-tabs", id: "side-tabs" });
const logPanel = el("div", { class: "panel", id: "panel-log", role: "tabpanel" });
const faultPanel = el("div", { class: "panel", id: "panel-faults", role: "tabpanel" });
side.append(sideTabs, logPanel, faultPanel);

const log = new Log(logPanel, store);
const faults = new Faults(faultPanel, store, actions);
const customer = new CustomerPhone(store, actions);
const owner = new OwnerPhone(store, actions);
const panels = new Tabs(
  sideTabs,
  [
    { name: "log", panel: logPanel },
    { name: "faults", panel: faultPanel },
  ],
  "shown",
);
const parts = new Tabs(
  byId("tabs"),
  [
    { name: "customer", panel: byId("customer") },
    { name: "owner", panel: byId("owner") },
    { name: "log", panel: logPanel },
    { name: "faults", panel: faultPanel },
  ],
  "current",
  () => store.changed(),
);
const bar = new Bar(store, actions, relabel);

function relabel() {
  for (const node of document.querySelectorAll("[data-text]")) {
    if (node instanceof HTMLElement) say(node, t(node.dataset.text ?? ""));
  }
  set(side, { "aria-label": t("panel.label") });
  for (const part of [bar, customer, owner, log, faults, panels, parts]) part.relabel();
  store.changed();
}

/** The chat on the left and its messages that screen readers need not be told of any more. */
const told = { chat: -1, ids: new Set() };

/** Announces what is new on the customer's phone; a chat that has just come on screen is news to nobody. */
function tell() {
  const who = store.customer(store.customerId);
  if (!who?.customerLines) return;
  const fresh = told.chat === who.id ? who.customerLines.filter((line) => !told.ids.has(line.id)) : [];
  told.chat = who.id;
  told.ids = new Set(who.customerLines.map((line) => line.id));
  if (fresh.length === 0) return;
  const author = (/** @type {import("./types.js").Line} */ line) => (line.from === "customer" ? who.name : t(`from.${line.from}`));
  say(byId("live"), fresh.map((line) => `${author(line)}: ${gist(line)}`).join("; "));
}

/** Armed faults stand beside the tab's name, so that nobody forgets one. */
function mark() {
  const on = (store.world?.faults ?? []).filter((fault) => fault.mode !== "off").length;
  panels.mark("faults", on);
  parts.mark("faults", on);
}

/** What was on each phone when it was last looked at. @type {Record<string, {chat: number | null, lines: number}>} */
const looked = {};

/** On a narrow screen one phone hides the other: its tab counts what arrived there meanwhile. */
function markNews() {
  const phones = [
    { name: "customer", chat: store.customerId, lines: store.customer(store.customerId)?.customerLines?.length ?? 0 },
    { name: "owner", chat: store.openId, lines: store.customer(store.openId)?.ownerLines?.length ?? 0 },
  ];
  for (const { name, chat, lines } of phones) {
    const before = looked[name];
    if (parts.current === name || !before || before.chat !== chat || before.lines === 0) looked[name] = { chat, lines };
    parts.mark(name, lines - (looked[name]?.lines ?? 0));
  }
}

store.subscribe(tell);
store.subscribe(mark);
store.subscribe(markNews);

let asking = false;
let again = false;

/** One question at a time; a hint during one asks once more afterwards. */
async function refresh() {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  try {
    await actions.refresh();
    notices.back();
  } catch {
    notices.gone(t("error.offline"));
  }
  setTimeout(() => {
    asking = false;
    if (again) {
      again = false;
      void refresh();
    }
  }, PAUSE_MS);
}

store.onLook = () => void refresh();
relabel();
void refresh();
api.listen(() => void refresh(), () => notices.gone(t("error.reconnecting")));
setInterval(() => void refresh(), POLL_MS);
