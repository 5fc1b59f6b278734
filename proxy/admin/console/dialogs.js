// Modal dialogs. Escape or Cancel gives null; the focus goes back to where it was.

import { focusKey, freshId, h, said } from "./dom.js";
import { Refused } from "./http.js";
import { t } from "./words.js";

/**
 * Ask for something. `submit(data)` gets the form's FormData; what it throws (Refused) is shown and the dialog stays.
 * Gives what `submit` gave, or true; null when it was left. `reading`: the focus starts at the top, not at a control.
 */
export function dialog({ title, body, action, danger = false, reading = false, submit = async () => true }) {
  const heading = h("h2", { id: freshId("title"), ...(reading && { tabindex: -1, autofocus: true }) }, title);
  const error = h("p", { class: "fault", role: "alert" });
  const go = h("button", { type: "submit", class: danger ? "danger" : "primary" }, action);
  const cancel = h("button", { type: "button", onclick: () => box.close() }, t("Cancel"));
  const form = h("form", { method: "dialog" }, heading, body, error, h("div", { class: "actions" }, cancel, go));
  const box = h("dialog", { "aria-labelledby": heading.id }, form);
  const key = document.activeElement?.dataset?.key;
  return new Promise((resolve) => {
    let value = null;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      go.disabled = true;
      error.textContent = "";
      try {
        value = (await submit(new FormData(form))) ?? true;
        box.close();
      } catch (refused) {
        error.textContent = refused.message;
        if (!(refused instanceof Refused)) throw refused;
      } finally {
        go.disabled = false;
      }
    });
    box.addEventListener("close", () => {
      box.remove();
      if (key && document.activeElement === document.body) focusKey(key);
      resolve(value);
    });
    document.body.append(box);
    box.showModal();
  });
}

/** Whether the person really wants it. */
export async function confirmed(title, text, action, submit) {
  return (await dialog({ title, body: h("p", null, text), action, danger: true, submit })) !== null;
}

/** Long text, to read and to copy. */
export function reader(title, text) {
  const body = h("pre", { class: "long", tabindex: 0 }, said(text));
  return dialog({ title, body, action: t("Copy"), reading: true, submit: () => copy(text) });
}

/** Put text on the clipboard; false where the browser does not let us. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
