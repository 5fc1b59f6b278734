// Bringing documents: files by choice or by drop, one after the other, each with its progress; or an address.

import { field, h, said, show } from "../dom.js";
import { bytes } from "../format.js";
import { post, Refused, upload } from "../http.js";
import { attempt, badge, button, progress } from "../parts.js";
import { t } from "../words.js";

/** `path`: the base's; `changed` is called after each. */
export function uploads(path, signal, changed) {
  const list = h("ul", { class: "queue", "aria-label": t("Uploads") });
  const input = h("input", { type: "file", multiple: true, class: "unseen", onchange: () => take(input.files) });
  const drop = h("label", { class: "drop", ondragover: over, ondragleave: out, ondrop: dropped },
    input, h("strong", null, t("Drop files here, or choose them")), h("small", null, t("PDF, Word, PowerPoint, Excel, CSV, Markdown, HTML, text, JSON, zip")));
  let last = Promise.resolve(); // uploads go one by one

  function over(event) {
    event.preventDefault();
    drop.classList.add("over");
  }
  function out() {
    drop.classList.remove("over");
  }
  function dropped(event) {
    event.preventDefault();
    out();
    take(event.dataTransfer.files);
  }
  function take(files) {
    for (const file of files) queue(file);
    input.value = "";
  }
  function queue(file) {
    const stop = new AbortController();
    signal.addEventListener("abort", () => stop.abort());
    const told = h("span", { class: "told", role: "status" }, badge(t("waiting")));
    const entry = h("li", null, h("span", { class: "name" }, said(file.name)), h("small", null, bytes(file.size)), told,
      button(t("Stop"), () => stop.abort(), { class: "small", "aria-label": t("Stop the upload of {name}", { name: file.name }) }));
    list.append(entry);
    last = last.then(() => one(path, file, told, stop.signal)).then(() => {
      entry.querySelector("button").remove();
      changed();
    });
  }
  return h("section", { class: "uploads", "aria-label": t("Add documents") }, drop, address(path, changed), list);
}

async function one(path, file, told, stop) {
  if (stop.aborted) return show(told, badge(t("stopped")));
  const bar = progress(t("Upload of {name}", { name: file.name }), 0);
  show(told, bar);
  try {
    await upload(`${path}/documents`, file, (share) => (bar.value = share), stop);
    show(told, badge(t("uploaded"), "good"));
  } catch (error) {
    if (error.name === "AbortError") return show(told, badge(t("stopped")));
    show(told, badge(t("refused"), "bad"), " ", said(error.message));
    if (!(error instanceof Refused)) throw error;
  }
}

function address(path, changed) {
  const url = h("input", { type: "url", required: true, placeholder: "https://", maxlength: 2000 });
  const send = async (event) => {
    event.preventDefault();
    const made = await attempt(() => post(`${path}/sources`, { source: url.value.trim() }), t("The page is being fetched."));
    if (made !== undefined) url.value = "";
    changed();
  };
  return h("form", { class: "bar", onsubmit: send }, field(t("Or the address of a page"), url), h("button", { type: "submit" }, t("Fetch")));
}
