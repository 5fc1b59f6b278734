import { accountLine, needLogin, withLogin } from "../account.js";
import { field, h, said, show } from "../dom.js";
import { get, Refused } from "../http.js";
import { attempt, button } from "../parts.js";
import { Answer } from "./answer.js";
import { t } from "../words.js";

const MODES = [["rows", t("Rows")], ["sql", "SQL"], ["why", t("Why")], ["narrate", t("Sentence")], ["docs", t("Documents")], ["trace", t("Trace")]];
let draft = { question: "", mode: "rows" }; // what was typed, kept while other views are looked at

/** Open the view with this question. */
export function askAgain(question) {
  draft = { ...draft, question };
  location.hash = "#/ask";
}

export default {
  name: "ask",
  title: t("Ask"),
  key: "a",
  show(root, { signal }) {
    const question = h("textarea", { class: "question", rows: 2, required: true, maxlength: 4000, value: draft.question, placeholder: t("monthly revenue by region"),
      oninput: () => (draft.question = question.value), onkeydown: (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && run() });
    const go = h("button", { type: "submit", class: "primary" }, t("Ask"));
    const stop = button(t("Cancel"), () => running?.abort(), { hidden: true });
    const options = optionsPart(signal);
    const form = h("form", { class: "ask", onsubmit: (event) => (event.preventDefault(), run()) },
      field(t("Question"), question), modes(), options.element, h("div", { class: "actions" }, go, stop));
    const place = h("section", { "aria-label": t("Answer") });
    show(root, accountLine(signal), form, place);
    let running = null;
    signal.addEventListener("abort", () => running?.abort());
    root.addEventListener("keydown", (event) => event.key === "Escape" && running?.abort());

    async function run() {
      if (running || !form.reportValidity()) return;
      if (!(await needLogin())) return;
      running = new AbortController();
      [go.disabled, stop.hidden] = [true, false];
      const answer = new Answer(question.value, draft.mode);
      show(place, answer.element);
      try {
        const asked = { question: question.value, mode: draft.mode, ...options.values() };
        await withLogin((login) => answer.run({ login, ...asked }, running.signal));
      } catch (error) {
        if (!(error instanceof Refused)) throw error; // the answer shows it
      } finally {
        running = null;
        [go.disabled, stop.hidden] = [false, true];
      }
    }
  },
};

function modes() {
  const choices = MODES.map(([mode, title]) => {
    const radio = h("input", { type: "radio", name: "mode", value: mode, checked: mode === draft.mode, onchange: () => (draft.mode = mode) });
    return h("label", null, radio, h("span", null, title));
  });
  return h("fieldset", { class: "segments" }, h("legend", null, t("Answer with")), choices);
}

/** Model, rows and knowledge bases; `values()` gives what was chosen, for the body of the call. */
function optionsPart(signal) {
  const model = h("select", null, h("option", { value: "" }, t("As configured")));
  const limit = h("input", { type: "number", min: 1, max: 100000, placeholder: t("as configured"), inputmode: "numeric" });
  const bases = h("div", { class: "checks" }, t("None yet."));
  const boxes = (known) => known.map((one) => h("label", { class: "check" }, h("input", { type: "checkbox", value: one.name }), said(one.name)));
  attempt(async () => {
    const [{ models }, { bases: known }] = await Promise.all([get("v1/models", signal), get("v1/knowledge", signal)]);
    model.append(...models.map((one) => h("option", { value: one.name }, one.name)));
    if (known.length) show(bases, boxes(known));
  });
  const element = h("details", null, h("summary", null, t("Model, rows, knowledge")),
    h("div", { class: "options" }, field(t("Model"), model), field(t("Rows at most"), limit),
      h("fieldset", null, h("legend", null, t("Knowledge bases")), bases)));
  const values = () => {
    const knowledge = [...bases.querySelectorAll("input:checked")].map((box) => box.value);
    return { ...(model.value && { model: model.value }), ...(limit.value && { limit: Number(limit.value) }), ...(knowledge.length && { knowledge }) };
  };
  return { element, values };
}
