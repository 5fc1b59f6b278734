import { accountLine, needLogin, withLogin } from "../account.js";
import { dialog } from "../dialogs.js";
import { field, h, said, show } from "../dom.js";
import { duration, moment, percent } from "../format.js";
import { get, post } from "../http.js";
import { attempt, badge, button, load, state, tabs } from "../parts.js";
import { sql } from "../sql.js";
import { askAgain } from "./ask.js";
import { t } from "../words.js";

const PAGE = 50;
const TONES = { ok: "good", shown: "good", cancelled: "plain" };

export default {
  name: "history",
  title: t("History"),
  key: "h",
  lead: t("What was asked, and how it was answered. Good answers become examples for the next ones."),
  show(root, { signal, admin }) {
    const pages = [[t("Latest"), (panel) => latest(panel, signal, admin)], [t("Slowest"), (panel) => slowest(panel, signal, admin)]];
    show(root, admin && accountLine(signal), tabs(t("History"), pages));
  },
};

function latest(panel, signal, admin) {
  const account = h("input", { type: "search", autocapitalize: "none", spellcheck: "false" });
  const list = h("ol", { class: "entries" });
  const foot = h("div");
  const restart = () => {
    show(list);
    page();
  };
  const page = (before) => {
    const query = new URLSearchParams({ limit: PAGE, ...(before && { before }), ...(account.value && { account: account.value }) });
    return load(foot, signal, () => get(`v1/history?${query}`, signal), ({ entries }) => {
      list.append(...entries.map((entry) => item(entry, admin)));
      const none = state("empty", t("Nothing asked yet"), t("Questions appear here once somebody asks one."));
      show(foot, entries.length === PAGE ? button(t("Older"), () => page(entries.at(-1).id)) : !list.hasChildNodes() && none);
    });
  };
  const filter = h("form", { class: "bar", onsubmit: (event) => (event.preventDefault(), restart()) }, field(t("Account"), account), h("button", { type: "submit" }, t("Show")));
  show(panel, filter, list, foot);
  page();
}

function slowest(panel, signal, admin) {
  load(panel, signal, () => get("v1/slow?limit=20", signal), (found) => {
    const entries = found.entries ?? found.statements ?? [];
    show(panel, entries.length ? h("ol", { class: "entries" }, entries.map((entry) => item(entry, admin))) : state("empty", t("Nothing asked yet")));
  });
}

function item(entry, admin) {
  const tone = TONES[entry.outcome] ?? "bad";
  const facts = [entry.account, entry.database, moment(entry.asked_at), duration(entry.seconds), entry.model,
    typeof entry.confidence === "number" && t("confidence {share}", { share: percent(entry.confidence > 1 ? entry.confidence / 100 : entry.confidence) })];
  return h("li", null,
    h("div", { class: "asked" }, h("h2", null, said(entry.question)), badge(tone === "bad" ? "failed" : entry.outcome, tone), badge(entry.mode)),
    h("p", { class: "facts" }, facts.filter(Boolean).map((fact) => h("span", null, said(fact)))),
    tone === "bad" && h("p", { class: "fault" }, said(entry.outcome)),
    entry.sql && h("details", null, h("summary", null, "SQL"), sql(entry.sql)),
    feedback(entry, admin));
}

function feedback(entry, admin) {
  const told = h("span", { class: "judged" }, entry.feedback && [badge(t("feedback")), " ", said(entry.feedback)]);
  const judge = async (judgement, text) => {
    const path = `v1/history/${encodeURIComponent(entry.id)}/feedback`;
    if (!(await withLogin((login) => post(path, { login, judgement, ...(text && { text }) })))) return;
    show(told, badge(t("feedback")), " ", said([judgement, text].filter(Boolean).join(": ")));
  };
  const good = () => attempt(() => judge("good"));
  const question = h("button", { type: "button", class: "small", onclick: () => askAgain(entry.question) }, t("Ask again"));
  if (!admin) return h("div", { class: "actions" }, question, told);
  const about = entry.question.slice(0, 80);
  return h("div", { class: "actions" }, question,
    entry.sql && button(t("Good"), good, { class: "small", "aria-label": t("Good answer: {question}", { question: about }) }),
    button(t("Bad…"), () => bad(judge), { class: "small", "aria-label": t("Bad answer: {question}", { question: about }) }),
    button(t("Correct the SQL…"), () => correct(entry, judge), { class: "small", "aria-label": t("Correct the SQL: {question}", { question: about }) }), told);
}

async function bad(judge) {
  if (!(await needLogin())) return;
  const why = h("textarea", { name: "why", rows: 3, maxlength: 1000 });
  const body = field(t("Why (may stay empty)"), why, t("It is kept with the question; what earlier feedback had made of it is dropped."));
  await dialog({ title: t("A bad answer"), body, action: t("Say so"), submit: (data) => judge("bad", data.get("why").trim()) });
}

async function correct(entry, judge) {
  if (!(await needLogin())) return;
  const text = h("textarea", { name: "sql", rows: 8, class: "code", required: true, spellcheck: "false", value: entry.sql ?? "" });
  const body = [h("p", null, said(entry.question)), field(t("SQL that is right"), text, t("It is checked with your rights and answers this question from now on."))];
  await dialog({ title: t("Correct the SQL"), body, action: t("Teach"), submit: (data) => judge("as", data.get("sql").trim()) });
}
