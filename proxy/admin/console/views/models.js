import { h, said, show } from "../dom.js";
import { number } from "../format.js";
import { get } from "../http.js";
import { badge, poll, state, table } from "../parts.js";
import { t } from "../words.js";

const TONES = { ready: "good", serving: "good", "not started": "plain", starting: "busy", loading: "busy" };
const plain = (label, name, unit = "") => ({ label, kind: "number", cell: (one) => (one[name] === null || one[name] === undefined ? "–" : number(one[name]) + unit) });
const COLUMNS = [
  { label: t("Model"), cell: (one) => h("span", null, said(one.name), h("small", null, said([one.engine, one.tasks].filter(Boolean).join(" · ")))) },
  { label: t("State"), cell: (one) => h("span", null, badge(one.state, TONES[one.state] ?? "bad"), one.circuit !== "closed" && badge(t("circuit {state}", { state: one.circuit }), "bad")) },
  plain(t("Waiting"), "waiting"),
  plain(t("At work"), "in_flight"),
  plain(t("Answered"), "answered"),
  plain(t("Failed"), "failed"),
  plain(t("First token"), "first_token_ms", " ms"),
  plain(t("Tokens per second"), "tokens_per_s"),
  plain(t("From cache"), "cached_percent", " %"),
];

export default {
  name: "models",
  title: t("Models"),
  key: "m",
  lead: t("Every model that a question may name, and how it does."),
  show(root, { signal }) {
    const empty = state("empty", t("No model"), t("The gateway was started without one; verified queries still answer."));
    poll(root, signal, 3, () => get("v1/models", signal), ({ models }) => show(root, table(t("Models"), COLUMNS, models, empty)));
  },
};
