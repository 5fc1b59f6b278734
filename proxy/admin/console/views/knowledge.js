import { confirmed, dialog } from "../dialogs.js";
import { field, h, said, show } from "../dom.js";
import { number } from "../format.js";
import { del, get, post } from "../http.js";
import { badge, button, notice, poll, progress, state, table } from "../parts.js";
import { showBase } from "./base.js";

export default {
  name: "knowledge",
  title: "Knowledge",
  key: "k",
  lead: "Documents that answers are grounded in.",
  show(root, view) {
    if (view.path[0]) showBase(root, view, view.path[0]);
    else showAll(root, view);
  },
};

function showAll(root, { signal, admin }) {
  const list = h("section", { "aria-label": "Knowledge bases" });
  show(root, admin && h("div", { class: "bar" }, button("New base…", create, { class: "primary", "data-key": "new-base" })), list);
  const empty = state("empty", "No knowledge base yet", "A base holds glossaries, data dictionaries, runbooks: whatever explains the data.");
  poll(list, signal, 3, () => get("v1/knowledge", signal), ({ bases }) => show(list, table("Knowledge bases", columns(admin), bases, empty)));
}

function columns(admin) {
  return [
    { label: "Name", cell: (base) => h("a", { href: `#/knowledge/${encodeURIComponent(base.name)}`, "data-key": `base-${base.name}` }, said(base.name)) },
    { label: "Documents", kind: "number", cell: (base) => number(base.documents) },
    { label: "Passages", kind: "number", cell: (base) => number(base.chunks) },
    { label: "State", cell: (base) => stateOf(base) },
    { label: "Owners", cell: (base) => [...new Set([base.owner, ...base.owners])].filter(Boolean).join(", ") || "–" },
    { label: "Found by", cell: (base) => (base.embedder ? h("span", null, "meaning and words", h("small", null, said(base.embedder))) : "words only") },
    ...(admin ? [{ label: "Do", kind: "actions", cell: (base) => button("Delete", () => remove(base), { class: "small danger", "aria-label": `Delete the base ${base.name}`, "data-key": `delete-${base.name}` }) }] : []),
  ];
}

function stateOf(base) {
  const working = base.total > 0 && base.done < base.total;
  return h("span", null, badge(base.state || "ready", working ? "busy" : base.failed ? "bad" : "good"),
    working && progress(`Loading into ${base.name}`, base.done / base.total), base.failed > 0 && h("small", null, `${number(base.failed)} failed`));
}

async function create() {
  const name = h("input", { name: "name", required: true, maxlength: 64, autocomplete: "off", autocapitalize: "none", spellcheck: "false" });
  const readers = h("input", { name: "readers", autocomplete: "off", autocapitalize: "none", spellcheck: "false" });
  const made = await dialog({
    title: "A new knowledge base",
    body: [field("Name", name), field("Readers", readers, "Database accounts, separated by commas; more can be named later.")],
    action: "Create",
    submit: async (data) => {
      const accounts = data.get("readers").split(",").map((one) => one.trim()).filter(Boolean);
      await post("v1/knowledge", { name: data.get("name").trim(), ...(accounts.length && { readers: accounts }) });
      return data.get("name").trim();
    },
  });
  if (made) location.hash = `#/knowledge/${encodeURIComponent(made)}`;
}

async function remove(base) {
  const text = ["All documents of ", h("strong", null, said(base.name)), " are forgotten. The files that they came from are not touched."];
  if (await confirmed("Delete the knowledge base?", text, "Delete it", () => del(`v1/knowledge/${encodeURIComponent(base.name)}`))) notice("The base is deleted.");
}
