import { chart } from "../chart.js";
import { h, said, show } from "../dom.js";
import { count, duration, percent } from "../format.js";
import { csv, Grid } from "../grid.js";
import { events, Refused } from "../http.js";
import { badge, button, failure, state } from "../parts.js";
import { sql } from "../sql.js";
import { t } from "../words.js";

const KEPT = 100_000; // rows in memory; what comes after is counted only
const SHORT = 24; // characters

/** One answer while it comes in: rows as they arrive, then the SQL, the notes, and a chart where the rows suit one. */
export class Answer {
  constructor(question, mode) {
    Object.assign(this, { question, mode, columns: [], rows: [], told: 0, notes: [], grid: null });
    this.line = h("p", { class: "outcome", role: "status" });
    this.parts = { error: h("div"), chart: h("div"), rows: h("div", { class: "result" }), sql: h("div"), notes: h("div") };
    this.element = h("article", { class: "answer" }, h("h2", null, said(question)), this.line, Object.values(this.parts));
  }

  /** Ask, and draw what comes until the end. Throws Refused once it is shown. */
  async run(body, signal) {
    const started = performance.now();
    const tick = () => show(this.line, t("Working…"), " ", h("span", { class: "clock", "aria-hidden": "true" }, duration((performance.now() - started) / 1000)));
    tick();
    const timer = setInterval(tick, 200);
    let ended = false;
    try {
      for await (const { event, data } of events("v1/ask", body, signal)) {
        if (event === "done" || event === "error") ended = true;
        if (event === "done" || event === "error") clearInterval(timer);
        this[`on_${event}`]?.(data);
      }
      if (!ended) throw new Refused(0, { message: t("The answer broke off before its end.") });
    } catch (error) {
      clearInterval(timer);
      if (error.name === "AbortError") return show(this.line, badge(t("Cancelled")), this.rows.length > 0 && ` ${t("after {rows}", { rows: count(this.told, "row") })}`);
      this.fail(error);
      throw error;
    } finally {
      clearInterval(timer);
    }
  }

  fail(error) {
    show(this.line, badge(t("Failed"), "bad"));
    show(this.parts.error, failure(error));
  }

  on_columns(columns) {
    this.columns = columns;
    if (this.mode !== "rows") return;
    this.grid = new Grid(t("Rows of the answer"), columns);
    show(this.parts.rows, this.grid.element);
  }

  on_rows(rows) {
    this.told += rows.length;
    const kept = rows.slice(0, Math.max(0, KEPT - this.rows.length));
    for (const row of kept) this.rows.push(row);
    if (this.grid) this.grid.add(kept);
    else show(this.parts.rows, prose(this.columns, this.rows));
  }

  on_notes(notes) {
    this.notes.push(...notes.filter((note) => !/^(SQL|Confidence): /.test(note.message))); // they are shown on their own
    if (!this.notes.length) return;
    const items = this.notes.map((note) => h("li", null, badge(note.level, note.level === "Warning" ? "busy" : "plain"), " ", said(note.message)));
    show(this.parts.notes, h("h3", null, t("Notes")), h("ul", { class: "notes" }, items));
  }

  on_error({ code, message }) {
    this.fail(Object.assign(new Refused(200, { code, message })));
  }

  on_done(done) {
    const sure = typeof done.confidence === "number" ? done.confidence : null;
    show(this.line, badge(t("Answered"), "good"), ` ${t("{rows} in {seconds}", { rows: count(this.told, "row"), seconds: duration(done.seconds) })}`,
      sure !== null && ` · ${t("confidence {share}", { share: percent(sure > 1 ? sure / 100 : sure) })}`,
      this.told > KEPT && ` · ${t("the first {rows} are kept here", { rows: count(KEPT, "row") })}`);
    if (done.sql) show(this.parts.sql, h("h3", null, "SQL"), sql(done.sql));
    if (!this.grid) return;
    if (!this.rows.length) show(this.parts.rows, state("empty", t("No rows"), t("The SQL ran, and nothing matched.")));
    else this.parts.rows.append(button(t("Save as CSV"), () => this.save(), { class: "small" }));
    const drawn = chart(this.question, this.columns, this.rows);
    this.element.classList.toggle("charted", drawn !== null);
    if (drawn) show(this.parts.chart, drawn);
  }

  save() {
    const url = URL.createObjectURL(new Blob([csv(this.columns, this.rows)], { type: "text/csv" }));
    h("a", { href: url, download: "answer.csv" }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }
}

/** Few rows of long text (an explanation, a sentence, sources): each cell wraps; one cell is a paragraph. */
function prose(columns, rows) {
  if (columns.length === 1 && rows.length === 1) return h("p", { class: "prose" }, said(String(rows[0][0] ?? "NULL")));
  const head = columns.map((column) => h("th", { scope: "col" }, said(column.name)));
  const body = rows.map((row) => h("tr", null, row.map((value) => proseCell(String(value ?? "–")))));
  return h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": t("Rows of the answer") },
    h("table", { class: "list wrap" }, h("thead", null, h("tr", null, head)), h("tbody", null, body)));
}

/** Numbers and short words stay in one piece. */
function proseCell(text) {
  return h("td", { class: text.length <= SHORT && "short" }, said(text));
}
