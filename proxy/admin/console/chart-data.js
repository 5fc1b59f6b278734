// Whether rows suit a chart, and what it shows: lines over time, bars for categories.

import { instant } from "./format.js";

const MOST_BARS = 30;
const MOST_LINES = 6;
const MOST_ROWS = 5000;
const NUMERIC = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const DAY = /^\d{4}-\d\d(-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?)?$/;
const QUARTER = /^(\d{4})[- ]?Q([1-4])$/i;
const KEY = /(^|_)id$/i; // numbers, but nothing to measure

/**
 * The plan of a chart, or null: `{kind: "line" | "bars", label, names, places, measures: [{name, series, left}]}`. Each
 * of `series` is `{name, values}` along `names`; `places` are their milliseconds (lines); `left` says how many series or
 * bars are not shown.
 */
export function chartable(columns, rows) {
  if (rows.length < 2 || rows.length > MOST_ROWS || columns.length < 2) return null;
  const kinds = columns.map((column, at) => kindOf(column, rows.map((row) => row[at])));
  const measured = [...kinds.keys()].filter((at) => kinds[at] === "number" && at > 0 && !KEY.test(columns[at].name));
  if (!measured.length) return null;
  const keys = [...kinds.keys()].slice(0, measured[0]);
  const time = keys.slice(0, 2).find((at) => kinds[at] === "time");
  if (time !== undefined && keys.length <= 2) return lines(columns, rows, time, keys.find((at) => at !== time), measured);
  if (kinds[0] !== "text" || keys.length > 2) return null;
  return bars(columns, rows, keys, measured);
}

/** The number that a cell holds (decimals come as text, so that no digit is lost), or null. */
export function numeric(value) {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  return typeof value === "string" && NUMERIC.test(value) ? Number(value) : null;
}

/** Milliseconds of `2026`, `2026-03`, `2026-Q1`, `2026-03-14`, `2026-03-14 10:00:00`; null for anything else. */
export function milliseconds(value) {
  const text = String(value ?? "");
  const quarter = QUARTER.exec(text);
  if (quarter) return Date.UTC(quarter[1], 3 * (quarter[2] - 1));
  if (/^(19|20)\d\d$/.test(text)) return Date.UTC(text, 0);
  return DAY.test(text) ? (instant(text.length === 7 ? `${text}-01T00:00:00` : text.length === 10 ? `${text}T00:00:00` : text)?.getTime() ?? null) : null;
}

function kindOf(column, values) {
  const known = values.filter((value) => value !== null);
  if (!known.length) return "nothing";
  const year = known.every((value) => /^(19|20)\d\d$/.test(value)) && /year|jahr|^y$/i.test(column.name);
  if (known.length === values.length && (year || known.every((value) => typeof value === "string" && !/^\d{4}$/.test(value) && milliseconds(value) !== null))) return "time";
  return known.every((value) => numeric(value) !== null) ? "number" : "text";
}

function lines(columns, rows, time, by, measured) {
  const sorted = [...rows].sort((a, b) => milliseconds(a[time]) - milliseconds(b[time]));
  const names = [...new Set(sorted.map((row) => String(row[time])))];
  if (names.length < 2 || (by === undefined && names.length < rows.length)) return null;
  const measures = (by === undefined ? measured : measured.slice(0, 1)).map((at) => {
    const groups = by === undefined ? [columns[at].name] : [...new Set(sorted.map((row) => String(row[by] ?? "NULL")))];
    const series = groups.map((name) => ({ name, values: names.map(() => null) }));
    for (const row of sorted) {
      const group = by === undefined ? 0 : groups.indexOf(String(row[by] ?? "NULL"));
      series[group].values[names.indexOf(String(row[time]))] = numeric(row[at]);
    }
    series.sort((a, b) => total(b) - total(a));
    return { name: columns[at].name, series: series.slice(0, MOST_LINES), left: Math.max(0, series.length - MOST_LINES) };
  });
  return { kind: "line", label: columns[time].name, names, places: names.map(milliseconds), measures };
}

function total(series) {
  return series.values.reduce((sum, value) => sum + Math.abs(value ?? 0), 0);
}

function bars(columns, rows, keys, measured) {
  const shown = rows.slice(0, MOST_BARS);
  const names = shown.map((row) => keys.map((at) => String(row[at] ?? "NULL")).join(" · "));
  const measures = measured.map((at) => ({
    name: columns[at].name,
    series: [{ name: columns[at].name, values: shown.map((row) => numeric(row[at])) }],
    left: rows.length - shown.length,
  }));
  return { kind: "bars", label: keys.map((at) => columns[at].name).join(", "), names, places: null, measures };
}
