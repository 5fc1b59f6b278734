// Keys: g and a letter opens a view; the rest is in ACTIONS. They can be switched off, for who speaks to the computer.

import { h } from "./dom.js";
import { dialog } from "./dialogs.js";
import { t } from "./words.js";

const OFF = "askwire.keys-off";
const ACTIONS = [
  ["/", t("To the first box to type in")],
  ["r", t("Load this view again")],
  ["t", t("Light, dark, or as the system")],
  ["?", t("This list")],
];
const FIXED = [
  ["Ctrl+Enter", t("Ask the question")],
  ["Escape", t("Close the dialog; stop the question that runs")],
  ["← → Home End", t("Move between tabs")],
];

/** `does`: `open` (a view), `theme`, `again` and `closeMenu`, functions. */
export function startKeys(views, does) {
  let pending = false; // g was the last key
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") does.closeMenu();
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
    if (localStorage.getItem(OFF)) return;
    const view = pending && views.find((one) => one.key === event.key);
    pending = event.key === "g";
    if (view) does.open(view);
    else if (event.key === "/") document.querySelector("main :is(textarea, input:not([type=radio], [type=checkbox], [type=file]))")?.focus();
    else if (event.key === "r") does.again();
    else if (event.key === "t") does.theme();
    else if (event.key === "?") helpDialog(views);
    else return;
    event.preventDefault();
  });
}

function typing(target) {
  return target.matches?.("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");
}

export function helpDialog(views) {
  const keys = [...views.map((view) => [`g ${view.key}`, view.title]), ...ACTIONS, ...FIXED];
  const rows = keys.map(([key, what]) => h("tr", null, h("td", null, h("kbd", null, key)), h("td", null, what)));
  const on = h("input", { type: "checkbox", name: "on", checked: !localStorage.getItem(OFF) });
  return dialog({
    title: t("Keys"),
    body: [h("table", { class: "keys" }, h("tbody", null, rows)), h("label", { class: "check" }, on, t("Keys of one letter are on"))],
    action: t("Done"),
    reading: true,
    submit: async (data) => (data.get("on") ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1")),
  });
}
