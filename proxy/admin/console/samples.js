// What /metrics said since the page was opened, for the small lines: one value for each series, every few seconds.

import { Refused, text } from "./http.js";
import { parse, series } from "./metrics-text.js";

const EVERY_MS = 5000;
const KEPT = 240;
const past = new Map();
const listeners = new Set();
let families = null;
let timer = null;

export function startSampling() {
  timer ??= setInterval(() => document.hidden || sample(), EVERY_MS);
}

/** Ask now, and tell all listeners. Throws Refused. */
export async function sampleNow() {
  families = parse(await text("metrics"));
  for (const family of families) for (const one of series(family)) remember(one.key, one.count ?? one.value);
  for (const listener of listeners) listener(families);
  return families;
}

async function sample() {
  try {
    await sampleNow();
  } catch (error) {
    if (!(error instanceof Refused)) throw error; // the view that needs it says so; the next turn may succeed
  }
}

function remember(key, value) {
  const values = past.get(key) ?? [];
  values.push(value);
  past.set(key, values.slice(-KEPT));
}

/** The values of a series since the page was opened. */
export const pastOf = (key) => past.get(key) ?? [];

/** How much a counter grew between looks. */
export const growthOf = (key) => pastOf(key).slice(1).map((value, at) => Math.max(0, value - pastOf(key)[at]));

export function onSample(listener, signal) {
  listeners.add(listener);
  signal.addEventListener("abort", () => listeners.delete(listener));
}
