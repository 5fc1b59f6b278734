import { h, said, show } from "../dom.js";
import { number } from "../format.js";
import { get } from "../http.js";
import { badge, poll, state, table } from "../parts.js";

const TONES = { ready: "good", serving: "good", "not started": "plain", starting: "busy", loading: "busy" };
const plain = (label, name, unit = "") => ({ label, kind: "number", cell: (one) => (one[name] === null || one[name] === undefined ? "–" : number(one[name]) + unit) });
const COLUMNS = [
  { label: "Model", cell: (one) => h("span", null, said(one.name), h("small", null, said([one.engine, one.tasks].filter(Boolean).join(" · ")))) },
  { label: "State", cell: (one) => h("span", null, badge(one.state, TONES[one.state] ?? "bad"), one.circuit !== "closed" && badge(`circuit ${one.circuit}`, "bad")) },
  plain("Waiting", "waiting"),
  plain("At work", "in_flight"),
  plain("Answered", "answered"),
  plain("Failed", "failed"),
  plain("First token", "first_token_ms", " ms"),
  plain("Tokens per second", "tokens_per_s"),
  plain("From cache", "cached_percent", " %"),
];

export default {
  name: "models",
  title: "Models",
  key: "m",
  lead: "Every model that a question may name, and how it does.",
  show(root, { signal }) {
    const empty = state("empty", "No model", "The gateway was started without one; verified queries still answer.");
    poll(root, signal, 3, () => get("v1/models", signal), ({ models }) => show(root, table("Models", COLUMNS, models, empty)));
  },
};
