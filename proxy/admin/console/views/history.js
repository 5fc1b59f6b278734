import { accountLine, needLogin, withLogin } from "../account.js";
import { dialog } from "../dialogs.js";
import { field, h, said, show } from "../dom.js";
import { duration, moment, percent } from "../format.js";
import { get, post } from "../http.js";
import { attempt, badge, button, load, state, tabs } from "../parts.js";
import { sql } from "../sql.js";
import { askAgain } from "./ask.js";

const PAGE = 50;
const TONES = { ok: "good", shown: "good", cancelled: "plain" };

export default {
  name: "history",
  title: "History",
  key: "h",
  lead: "What was asked, and how it was answered. Good answers become examples for the next ones.",
  show(root, { signal, admin }) {
    const pages = [["Latest", (panel) => latest(panel, signal, admin)], ["Slowest", (panel) => slowest(panel, signal, admin)]];
    show(root, admin && accountLine(signal), tabs("History", pages));
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
      const none = state("empty", "Nothing asked yet", "Questions appear here once somebody asks one.");
      show(foot, entries.length === PAGE ? button("Older", () => page(entries.at(-1).id)) : !list.hasChildNodes() && none);
    });
  };
  const filter = h("form", { class: "bar", onsubmit: (event) => (event.preventDefault(), restart()) }, field("Account", account), h("button", { type: "submit" }, "Show"));
  show(panel, filter, list, foot);
  page();
}

function slowest(panel, signal, admin) {
  load(panel, signal, () => get("v1/slow?limit=20", signal), (found) => {
    const entries = found.entries ?? found.statements ?? [];
    show(panel, entries.length ? h("ol", { class: "entries" }, entries.map((entry) => item(entry, admin))) : state("empty", "Nothing asked yet"));
  });
}

function item(entry, admin) {
  const tone = TONES[entry.outcome] ?? "bad";
  const facts = [entry.account, entry.database, moment(entry.asked_at), duration(entry.seconds), entry.model,
    typeof entry.confidence === "number" && `confidence ${percent(entry.confidence > 1 ? entry.confidence / 100 : entry.confidence)}`];
  return h("li", null,
    h("div", { class: "asked" }, h("h2", null, said(entry.question)), badge(tone === "bad" ? "failed" : entry.outcome, tone), badge(entry.mode)),
    h("p", { class: "facts" }, facts.filter(Boolean).map((fact) => h("span", null, said(fact)))),
    tone === "bad" && h("p", { class: "fault" }, said(entry.outcome)),
    entry.sql && h("details", null, h("summary", null, "SQL"), sql(entry.sql)),
    feedback(entry, admin));
}

function feedback(entry, admin) {
  const told = h("span", { class: "judged" }, entry.feedback && [badge("feedback"), " ", said(entry.feedback)]);
  const judge = async (judgement, text) => {
    const path = `v1/history/${encodeURIComponent(entry.id)}/feedback`;
    if (!(await withLogin((login) => post(path, { login, judgement, ...(text && { text }) })))) return;
    show(told, badge("feedback"), " ", said([judgement, text].filter(Boolean).join(": ")));
  };
  const good = () => attempt(() => judge("good"));
  const question = h("button", { type: "button", class: "small", onclick: () => askAgain(entry.question) }, "Ask again");
  if (!admin) return h("div", { class: "actions" }, question, told);
  const about = `: ${entry.question.slice(0, 80)}`;
  return h("div", { class: "actions" }, question,
    entry.sql && button("Good", good, { class: "small", "aria-label": `Good answer${about}` }),
    button("Bad…", () => bad(judge), { class: "small", "aria-label": `Bad answer${about}` }),
    button("Correct the SQL…", () => correct(entry, judge), { class: "small", "aria-label": `Correct the SQL${about}` }), told);
}

async function bad(judge) {
  if (!(await needLogin())) return;
  const why = h("textarea", { name: "why", rows: 3, maxlength: 1000 });
  const body = field("Why (may stay empty)", why, "It is kept with the question; what earlier feedback had made of it is dropped.");
  await dialog({ title: "A bad answer", body, action: "Say so", submit: (data) => judge("bad", data.get("why").trim()) });
}

async function correct(entry, judge) {
  if (!(await needLogin())) return;
  const text = h("textarea", { name: "sql", rows: 8, class: "code", required: true, spellcheck: "false", value: entry.sql ?? "" });
  const body = [h("p", null, said(entry.question)), field("SQL that is right", text, "It is checked with your rights and answers this question from now on.")];
  await dialog({ title: "Correct the SQL", body, action: "Teach", submit: (data) => judge("as", data.get("sql").trim()) });
}
