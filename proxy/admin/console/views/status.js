import { h, said, show } from "../dom.js";
import { duration, number } from "../format.js";
import { get, ready } from "../http.js";
import { badge, load, poll, tile } from "../parts.js";
import { t } from "../words.js";

const KEPT_ABOVE = new Set(["gateway.upstream", "gateway.uptime_s", "gateway.sessions", "gateway.statements_running"]);

export default {
  name: "status",
  title: t("Status"),
  key: "s",
  show(root, { signal }) {
    const live = h("section", { "aria-label": t("Live numbers") });
    const settings = h("div");
    const details = h("details", { ontoggle: () => details.open && !settings.hasChildNodes() && drawSettings(settings, signal) }, h("summary", null, t("Settings")), settings);
    show(root, live, h("section", null, details));
    const both = async () => ({ status: await get("v1/status", signal), ready: await ready(signal) });
    poll(live, signal, 2, both, (found) => show(live, numbers(found), items(found.status.items)));
  },
};

function numbers({ status, ready }) {
  const told = ready ? badge(t("Ready"), "good") : badge(t("Not ready: the database does not answer"), "bad");
  return h("dl", { class: "tiles" },
    tile(t("Gateway"), told, h("small", null, "askwire ", said(status.version))),
    tile(t("Sessions"), h("b", { id: "sessions" }, number(status.sessions))),
    tile(t("Running"), h("b", null, number(status.statements_running))),
    tile(t("Up for"), h("b", null, duration(status.uptime_s))),
    tile(t("Upstream"), said(status.upstream)));
}

/** Items as one list for each group, the first word of `group.name` or `group what it is about`. */
function items(all) {
  const groups = new Map();
  for (const item of all) {
    if (KEPT_ABOVE.has(item.name)) continue;
    const [, group, rest] = /^(\w*)\W?(.*)$/s.exec(item.name);
    groups.set(group, [...(groups.get(group) ?? []), { name: rest || group, value: item.value }]);
  }
  return h("div", { class: "columns" }, [...groups].map(([group, members]) => h("section", null, h("h2", null, said(group)), pairs(members))));
}

function pairs(members) {
  return h("dl", { class: "pairs" }, members.map(({ name, value }) => h("div", null, h("dt", null, said(name.replaceAll("_", " "))), h("dd", null, said(value)))));
}

function drawSettings(place, signal) {
  load(place, signal, () => get("v1/settings", signal), ({ settings }) => show(place, pairs([...flat(settings, "")])));
}

function* flat(value, name) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    yield { name, value: value === null ? "–" : Array.isArray(value) ? JSON.stringify(value) : String(value) };
    return;
  }
  for (const [key, inner] of Object.entries(value)) yield* flat(inner, name ? `${name} · ${key}` : key);
}
