// A table of any length: only the rows that are seen are in the page. Column widths come from the first rows.

import { numeric } from "./chart-data.js";
import { h, said, show } from "./dom.js";
import { reader } from "./dialogs.js";

const ROW = 32; // pixels; the style sheet's too
const SPARE = 12; // rows above and below what is seen
const SAMPLE = 200;
const LONG = 60; // characters
const CLIPPED = 300;

export class Grid {
  /** `columns`: `[{name, kind}]`. Add rows, arrays of cells, as they come. */
  constructor(label, columns) {
    this.columns = columns;
    this.rows = [];
    this.body = h("tbody");
    this.widths = columns.map((column) => ({ col: h("col"), chars: column.name.length + 2 }));
    this.numbers = columns.map(() => true);
    this.heads = columns.map((column) => h("th", { scope: "col" }, said(column.name)));
    this.table = h("table", { class: "grid" }, h("caption", { class: "unseen" }, label),
      h("colgroup", null, this.widths.map(({ col }) => col)), h("thead", null, h("tr", { "aria-rowindex": 1 }, this.heads)), this.body);
    const onscroll = () => requestAnimationFrame(() => this.draw());
    this.element = h("div", { class: "scroll window", tabindex: 0, role: "region", "aria-label": label, onscroll }, this.table);
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  add(rows) {
    if (this.rows.length < SAMPLE) this.#measure(rows.slice(0, SAMPLE));
    for (const row of rows) this.rows.push(row);
    this.table.setAttribute("aria-rowcount", this.rows.length + 1);
    this.shown = "";
    this.draw();
  }

  #measure(rows) {
    for (const row of rows) {
      row.forEach((value, at) => {
        this.widths[at].chars = Math.max(this.widths[at].chars, Math.min(textOf(value).length, 42));
        if (value !== null && numeric(value) === null) this.numbers[at] = false;
      });
    }
    let all = 0;
    this.widths.forEach(({ col, chars }, at) => {
      col.style.width = `${chars + 3}ch`; // by CSSOM: the policy forbids style attributes only
      all += chars + 3;
      this.heads[at].className = this.numbers[at] ? "number" : "";
    });
    this.table.style.minWidth = `${all}ch`;
  }

  draw() {
    const height = this.element.clientHeight;
    const first = Math.max(0, Math.floor(this.element.scrollTop / ROW) - SPARE);
    const last = Math.min(this.rows.length, first + Math.ceil(height / ROW) + 2 * SPARE);
    if (this.shown === `${first}-${last}`) return;
    this.shown = `${first}-${last}`;
    const seen = this.rows.slice(first, last).map((row, at) => h("tr", { "aria-rowindex": first + at + 2 }, row.map((value, column) => this.#cell(value, column))));
    show(this.body, space(first), seen, space(this.rows.length - last));
  }

  #cell(value, at) {
    if (value === null) return h("td", { class: "null" }, "NULL");
    const text = textOf(value);
    const name = this.columns[at].name;
    const shown = text.length > LONG
      ? h("button", { type: "button", class: "more", "aria-haspopup": "dialog", onclick: () => reader(name, text) }, said(text.slice(0, CLIPPED)))
      : said(text);
    return h("td", { class: this.numbers[at] ? "number" : "" }, shown);
  }
}

function textOf(value) {
  return typeof value === "string" ? value : value === null ? "NULL" : typeof value === "object" ? JSON.stringify(value) : String(value);
}

function space(rows) {
  if (!rows) return null;
  const cell = h("td");
  cell.style.height = `${rows * ROW}px`;
  return h("tr", { class: "space", "aria-hidden": "true" }, cell);
}

/** The rows as CSV. Texts that a spreadsheet would run as a formula get a quote in front. */
export function csv(columns, rows) {
  const line = (cells) => cells.map(quoted).join(",");
  return [line(columns.map((column) => column.name)), ...rows.map(line)].join("\r\n");
}

function quoted(value) {
  if (value === null) return "";
  const text = textOf(value);
  const safe = /^[=+\-@\t\r]/.test(text) && numeric(text) === null ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
