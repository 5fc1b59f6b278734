import { spark } from "../chart.js";
import { h, said, show } from "../dom.js";
import { bytes, count, duration, moment, number, short } from "../format.js";
import { load, state } from "../parts.js";
import { growthOf, onSample, pastOf, sampleNow } from "../samples.js";
import { series } from "../metrics-text.js";
import { t } from "../words.js";

const GROUPS = { model: t("Models"), ask: t("Questions"), embeddings: t("Embeddings"), embedder: t("Embeddings"), knowledge: t("Knowledge"), http: t("Admin HTTP"), admin: t("Admin HTTP") };
const MOST = 12; // series of one metric

export default {
  name: "metrics",
  title: t("Metrics"),
  key: "x",
  lead: t("What Prometheus reads at /metrics. The small lines show the time since this page was opened."),
  show(root, { signal }) {
    const draw = (families) => show(root, families.length ? grouped(families) : state("empty", t("Nothing measured yet")));
    load(root, signal, sampleNow, draw);
    onSample(draw, signal);
  },
};

function grouped(families) {
  const groups = new Map();
  for (const family of families) {
    const word = family.name.split("_")[1];
    const title = GROUPS[word] ?? (family.name.startsWith("askwire_") ? t("Gateway") : t("Process"));
    groups.set(title, [...(groups.get(title) ?? []), family]);
  }
  return [...groups].map(([title, members]) => h("section", { class: "metrics" }, h("h2", null, title), members.map(familyPart)));
}

function familyPart(family) {
  const all = series(family);
  const rows = all.slice(0, MOST).map((one) => h("li", null, labels(one.labels), h("span", { class: "figure" }, figure(family, one)), spark(line(family, one.key))));
  const more = all.length > MOST && h("li", { class: "more" }, t("{n} more", { n: all.length - MOST }));
  return h("div", { class: "family" }, h("h3", null, h("code", null, said(family.name)), h("small", null, said(family.help))), h("ul", null, rows, more));
}

function labels(all) {
  const values = Object.values(all);
  return h("span", { class: "name" }, values.length ? said(values.join(" · ")) : "all");
}

function line(family, key) {
  return family.type === "gauge" ? pastOf(key) : growthOf(key);
}

function figure(family, one) {
  const unit = unitOf(family.name);
  if (one.count === undefined) return unit(one.value);
  if (!one.count) return t("none yet");
  return t("{times}, median {median}, 95 % below {p95}", { times: count(one.count, "time"), median: unit(one.median), p95: unit(one.p95) });
}

function unitOf(name) {
  if (/_timestamp_seconds$|_start_time_seconds$/.test(name)) return moment;
  if (/_seconds(_total)?$/.test(name)) return duration;
  if (/_bytes(_total)?$/.test(name)) return bytes;
  return (value) => (Math.abs(value) < 1e6 ? number(value) : short(value));
}
