// What terms and verified queries share: things taught for one database, chosen at the top.

import { field, freshId, h, show } from "../dom.js";
import { knownDatabases } from "../account.js";
import { confirmed } from "../dialogs.js";
import { del, get } from "../http.js";
import { button, load, notice, state } from "../parts.js";
import { sentence, t } from "../words.js";

let chosen = ""; // the database, kept while other views are looked at

/**
 * `kind`: `{path, key, add(database, entry, again), item(entry), words, none}`. The address is `v1/{path}`; `again` may be
 * given the database to show.
 */
export function taught(root, { signal, admin }, kind) {
  const suggestions = h("datalist", { id: freshId("databases") });
  const database = h("input", { required: true, value: chosen, list: suggestions.id, autocapitalize: "none", spellcheck: "false", onchange: () => draw() });
  const list = h("section", { "aria-label": kind.title });
  const add = admin && button(kind.words.add, () => kind.add(chosen, null, draw), { class: "primary", "data-key": "new" });
  show(root, h("form", { class: "bar", onsubmit: (event) => (event.preventDefault(), draw()) }, field(t("Database"), database), suggestions, h("button", { type: "submit" }, t("Show")), add), list);

  function draw(shown) {
    if (shown) database.value = shown;
    chosen = database.value.trim();
    if (add) add.disabled = !chosen;
    if (!chosen) return show(list, state("empty", t("Which database?"), kind.words.where));
    const query = new URLSearchParams({ database: chosen });
    return load(list, signal, () => get(`v1/${kind.path}?${query}`, signal), (found) => {
      const entries = found[kind.path];
      show(list, entries.length ? h("ol", { class: "entries" }, entries.map((entry) => h("li", null, kind.item(entry), admin && actions(entry)))) : state("empty", kind.words.empty, kind.none));
    });
  }

  function actions(entry) {
    const remove = async () => {
      const where = `v1/${kind.path}/${encodeURIComponent(entry.name)}?${new URLSearchParams({ database: chosen })}`;
      if (!(await confirmed(kind.words.remove, sentence("{name} no longer helps with answers.", { name: h("strong", null, h("bdi", null, entry.name)) }), t("Delete it"), () => del(where)))) return;
      notice(kind.words.removed);
      draw();
    };
    return h("div", { class: "actions" }, button(t("Change…"), () => kind.add(chosen, entry, draw), { class: "small", "aria-label": t("Change {name}", { name: entry.name }), "data-key": `change-${entry.name}` }),
      button(t("Delete"), remove, { class: "small danger", "aria-label": t("Delete {name}", { name: entry.name }), "data-key": `delete-${entry.name}` }));
  }

  load(list, signal, () => knownDatabases(signal), (databases) => {
    show(suggestions, databases.map((name) => h("option", { value: name })));
    if (!chosen && databases.length) database.value = databases[0];
    return draw();
  });
}
