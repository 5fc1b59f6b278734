import { confirmed, dialog } from "../dialogs.js";
import { field, h, said, show } from "../dom.js";
import { number } from "../format.js";
import { del, get, post } from "../http.js";
import { badge, button, notice, poll, progress, state, table } from "../parts.js";
import { showBase } from "./base.js";
import { sentence, t } from "../words.js";

export default {
  name: "knowledge",
  title: t("Knowledge"),
  key: "k",
  lead: t("Documents that answers are grounded in."),
  show(root, view) {
    if (view.path[0]) showBase(root, view, view.path[0]);
    else showAll(root, view);
  },
};

function showAll(root, { signal, admin }) {
  const list = h("section", { "aria-label": t("Knowledge bases") });
  show(root, admin && h("div", { class: "bar" }, button(t("New base…"), create, { class: "primary", "data-key": "new-base" })), list);
  const empty = state("empty", t("No knowledge base yet"), t("A base holds glossaries, data dictionaries, runbooks: whatever explains the data."));
  let again = () => {};
  poll(list, signal, 3, () => get("v1/knowledge", signal), ({ bases }) => {
    show(list, table(t("Knowledge bases"), columns(admin, () => again()), bases, empty));
  }).then((turn) => (again = turn));
}

function columns(admin, again) {
  return [
    { label: t("Name"), cell: (base) => h("a", { href: `#/knowledge/${encodeURIComponent(base.name)}`, "data-key": `base-${base.name}` }, said(base.name)) },
    { label: t("Documents"), kind: "number", cell: (base) => number(base.documents) },
    { label: t("Passages"), kind: "number", cell: (base) => number(base.chunks) },
    { label: t("State"), cell: (base) => stateOf(base) },
    { label: t("Owners"), cell: (base) => [...new Set([base.owner, ...base.owners])].filter(Boolean).join(", ") || "–" },
    { label: t("Found by"), cell: (base) => (base.embedder ? h("span", null, t("meaning and words"), h("small", null, said(base.embedder))) : t("words only")) },
    ...(admin ? [{ label: t("Do"), kind: "actions", cell: (base) => button(t("Delete"), () => remove(base, again), { class: "small danger", "aria-label": t("Delete the base {name}", { name: base.name }), "data-key": `delete-${base.name}` }) }] : []),
  ];
}

function stateOf(base) {
  const working = base.total > 0 && base.done < base.total;
  return h("span", null, badge(base.state || "ready", working ? "busy" : base.failed ? "bad" : "good"),
    working && progress(t("Loading into {name}", { name: base.name }), base.done / base.total), base.failed > 0 && h("small", null, t("{n} failed", { n: number(base.failed) })));
}

async function create() {
  const name = h("input", { name: "name", required: true, maxlength: 64, autocomplete: "off", autocapitalize: "none", spellcheck: "false" });
  const readers = h("input", { name: "readers", autocomplete: "off", autocapitalize: "none", spellcheck: "false" });
  const made = await dialog({
    title: t("A new knowledge base"),
    body: [field(t("Name"), name), field(t("Readers"), readers, t("Database accounts, separated by commas; more can be named later."))],
    action: t("Create"),
    submit: async (data) => {
      const accounts = data.get("readers").split(",").map((one) => one.trim()).filter(Boolean);
      await post("v1/knowledge", { name: data.get("name").trim(), ...(accounts.length && { readers: accounts }) });
      return data.get("name").trim();
    },
  });
  if (made) location.hash = `#/knowledge/${encodeURIComponent(made)}`;
}

async function remove(base, again) {
  const text = sentence("All documents of {base} are forgotten. The files that they came from are not touched.", { base: h("strong", null, said(base.name)) });
  if (!(await confirmed(t("Delete the knowledge base?"), text, t("Delete it"), () => del(`v1/knowledge/${encodeURIComponent(base.name)}`)))) return;
  notice(t("The base is deleted."));
  again();
}
