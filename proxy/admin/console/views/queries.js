import { account, needLogin, withLogin } from "../account.js";
import { dialog } from "../dialogs.js";
import { field, h, said } from "../dom.js";
import { put } from "../http.js";
import { badge, notice } from "../parts.js";
import { sql } from "../sql.js";
import { taught } from "./taught.js";
import { t } from "../words.js";

const WORDS = {
  add: t("New verified query…"),
  where: t("A verified query belongs to one database. Type its name above."),
  empty: t("No verified query yet"),
  remove: t("Delete the verified query?"),
  removed: t("The verified query is deleted."),
};
const KIND = { path: "queries", words: WORDS, title: t("Verified queries"), none: t("A question and the SQL that is known to answer it; feedback makes them too."), item, add };

export default {
  name: "queries",
  title: t("Verified queries"),
  key: "q",
  lead: t("Questions whose SQL is known. They are answered without a model."),
  show: (root, view) => taught(root, view, KIND),
};

function item(query) {
  const facts = [query.name, query.origin, query.owner].filter(Boolean);
  return [h("div", { class: "asked" }, h("h2", null, said(query.question)), query.state && badge(query.state, query.state === "ok" ? "good" : "bad")),
    h("p", { class: "facts" }, facts.map((fact) => h("span", null, said(fact)))), sql(query.sql)];
}

async function add(_database, query, again) {
  if (!(await needLogin())) return; // whose rights check the SQL, and whose database is the one
  const name = h("input", { name: "name", required: true, maxlength: 200, value: query?.name ?? "", disabled: query !== null, autocomplete: "off" });
  const question = h("input", { name: "question", required: true, maxlength: 4000, value: query?.question ?? "", autocomplete: "off" });
  const text = h("textarea", { name: "sql", required: true, rows: 8, class: "code", spellcheck: "false", value: query?.sql ?? "" });
  const done = await dialog({
    title: query ? t("Change the verified query") : t("A new verified query"),
    body: [field(t("Name"), name), field(t("Question"), question), field("SQL", text, t("It is checked with the rights of the account that you signed in with, in its database."))],
    action: t("Save"),
    submit: (data) => withLogin((login) => put(`v1/queries/${encodeURIComponent(name.value.trim())}`, { login, question: data.get("question").trim(), sql: data.get("sql").trim() })),
  });
  if (!done) return;
  notice(t("The verified query is saved."));
  again(account()?.database);
}
