// Charts by hand in SVG: drawn as wide as there is place, described in words for who cannot see them.

import { chartable } from "./chart-data.js";
import { freshId, h, s, said, show } from "./dom.js";
import { count, number, short } from "./format.js";
import { t } from "./words.js";

const BAR = 26;
const HEIGHT = 300;
const NARROW = 520;

/** A figure with the chart of these rows, or null where they suit none. */
export function chart(question, columns, rows) {
  const plan = chartable(columns, rows);
  if (!plan) return null;
  const place = h("div", { class: "canvas" });
  const words = h("figcaption");
  const choice = h("select", { "aria-label": t("What the chart measures"), onchange: () => draw() },
    plan.measures.map((measure, at) => h("option", { value: at }, measure.name)));
  function draw() {
    const measure = plan.measures[Number(choice.value) || 0];
    show(words, said(description(plan, measure)));
    show(place, picture(question, plan, measure, Math.max(240, place.clientWidth || 640)), place.clientWidth < NARROW && legend(plan, measure));
  }
  let width = 0;
  new ResizeObserver(() => {
    if (place.clientWidth === width) return;
    width = place.clientWidth;
    draw();
  }).observe(place);
  return h("figure", { class: "chart" }, plan.measures.length > 1 && choice, place, words);
}

function description(plan, measure) {
  const kind = plan.kind === "line" ? t("Line chart") : t("Bar chart");
  const points = measure.series.flatMap((one) => one.values.map((value, at) => ({ value, at, name: one.name }))).filter((point) => point.value !== null);
  if (!points.length) return t("{kind} of {measure}: no values.", { kind, measure: measure.name });
  const [least, most] = [points.reduce((a, b) => (b.value < a.value ? b : a)), points.reduce((a, b) => (b.value > a.value ? b : a))];
  const where = (point) => plan.names[point.at] + (measure.series.length > 1 ? `, ${point.name}` : "");
  const what = measure.series.length > 1 ? t("{n} lines of {measure}", { n: measure.series.length, measure: measure.name }) : measure.name;
  const told = [
    t("{kind} of {what} by {label}, {values}.", { kind, what, label: plan.label, values: count(plan.names.length, "value") }),
    measure.left && t("{n} more not drawn.", { n: number(measure.left) }),
    t("Highest {most} ({there}), lowest {least} ({here}).", { most: number(most.value), there: where(most), least: number(least.value), here: where(least) }),
  ];
  return told.filter(Boolean).join(" ");
}

function picture(question, plan, measure, width) {
  const [title, desc] = [s("title", { id: freshId("title") }, question), s("desc", { id: freshId("desc") }, description(plan, measure))];
  const [height, marks] = plan.kind === "line" ? lineMarks(plan, measure, width) : barMarks(plan, measure, width);
  return s("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-labelledby": `${title.id} ${desc.id}` }, title, desc, marks);
}

/** Round steps that span from `least` to `most`, zero included. */
export function ticks(least, most, wanted) {
  const [low, high] = [Math.min(0, least), Math.max(0, most)];
  const rough = (high - low || 1) / wanted;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = magnitude * ([1, 2, 5].find((factor) => factor * magnitude >= rough) ?? 10);
  const first = Math.floor(low / step);
  const last = Math.max(first + 1, Math.ceil(high / step));
  return Array.from({ length: last - first + 1 }, (_, at) => (first + at) * step);
}

function span(measure) {
  const values = measure.series.flatMap((one) => one.values).filter((value) => value !== null);
  return [Math.min(0, ...values), Math.max(0, ...values)];
}

function lineMarks(plan, measure, width) {
  const named = measure.series.length > 1 && width >= NARROW;
  const [left, right, top, bottom] = [56, named ? 124 : 16, 14, 34];
  const steps = ticks(...span(measure), 5);
  const [from, to] = [plan.places[0], plan.places.at(-1)];
  const x = (at) => left + ((plan.places[at] - from) / (to - from)) * (width - left - right);
  const y = (value) => HEIGHT - bottom - ((value - steps[0]) / (steps.at(-1) - steps[0])) * (HEIGHT - top - bottom);
  const grid = steps.map((step) => [
    s("line", { class: step === 0 ? "zero" : "rule", x1: left, x2: width - right, y1: y(step), y2: y(step) }),
    s("text", { class: "axis end", x: left - 8, y: y(step) + 4 }, short(step)),
  ]);
  const drawn = measure.series.map((one, at) => line(plan, one, at, x, y));
  const labels = named ? endLabels(measure.series, x, y) : [];
  return [HEIGHT, [grid, moments(plan.names, x, width), drawn, labels]];
}

