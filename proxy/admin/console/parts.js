// What every view is built of: states, tables, tabs, badges, notices, and loading with its errors.

import { freshId, h, said, show } from "./dom.js";
import { Refused } from "./http.js";
import { t } from "./words.js";

/** A quiet message in place of content: loading, empty, or an error with a way on. */
export function state(kind, title, text, action) {
  const attributes = { class: `state ${kind}`, role: kind === "error" ? "alert" : "status" };
  return h("div", attributes, h("strong", null, title), text && h("p", null, said(text)), action);
}

export function failure(error, retry) {
  const again = retry && h("button", { type: "button", onclick: retry }, t("Try again"));
  const title = error.status ? t("The gateway refused") : error instanceof Refused ? t("No answer") : t("This went wrong");
  return state("error", title, error.message, again);
}

const latest = new WeakMap(); // root -> what is being loaded into it

/** Fetch, then draw into `root`; loading and errors are shown there. Only the last of several draws, and none after `signal`. */
export async function load(root, signal, fetching, draw) {
  const again = () => load(root, signal, fetching, draw);
  latest.set(root, again);
  const left = () => signal.aborted || latest.get(root) !== again;
  show(root, state("loading", t("Loading…")));
  try {
    const found = await fetching();
    if (!left()) await draw(found);
  } catch (error) {
    if (left()) return;
    show(root, failure(error, again));
    if (!(error instanceof Refused)) throw error;
  }
}

/** As `load`, again every `seconds` while the page is seen; draws only what changed. */
export async function poll(root, signal, seconds, fetching, draw) {
  let before = "";
  let failed = false;
  const turn = async () => {
    try {
      const found = await fetching();
      const now = JSON.stringify(found);
      if (!signal.aborted && (failed || now !== before)) draw(found);
      [before, failed] = [now, false];
    } catch (error) {
      if (signal.aborted) return;
      if (!failed) show(root, failure(error, () => turn()));
      failed = true;
      if (!(error instanceof Refused)) throw error;
    }
  };
  show(root, state("loading", t("Loading…")));
  await turn();
  const timer = setInterval(() => document.hidden || turn(), 1000 * seconds);
  signal.addEventListener("abort", () => clearInterval(timer));
  return turn;
}

/**
 * A table that becomes a list of cards on a phone. Columns: `{label, cell: row => node or text, kind?}`, where kind is
 * "number", "short" (one line), "code" or "actions".
 */
export function table(caption, columns, rows, empty) {
  if (!rows.length) return empty;
  const head = columns.map((column) => h("th", { scope: "col", role: "columnheader", class: column.kind }, column.label));
  const body = rows.map((row) => h("tr", { role: "row" }, columns.map((column) => cell(column, row))));
  return h(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    h("table", { class: "list", role: "table" }, h("caption", { class: "unseen" }, caption),
      h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, head)), h("tbody", { role: "rowgroup" }, body)),
  );
}

function cell(column, row) {
  const content = column.cell(row);
  const shown = typeof content === "string" ? said(content) : content;
  return h("td", { role: "cell", class: column.kind, "data-label": column.label }, shown);
}

/** Tabs of `[title, draw(panel)]`; a panel is drawn when it is first chosen. Arrows, Home and End move. */
export function tabs(label, pages) {
  const panels = pages.map(() => h("div", { role: "tabpanel", tabindex: 0, id: freshId("panel"), hidden: true }));
  const heads = pages.map(([title], at) =>
    h("button", { type: "button", role: "tab", id: freshId("tab"), "aria-controls": panels[at].id, onclick: () => choose(at) }, title));
  const drawn = new Set();
  function choose(at, focus = false) {
    heads.forEach((head, other) => {
      head.setAttribute("aria-selected", String(other === at));
      head.tabIndex = other === at ? 0 : -1;
      panels[other].hidden = other !== at;
      panels[other].setAttribute("aria-labelledby", head.id);
    });
    if (focus) heads[at].focus();
    if (!drawn.has(at)) pages[at][1](panels[at]);
    drawn.add(at);
  }
  const onkeydown = (event) => {
    const at = heads.indexOf(document.activeElement);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: heads.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    choose((next + heads.length) % heads.length, true);
  };
  choose(0);
  return h("div", { class: "tabs" }, h("div", { role: "tablist", "aria-label": label, onkeydown }, heads), panels);
}

export function badge(text, tone = "plain") {
  return h("span", { class: `badge ${tone}` }, said(text));
}

export function button(text, onclick, attributes) {
  return h("button", { type: "button", onclick, ...attributes }, text);
}

export function tile(label, value, extra) {
  return h("div", { class: "tile" }, h("dt", null, label), h("dd", null, value, extra));
}

/** A bar for work that is going on; without `share` it only says that it does. */
export function progress(label, share) {
  return h("progress", { "aria-label": label, max: 1, ...(share === null ? {} : { value: share }) });
}

/** Say something at the foot of the page, to the eye and to the screen reader. */
export function notice(text, tone = "good") {
  const box = document.getElementById("notices");
  const line = h("p", { class: `notice ${tone}` }, said(text));
  box.append(line);
  setTimeout(() => line.remove(), 8000);
}

/** Do something that may be refused, and say how it ended. */
export async function attempt(doing, done) {
  try {
    const value = await doing();
    if (done) notice(done);
    return value;
  } catch (error) {
    if (error.name === "AbortError") return undefined; // the view was left
    if (!(error instanceof Refused)) throw error;
    notice(error.message, "bad");
    return undefined;
  }
}
