// One knowledge base: its documents, the people, a search to try.

import { confirmed } from "../dialogs.js";
import { field, h, said, show } from "../dom.js";
import { bytes, moment, number } from "../format.js";
import { del, get, put } from "../http.js";
import { attempt, badge, button, load, notice, poll, progress, state, table, tabs } from "../parts.js";
import { uploads } from "./uploads.js";
import { sentence, t } from "../words.js";

const ENDED = new Set(["done", "failed", "cancelled"]);

const ROLES = {
  owners: { title: t("Owners"), add: t("Add to the owners"), remove: (account) => t("Remove {account} from the owners", { account }) },
  readers: { title: t("Readers"), add: t("Add to the readers"), remove: (account) => t("Remove {account} from the readers", { account }) },
};

export function showBase(root, { signal, admin }, name) {
  const path = `v1/knowledge/${encodeURIComponent(name)}`;
  const pages = [
    [t("Documents"), (panel) => documents(panel, signal, admin, path)],
    [t("People"), (panel) => people(panel, signal, admin, path)],
    [t("Try a search"), (panel) => search(panel, signal, path)],
  ];
  show(root, h("p", { class: "crumbs" }, h("a", { href: "#/knowledge" }, t("All bases")), " / ", h("strong", null, said(name))), tabs(t("Knowledge base {name}", { name }), pages));
}

function documents(panel, signal, admin, path) {
  const loads = h("section", { "aria-label": t("Loading") });
  const list = h("section");
  let again = () => {};
  show(panel, admin && uploads(path, signal, () => again()), loads, list);
  poll(list, signal, 1, () => get(`${path}/documents`, signal), (found) => {
    show(loads, queue(found.loads, admin, path, () => again()));
    show(list, table(t("Documents"), columns(admin, path, () => again()), found.documents, state("empty", t("No documents yet"), admin ? t("Drop files above, or give an address.") : "")));
  }).then((turn) => (again = turn));
}

function columns(admin, path, again) {
  const remove = async (document) => {
    const text = sentence("No answer uses {document} from then on.", { document: h("strong", null, said(document.source)) });
    if (!(await confirmed(t("Delete the document?"), text, t("Delete it"), () => del(`${path}/documents/${encodeURIComponent(document.id)}`)))) return;
    notice(t("The document is deleted."));
    again();
  };
  return [
    { label: t("Document"), cell: (one) => h("span", null, said(one.title || one.source), h("small", null, said(one.source))) },
    { label: t("Passages"), kind: "number", cell: (one) => number(one.chunks) },
    { label: t("Size"), kind: "number", cell: (one) => bytes(one.bytes) },
    { label: t("Changed"), kind: "short", cell: (one) => moment(one.changed_at) },
    ...(admin ? [{ label: t("Do"), kind: "actions", cell: (one) => button(t("Delete"), () => remove(one), { class: "small danger", "aria-label": t("Delete {name}", { name: one.source }), "data-key": `document-${one.id}` }) }] : []),
  ];
}

function queue(loads, admin, path, again) {
  if (!loads.length) return null;
  const cancel = (one) => attempt(() => del(`${path}/loads/${encodeURIComponent(one.id)}`), t("Loading is cancelled.")).then(again);
  const item = (one) => {
    const busy = !ENDED.has(one.state);
    const tone = one.state === "failed" ? "bad" : busy ? "busy" : "good";
    return h("li", null, h("span", { class: "name" }, said(one.name)), badge(one.state, tone),
      busy && progress(t("Loading {name}", { name: one.name }), one.total ? one.done / one.total : null),
      busy && one.total > 0 && h("small", null, t("{done} of {total}", { done: number(one.done), total: number(one.total) })),
      one.error && h("p", { class: "fault" }, said(one.error)),
      busy && admin && button(t("Cancel"), () => cancel(one), { class: "small", "aria-label": t("Cancel loading {name}", { name: one.name }), "data-key": `load-${one.id}` }));
  };
  return [h("h2", null, t("Loading")), h("ul", { class: "queue" }, loads.map(item))];
}

function people(panel, signal, admin, path) {
  const draw = () => load(panel, signal, () => get(path, signal), (base) => show(panel,
    h("p", { class: "lead" }, t("Accounts are those of the database. Owners load and delete; readers get answers from it.")),
    h("div", { class: "columns" }, group("owners", base), group("readers", base))));
  function group(role, base) {
    const words = ROLES[role];
    const members = [...new Set(base[role] ?? [])];
    const items = members.map((one) => h("li", null, h("span", { class: "name" }, said(one)), admin && button(t("Remove"), () => change(del, role, one), { class: "small", "aria-label": words.remove(one) })));
    const account = h("input", { required: true, maxlength: 200, autocapitalize: "none", spellcheck: "false", autocomplete: "off" });
    const add = h("form", { class: "bar", onsubmit: (event) => (event.preventDefault(), change(put, role, account.value.trim())) },
      field(words.add, account), h("button", { type: "submit" }, t("Add")));
    return h("section", null, h("h2", null, words.title), members.length ? h("ul", { class: "queue" }, items) : state("empty", t("Nobody")), admin && add);
  }
  async function change(call, role, account) {
    await attempt(() => call(`${path}/${role}/${encodeURIComponent(account)}`), t("Changed."));
    draw();
  }
  draw();
}

function search(panel, signal, path) {
  const question = h("input", { type: "search", required: true, maxlength: 1000 });
  const found = h("div", { "aria-live": "polite" });
  const run = (event) => {
    event.preventDefault();
    const query = new URLSearchParams({ q: question.value, limit: 10 });
    load(found, signal, () => get(`${path}/search?${query}`, signal), ({ passages }) =>
      show(found, passages.length ? h("ol", { class: "entries" }, passages.map(passage)) : state("empty", t("Nothing found"), t("No passage of this base fits."))));
  };
  show(panel, h("form", { class: "bar", onsubmit: run }, field(t("What to look for"), question), h("button", { type: "submit", class: "primary" }, t("Search"))), found);
}

function passage(one) {
  return h("li", null, h("div", { class: "asked" }, h("h2", null, said(one.title || one.source)), badge(t("score {score}", { score: one.score.toPrecision(3) }))),
    h("p", { class: "facts" }, [one.source, one.place].filter(Boolean).map((fact) => h("span", null, said(fact)))),
    h("p", { class: "passage" }, said(one.text)));
}
