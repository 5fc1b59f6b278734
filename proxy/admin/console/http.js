// The admin endpoint: JSON, server-sent events and uploads, always with the token, which lives in sessionStorage only.

import { t } from "./words.js";

const TOKEN = "askwire.token";

/** An answer that is not 2xx, or none at all (`status` 0). `code` and `name` are the gateway's own. */
export class Refused extends Error {
  constructor(status, { code = 0, name = "", message = "" } = {}) {
    super(message || (status ? t("The gateway answered {status}.", { status }) : t("The gateway does not answer.")));
    Object.assign(this, { status, code, errorName: name });
  }
}

let asking = null; // one question for the token, however many calls wait for it
let askToken = () => Promise.resolve(false);

/** `ask` shows the question for the token; its promise says whether there is one now. */
export function whenUnauthorised(ask) {
  askToken = ask;
}

/** Whether the gateway takes this token; keeps it if so. Throws Refused for any other reason. */
export async function tryToken(text) {
  const answer = await send("v1/status", { headers: { Authorization: `Bearer ${text}` } });
  if (answer.status === 401) return false;
  if (!answer.ok) throw await refusal(answer);
  sessionStorage.setItem(TOKEN, text);
  return true;
}

export function forgetToken() {
  sessionStorage.removeItem(TOKEN);
}

function authorised(headers = {}) {
  const token = sessionStorage.getItem(TOKEN);
  return token ? { ...headers, Authorization: `Bearer ${token}` } : headers;
}

async function send(path, options) {
  try {
    return await fetch(new URL(path, document.baseURI), { cache: "no-store", credentials: "omit", redirect: "error", ...options });
  } catch (error) {
    throw error.name === "AbortError" ? error : new Refused(0);
  }
}

async function refusal(answer) {
  return refusalOf(answer.status, await whole(answer.text()));
}

function refusalOf(status, text) {
  let found = {};
  try {
    found = JSON.parse(text).error ?? {};
  } catch {
    // not the gateway's own words: a proxy's page, or nothing
  }
  return new Refused(status, found);
}

async function renewed() {
  asking ??= askToken().finally(() => (asking = null));
  return asking;
}

/**
 * The Response of a call. A 401 asks for the token and calls again. `login`: the database login whose rights count.
 * Throws Refused.
 */
export async function call(method, path, { body, signal, login, accept = "application/json" } = {}) {
  const more = { ...(body !== undefined && { "Content-Type": "application/json" }), ...(login && { "Askwire-Login": login }) };
  const options = () => ({ method, signal, body: body && JSON.stringify(body), headers: authorised({ Accept: accept, ...more }) });
  if (!sessionStorage.getItem(TOKEN) && !(await renewed())) throw new Refused(401, { message: t("The console needs a token.") });
  let answer = await send(path, options());
  while (answer.status === 401 && (await renewed())) answer = await send(path, options());
  if (!answer.ok) throw await refusal(answer);
  return answer;
}

/** A body, which may break off. Throws Refused, and AbortError when its view was left meanwhile. */
async function whole(body) {
  try {
    return await body;
  } catch (error) {
    throw error.name === "AbortError" ? error : new Refused(0, { message: t("The answer broke off before its end.") });
  }
}

async function parsed(answer) {
  return answer.status === 204 ? null : whole(answer.json());
}

export const get = async (path, signal) => parsed(await call("GET", path, { signal }));
export const text = async (path, signal) => whole((await call("GET", path, { signal, accept: "text/plain" })).text());
export const post = async (path, body, signal) => parsed(await call("POST", path, { body: body ?? {}, signal }));
export const put = async (path, body) => parsed(await call("PUT", path, { body }));
export const del = async (path) => parsed(await call("DELETE", path));

/** Readiness needs no token, and its 503 is an answer. */
export async function ready(signal) {
  return (await send("ready", { signal })).ok;
}

/** A DELETE that outlives the page. */
export function leave(path) {
  send(path, { method: "DELETE", keepalive: true, headers: authorised() }).catch(() => {});
}

/** The events of a POST, as `{event, data}`; leaving the loop, or `signal`, hangs up. */
export async function* events(path, body, signal) {
  const answer = await call("POST", path, { body, signal, accept: "text/event-stream" });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    let rest = "";
    for (;;) {
      const { value, done } = await whole(reader.read());
      if (done) return;
      const blocks = (rest + value).replaceAll("\r\n", "\n").split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) if (/^data:/m.test(block)) yield event(block);
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function event(block) {
  const lines = block.split("\n");
  const of = (name) => lines.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).replace(/^ /, ""));
  return { event: of("event")[0] ?? "message", data: JSON.parse(of("data").join("\n")) };
}

/** Send a file as multipart `file`; `progress` gets 0 to 1. `signal` stops it. Throws Refused. */
export async function upload(path, file, progress, signal) {
  for (;;) {
    const { status, answer } = await sendFile(path, file, progress, signal);
    if (status >= 200 && status < 300) return JSON.parse(answer || "null");
    if (status !== 401 || !(await renewed())) throw refusalOf(status, answer);
  }
}

function sendFile(path, file, progress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const body = new FormData();
    body.append("file", file, file.name);
    request.open("POST", new URL(path, document.baseURI));
    for (const [name, value] of Object.entries(authorised())) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    request.onload = () => resolve({ status: request.status, answer: request.responseText });
    request.onerror = () => reject(new Refused(0));
    request.onabort = () => reject(new DOMException("stopped", "AbortError"));
    signal?.addEventListener("abort", () => request.abort());
    request.send(body);
  });
}
