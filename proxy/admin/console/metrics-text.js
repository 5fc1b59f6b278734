// The Prometheus text format, read: https://prometheus.io/docs/instrumenting/exposition_formats/

const SAMPLE = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/;
const LABEL = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** Families: `[{name, type, help, samples: [{name, labels, value}]}]`. Lines that are none are left out. */
export function parse(text) {
  const families = new Map();
  const family = (name) => {
    if (!families.has(name)) families.set(name, { name, type: "untyped", help: "", samples: [] });
    return families.get(name);
  };
  for (const line of text.split("\n")) {
    const about = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line);
    if (about) family(about[2])[about[1].toLowerCase()] = about[3];
    const found = line.startsWith("#") ? null : SAMPLE.exec(line);
    if (found) family(familyName(found[1], families)).samples.push({ name: found[1], labels: labelsOf(found[2]), value: valueOf(found[3]) });
  }
  return [...families.values()].filter((one) => one.samples.length && !one.name.endsWith("_created"));
}

function familyName(name, families) {
  return families.has(name) ? name : name.replace(/_(bucket|sum|count|total)$/, "");
}

function labelsOf(text = "") {
  const labels = {};
  for (const [, name, value] of text.matchAll(LABEL)) labels[name] = value.replace(/\\(.)/g, (_, char) => (char === "n" ? "\n" : char));
  return labels;
}

function valueOf(text) {
  return { "+Inf": Infinity, "-Inf": -Infinity }[text] ?? Number(text);
}

/** One line for each set of labels: `{key, labels, value, count?, median?, p95?}`; a histogram's value is its mean. */
export function series(family) {
  const found = new Map();
  for (const sample of family.samples) {
    if (sample.name.endsWith("_created")) continue;
    const { le, ...labels } = sample.labels;
    const key = `${family.name} ${JSON.stringify(labels)}`;
    if (!found.has(key)) found.set(key, { key, labels, value: NaN, buckets: [] });
    const one = found.get(key);
    if (le !== undefined) one.buckets.push([valueOf(le), sample.value]);
    else if (sample.name === `${family.name}_sum`) one.sum = sample.value;
    else if (sample.name === `${family.name}_count`) one.count = sample.value;
    else one.value = sample.value;
  }
  return [...found.values()].map(finished);
}

function finished({ buckets, sum, count, ...rest }) {
  if (count === undefined) return rest;
  return { ...rest, count, value: count ? sum / count : NaN, median: quantile(buckets, 0.5), p95: quantile(buckets, 0.95) };
}

/** Within its bucket a quantile is taken to lie evenly, as Prometheus does. */
function quantile(buckets, share) {
  const wanted = share * (buckets.at(-1)?.[1] ?? 0);
  const at = buckets.findIndex(([, below]) => below >= wanted);
  if (!wanted || at < 0) return NaN;
  const [from, before] = at ? buckets[at - 1] : [0, 0];
  const [to, below] = buckets[at];
  return to === Infinity ? from : from + ((to - from) * (wanted - before)) / (below - before || 1);
}
