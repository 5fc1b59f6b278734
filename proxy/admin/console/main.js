// The page: which view is shown, the token, light and dark, the keys.

import { signOut } from "./account.js";
import { dialog } from "./dialogs.js";
import { field, h, show } from "./dom.js";
import { forgetToken, get, Refused, tryToken, whenUnauthorised } from "./http.js";
import { nextTheme, startTheme } from "./theme.js";
import { failure, state } from "./parts.js";
import { helpDialog, startKeys } from "./keys.js";
import { startSampling } from "./samples.js";
import status from "./views/status.js";
import live from "./views/live.js";
import ask from "./views/ask.js";
import history from "./views/history.js";
import knowledge from "./views/knowledge.js";
import terms from "./views/terms.js";
import queries from "./views/queries.js";
import models from "./views/models.js";
import metrics from "./views/metrics.js";
import { sentence, t } from "./words.js";

const VIEWS = [status, live, ask, history, knowledge, terms, queries, models, metrics];
const main = document.getElementById("main");
const nav = document.getElementById("nav");
const menu = document.getElementById("menu");
const me = { role: "reader" };
let leaving = new AbortController();

function askToken() {
  const input = h("input", { name: "token", type: "password", required: true, autocomplete: "off", spellcheck: "false" });
  return dialog({
    title: t("Open the console"),
    body: [
      h("p", null, sentence("The gateway made tokens on its first start. Who may read its data folder gets them with {command}.", { command: h("code", null, "askwire token") })),
      field(t("Token"), input, t("Kept until this tab is closed, nowhere else.")),
    ],
    action: t("Open"),
    submit: async (data) => {
      if (!(await tryToken(data.get("token").trim()))) throw new Refused(401, { message: t("The gateway does not know this token.") });
    },
  }).then((done) => done !== null);
}

function place() {
  const [name, ...rest] = location.hash.replace(/^#\/?/, "").split("/");
  const decoded = rest.map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
  return [VIEWS.find((view) => view.name === name) ?? VIEWS[0], decoded];
}

async function open(focus) {
  leaving.abort();
  leaving = new AbortController();
  const signal = leaving.signal;
  const [view, path] = place();
  document.title = `${view.title} · askwire`;
  toggleMenu(false);
  for (const link of nav.querySelectorAll("a")) {
    if (link.dataset.view === view.name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  try {
    if (!me.known) await identify();
    if (signal.aborted) return;
    const root = h("div", { class: "view" });
    show(main, h("h1", { tabindex: -1 }, view.title), view.lead && h("p", { class: "lead" }, view.lead), root);
    view.show(root, { signal, path, admin: me.role === "admin" });
    if (focus) main.querySelector("h1").focus();
  } catch (error) {
    show(main, h("h1", { tabindex: -1 }, view.title), error.status === 401
      ? state("empty", t("The console needs a token"), t("Nothing is shown without it."), h("button", { type: "button", class: "primary", onclick: () => open(true) }, t("Enter the token")))
      : failure(error, () => open(true)));
  }
}

async function identify() {
  const found = await get("v1/status");
  Object.assign(me, { role: found.role, known: true });
  document.getElementById("role").textContent = found.role === "admin" ? t("Administrator") : t("Reader");
  startSampling();
}

function visit(view) {
  if (location.hash === `#/${view.name}`) main.querySelector("h1").focus();
  else location.hash = `#/${view.name}`;
}

function toggleMenu(open) {
  menu.setAttribute("aria-expanded", String(open));
  nav.classList.toggle("open", open);
}

function leave() {
  signOut();
  forgetToken();
  location.reload();
}

function start() {
  const items = VIEWS.map((view) => h("li", null, h("a", { href: `#/${view.name}`, "data-view": view.name }, view.title)));
  nav.append(h("ol", null, items));
  const theme = h("button", { type: "button", class: "quiet" });
  const keys = h("button", { type: "button", class: "quiet", onclick: () => helpDialog(VIEWS) }, t("Keys"));
  const out = h("button", { type: "button", class: "quiet", onclick: leave }, t("Forget token"));
  document.getElementById("foot").append(h("span", { id: "role" }), theme, keys, out);
  startTheme(theme);
  menu.addEventListener("click", () => toggleMenu(menu.getAttribute("aria-expanded") !== "true"));
  nav.setAttribute("aria-label", t("Views"));
  menu.textContent = t("Menu");
  const skip = document.querySelector(".skip");
  skip.textContent = t("Skip to the content");
  skip.addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
  });
  startKeys(VIEWS, { open: visit, theme: nextTheme, again: () => open(false), closeMenu: () => toggleMenu(false) });
  whenUnauthorised(askToken);
  addEventListener("hashchange", () => open(true));
  open(false);
}

start();