function moments(names, x, width) {
  const every = Math.ceil(names.length / Math.max(2, Math.floor(width / 110)));
  return names.map((name, at) => at % every === 0 && s("text", { class: "axis middle", x: x(at), y: HEIGHT - 10 }, name.slice(0, 16)));
}

function line(plan, one, at, x, y) {
  const points = one.values.map((value, place) => ({ value, place })).filter((point) => point.value !== null);
  // A gap in the values is a gap in the line.
  const path = points.map(({ value, place }, index) =>
    `${index && points[index - 1].place === place - 1 ? "L" : "M"}${x(place).toFixed(1)} ${y(value).toFixed(1)}`).join("");
  const dots = points.length <= 60 && points.map(({ value, place }) =>
    s("circle", { cx: x(place), cy: y(value), r: 3 }, s("title", null, `${plan.names[place]}, ${one.name}: ${number(value)}`)));
  return s("g", { class: `series s${at}` }, s("path", { d: path }), dots);
}

/** The name of each line at its end, moved apart where they would cover one another. */
function endLabels(series, x, y) {
  const ends = series.map((one, at) => {
    const last = one.values.findLastIndex((value) => value !== null);
    return { at, name: one.name, x: x(Math.max(0, last)), y: y(one.values[last] ?? 0) };
  }).sort((a, b) => a.y - b.y);
  ends.forEach((end, at) => at && (end.y = Math.max(end.y, ends[at - 1].y + 15)));
  const over = Math.max(0, (ends.at(-1)?.y ?? 0) - (HEIGHT - 40));
  return ends.map((end) => s("text", { class: `name s${end.at}`, x: end.x + 10, y: end.y - over + 4 }, clip(end.name, 15)));
}

function legend(plan, measure) {
  if (plan.kind !== "line" || measure.series.length < 2) return null;
  const entries = measure.series.map((one, at) => h("li", { class: `s${at}` }, said(one.name)));
  return h("ul", { class: "legend", "aria-label": t("Lines") }, entries);
}

function barMarks(plan, measure, width) {
  const values = measure.series[0].values;
  const [least, most] = span(measure);
  const label = Math.min(Math.round(width * 0.36), 14 + 7.5 * Math.max(...plan.names.map((name) => Math.min(name.length, 26))));
  const [start, end] = [label + (least < 0 ? 60 : 0), width - 76];
  const x = (value) => start + ((value - least) / (most - least || 1)) * (end - start);
  const marks = values.map((value, at) => {
    const y = 8 + at * BAR;
    const [from, to] = [Math.min(x(0), x(value ?? 0)), Math.max(x(0), x(value ?? 0))];
    const told = value === null ? "NULL" : short(value);
    return s("g", { class: "bar" }, s("title", null, `${plan.names[at]}: ${value === null ? "NULL" : number(value)}`),
      s("text", { class: "axis end", x: label - 8, y: y + 16 }, clip(plan.names[at], Math.floor((label - 10) / 7.5))),
      s("rect", { x: from, y: y + 3, width: Math.max(1, to - from), height: BAR - 8, rx: 2 }),
      s("text", { class: value < 0 ? "value end" : "value", x: value < 0 ? from - 6 : to + 6, y: y + 16 }, told));
  });
  const height = 16 + values.length * BAR;
  return [height, [marks, s("line", { class: "zero", x1: x(0), x2: x(0), y1: 6, y2: height - 6 })]];
}

function clip(text, length) {
  return text.length > length ? `${text.slice(0, Math.max(1, length - 1))}…` : text;
}

/** A small line without axes; the number stands beside it in text. */
export function spark(values, width = 120, height = 28) {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const x = (at) => 1 + (at / Math.max(1, values.length - 1)) * (width - 2);
  const y = (value) => height - 2 - ((value - least) / (most - least || 1)) * (height - 4);
  const points = values.map((value, at) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  return s("svg", { class: "spark", viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true" },
    values.length > 1 && s("polyline", { points }));
}
