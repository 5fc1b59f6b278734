// Numbers, sizes, times: short, and the same everywhere.

import { language, t } from "./words.js";

const LOCALE = language === "en" ? "en-GB" : language;
const PLAIN = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 2 });
const SHORT = new Intl.NumberFormat(LOCALE, { notation: "compact", maximumFractionDigits: 1 });
const MOMENT = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeStyle: "short" });
const STEPS = [[86400, "d"], [3600, "h"], [60, "min"]];

/** `12,345.67`; an em dash where there is no number. */
export function number(value) {
  return isNumber(value) ? PLAIN.format(value) : "–";
}

/** `12.3k`. */
export function short(value) {
  return isNumber(value) ? (Math.abs(value) < 10_000 ? PLAIN.format(value) : SHORT.format(value)) : "–";
}

export function percent(share) {
  return isNumber(share) ? `${Math.round(100 * share)} %` : "–";
}

export function bytes(count) {
  if (!isNumber(count)) return "–";
  const units = ["B", "kB", "MB", "GB", "TB"];
  const step = Math.min(units.length - 1, count < 1 ? 0 : Math.floor(Math.log10(count) / 3));
  return `${PLAIN.format(Number((count / 1000 ** step).toPrecision(3)))} ${units[step]}`;
}

/** `0.31 s`, `4 min 5 s`, `3 d 2 h`. */
export function duration(seconds) {
  if (!isNumber(seconds)) return "–";
  if (seconds < 60) return `${PLAIN.format(Number(seconds.toPrecision(seconds < 1 ? 2 : 3)))} s`;
  const parts = [];
  let rest = Math.round(seconds);
  for (const [size, unit] of STEPS) {
    if (rest >= size) parts.push(`${Math.floor(rest / size)} ${unit}`);
    rest %= size;
  }
  if (parts.length < 2 && rest) parts.push(`${rest} s`);
  return parts.slice(0, 2).join(" ");
}

/** The Date of an ISO text (without a zone it is UTC) or of seconds since 1970; null for anything else. */
export function instant(value) {
  const zoned = typeof value === "string" && !/(Z|[+-]\d\d:?\d\d)$/.test(value) ? `${value.replace(" ", "T")}Z` : value;
  const date = new Date(typeof value === "number" ? value * 1000 : zoned);
  return value === null || Number.isNaN(date.getTime()) ? null : date;
}

export function moment(value) {
  const date = instant(value);
  return date ? MOMENT.format(date) : "–";
}

const COUNTED = {
  row: (one, n) => (one ? t("{n} row", n) : t("{n} rows", n)),
  time: (one, n) => (one ? t("{n} time", n) : t("{n} times", n)),
  value: (one, n) => (one ? t("{n} value", n) : t("{n} values", n)),
};

/** `1 row`, `2 rows`; `what` is one of `COUNTED`. */
export function count(amount, what) {
  return COUNTED[what](amount === 1, { n: number(amount) });
}

export function isNumber(value) {
  return typeof value === "number" && Number.isFinite(value);
}
