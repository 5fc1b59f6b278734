// SQL with its words, strings and numbers marked; an eye's help, not a parser.

import { h } from "./dom.js";
import { copy } from "./dialogs.js";
import { button, notice } from "./parts.js";
import { t } from "./words.js";

const WORDS = new Set(`select from where group by order having limit offset join left right inner outer cross on using as and or not in is null
  like between exists case when then else end with recursive union all distinct asc desc over partition interval insert update delete into values
  set create drop alter table ask`.split(/\s+/));
const TOKEN = /('(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`[^`]*`)|(--[^\n]*|\/\*[\s\S]*?\*\/)|(\b\d+(?:\.\d+)?\b)|([A-Za-z_]\w*)|[\s\S]/g;

/** A block of SQL; `copyable` gives it a button. */
export function sql(text, copyable = true) {
  const code = h("code", null, marked(text ?? ""));
  const told = async () => ((await copy(text)) ? notice(t("Copied.")) : notice(t("The browser does not allow copying here."), "bad"));
  return h("div", { class: "sql" }, h("pre", { tabindex: 0, role: "region", "aria-label": "SQL" }, code), copyable && button(t("Copy"), told, { class: "small", "aria-label": t("Copy the SQL") }));
}

function marked(text) {
  const parts = [];
  for (const [all, string, comment, digits, word] of text.matchAll(TOKEN)) {
    const kind = string ? "string" : comment ? "comment" : digits ? "digits" : word && WORDS.has(word.toLowerCase()) ? "word" : "";
    if (kind) parts.push(h("span", { class: kind }, all));
    else if (typeof parts.at(-1) === "string") parts.push(parts.pop() + all);
    else parts.push(all);
  }
  return parts;
}
