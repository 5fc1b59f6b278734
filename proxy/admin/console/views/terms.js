import { dialog } from "../dialogs.js";
import { field, h, said } from "../dom.js";
import { put } from "../http.js";
import { badge, notice } from "../parts.js";
import { taught } from "./taught.js";
import { t } from "../words.js";

const WORDS = {
  add: t("New term…"),
  where: t("A term belongs to one database. Type its name above."),
  empty: t("No term yet"),
  remove: t("Delete the term?"),
  removed: t("The term is deleted."),
};
const KIND = { path: "terms", words: WORDS, title: t("Terms"), none: t("A term is a word of the business, such as GMV, and what it means."), item, add };

export default {
  name: "terms",
  title: t("Terms"),
  key: "t",
  lead: t("Words of the business and what they mean; what is written here counts for everybody."),
  show: (root, view) => taught(root, view, KIND),
};

function item(term) {
  return [h("div", { class: "asked" }, h("h2", null, said(term.name)), term.owner && badge(term.owner)), h("p", { class: "passage" }, said(term.definition))];
}

async function add(database, term, again) {
  const name = h("input", { name: "name", required: true, maxlength: 200, value: term?.name ?? "", disabled: term !== null, autocomplete: "off" });
  const definition = h("textarea", { name: "definition", required: true, rows: 4, maxlength: 4000, value: term?.definition ?? "" });
  const done = await dialog({
    title: term ? t("Change the term") : t("A new term"),
    body: [field(t("Term"), name), field(t("Means"), definition, t("In words or in SQL: sum of orders.total where status is paid"))],
    action: t("Save"),
    submit: (data) => put(`v1/terms/${encodeURIComponent(name.value.trim())}`, { database, definition: data.get("definition").trim() }),
  });
  if (!done) return;
  notice(t("The term is saved."));
  again();
}
