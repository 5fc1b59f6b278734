// The database account that questions are asked with. Its login is kept in memory only and ends with the page.

import { field, h, said } from "./dom.js";
import { dialog } from "./dialogs.js";
import { get, leave, post } from "./http.js";
import { sentence, t } from "./words.js";

let current = null;
const listeners = new Set();

/** `{login, account, database}`, or null. */
export const account = () => current;

/** Call `listener` whenever somebody signs in or out, until `signal` is aborted. */
export function onAccount(listener, signal) {
  listeners.add(listener);
  signal.addEventListener("abort", () => listeners.delete(listener));
}

function become(next) {
  current = next;
  for (const listener of listeners) listener();
}

/** Ask for user and password; the account, or null when the dialog was left. */
export async function signIn() {
  const given = (name, attributes) => h("input", { name, required: name !== "database" && name !== "password", maxlength: 200, ...attributes });
  const body = [
    h("p", null, t("Questions run with the rights of your own database account, never with the gateway's.")),
    field(t("User"), given("user", { autocomplete: "username", autocapitalize: "none", spellcheck: "false" })),
    field(t("Password"), given("password", { type: "password", autocomplete: "current-password" })),
    field(t("Database"), given("database", { autocapitalize: "none", spellcheck: "false", autocomplete: "off" })),
  ];
  await dialog({
    title: t("Sign in to the database"),
    body,
    action: t("Sign in"),
    submit: async (data) => {
      const [user, password, database] = ["user", "password", "database"].map((name) => data.get(name));
      const made = await post("v1/logins", { user, password, database });
      signOut();
      become({ ...made, database });
    },
  });
  return current;
}

/** The login to act with, asking for one if need be; null when the person does not want to. */
export async function needLogin() {
  return (current ?? (await signIn()))?.login ?? null;
}

/** Do `work(login)`; undefined when nobody wants to sign in. A login that the gateway forgot is forgotten here too. */
export async function withLogin(work) {
  const login = await needLogin();
  if (!login) return undefined;
  try {
    return await work(login);
  } catch (error) {
    if (error.status === 404 && error.code === 404) become(null);
    throw error;
  }
}

export function signOut() {
  if (!current) return;
  leave(`v1/logins/${encodeURIComponent(current.login)}`);
  become(null);
}

/** Who is signed in, and the button to change that. */
export function accountLine(signal) {
  const line = h("p", { class: "account", "aria-live": "polite" });
  const draw = () => line.replaceChildren(...(current
    ? [...(current.database ? sentence("Signed in as {account} on {database}", { account: strong(current.account), database: strong(current.database) }) : sentence("Signed in as {account}", { account: strong(current.account) })), " ",
       h("button", { type: "button", class: "link", "data-key": "sign-out", onclick: signOut }, t("Sign out"))]
    : [t("No database account yet."), " ", h("button", { type: "button", class: "link", "data-key": "sign-in", onclick: signIn }, t("Sign in"))]));
  onAccount(draw, signal);
  draw();
  return line;
}

const strong = (text) => h("strong", null, said(text));

/** Databases that something was taught for, to suggest. */
export async function knownDatabases(signal) {
  const { databases } = await get("v1/databases", signal);
  return [...new Set(databases.map((one) => one.database))].sort();
}

addEventListener("pagehide", signOut);
