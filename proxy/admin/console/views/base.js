// One knowledge base: its documents, the people, a search to try.

import { confirmed } from "../dialogs.js";
import { field, h, said, show } from "../dom.js";
import { bytes, moment, number } from "../format.js";
import { del, get, put } from "../http.js";
import { attempt, badge, button, load, notice, poll, progress, state, table, tabs } from "../parts.js";
import { uploads } from "./uploads.js";

const ENDED = new Set(["done", "failed", "cancelled"]);

export function showBase(root, { signal, admin }, name) {
  const path = `v1/knowledge/${encodeURIComponent(name)}`;
  const pages = [
    ["Documents", (panel) => documents(panel, signal, admin, path)],
    ["People", (panel) => people(panel, signal, admin, path)],
    ["Try a search", (panel) => search(panel, signal, path)],
  ];
  show(root, h("p", { class: "crumbs" }, h("a", { href: "#/knowledge" }, "All bases"), " / ", h("strong", null, said(name))), tabs(`Knowledge base ${name}`, pages));
}

function documents(panel, signal, admin, path) {
  const loads = h("section", { "aria-label": "Loading" });
  const list = h("section");
  let again = () => {};
  show(panel, admin && uploads(path, signal, () => again()), loads, list);
  poll(list, signal, 1, () => get(`${path}/documents`, signal), (found) => {
    show(loads, queue(found.loads, admin, path, () => again()));
    show(list, table("Documents", columns(admin, path, () => again()), found.documents, state("empty", "No documents yet", admin ? "Drop files above, or give an address." : "")));
  }).then((turn) => (again = turn));
}

function columns(admin, path, again) {
  const remove = async (document) => {
    const text = ["No answer uses ", h("strong", null, said(document.source)), " from then on."];
    if (!(await confirmed("Delete the document?", text, "Delete it", () => del(`${path}/documents/${encodeURIComponent(document.id)}`)))) return;
    notice("The document is deleted.");
    again();
  };
  return [
    { label: "Document", cell: (one) => h("span", null, said(one.title || one.source), h("small", null, said(one.source))) },
    { label: "Passages", kind: "number", cell: (one) => number(one.chunks) },
    { label: "Size", kind: "number", cell: (one) => bytes(one.bytes) },
    { label: "Changed", kind: "short", cell: (one) => moment(one.changed_at) },
    ...(admin ? [{ label: "Do", kind: "actions", cell: (one) => button("Delete", () => remove(one), { class: "small danger", "aria-label": `Delete ${one.source}`, "data-key": `document-${one.id}` }) }] : []),
  ];
}

function queue(loads, admin, path, again) {
  if (!loads.length) return null;
  const cancel = (one) => attempt(() => del(`${path}/loads/${encodeURIComponent(one.id)}`), "Loading is cancelled.").then(again);
  const item = (one) => {
    const busy = !ENDED.has(one.state);
    const tone = one.state === "failed" ? "bad" : busy ? "busy" : "good";
    return h("li", null, h("span", { class: "name" }, said(one.name)), badge(one.state, tone),
      busy && progress(`Loading ${one.name}`, one.total ? one.done / one.total : null),
      busy && one.total > 0 && h("small", null, `${number(one.done)} of ${number(one.total)}`),
      one.error && h("p", { class: "fault" }, said(one.error)),
      busy && admin && button("Cancel", () => cancel(one), { class: "small", "aria-label": `Cancel loading ${one.name}`, "data-key": `load-${one.id}` }));
  };
  return [h("h2", null, "Loading"), h("ul", { class: "queue" }, loads.map(item))];
}

function people(panel, signal, admin, path) {
  const draw = () => load(panel, signal, () => get(path, signal), (base) => show(panel,
    h("p", { class: "lead" }, "Accounts are those of the database. Owners load and delete; readers get answers from it."),
    h("div", { class: "columns" }, group("Owners", "owners", base), group("Readers", "readers", base))));
  function group(title, role, base) {
    const members = [...new Set(base[role] ?? [])];
    const items = members.map((one) => h("li", null, h("span", { class: "name" }, said(one)), admin && button("Remove", () => change(del, role, one), { class: "small", "aria-label": `Remove ${one} from the ${role}` })));
    const account = h("input", { required: true, maxlength: 200, autocapitalize: "none", spellcheck: "false", autocomplete: "off" });
    const add = h("form", { class: "bar", onsubmit: (event) => (event.preventDefault(), change(put, role, account.value.trim())) },
      field(`Add to the ${role}`, account), h("button", { type: "submit" }, "Add"));
    return h("section", null, h("h2", null, title), members.length ? h("ul", { class: "queue" }, items) : state("empty", "Nobody"), admin && add);
  }
  async function change(call, role, account) {
    await attempt(() => call(`${path}/${role}/${encodeURIComponent(account)}`), "Changed.");
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
      show(found, passages.length ? h("ol", { class: "entries" }, passages.map(passage)) : state("empty", "Nothing found", "No passage of this base fits.")));
  };
  show(panel, h("form", { class: "bar", onsubmit: run }, field("What to look for", question), h("button", { type: "submit", class: "primary" }, "Search")), found);
}

function passage(one) {
  return h("li", null, h("div", { class: "asked" }, h("h2", null, said(one.title || one.source)), badge(`score ${one.score.toPrecision(3)}`)),
    h("p", { class: "facts" }, [one.source, one.place].filter(Boolean).map((fact) => h("span", null, said(fact)))),
    h("p", { class: "passage" }, said(one.text)));
}
