import { account, accountLine, withLogin } from "../account.js";
import { confirmed } from "../dialogs.js";
import { field, h, said, show } from "../dom.js";
import { duration, moment } from "../format.js";
import { call, get } from "../http.js";
import { badge, button, notice, poll, state, table } from "../parts.js";
import { sentence, t } from "../words.js";

export default {
  name: "live",
  title: t("Live"),
  key: "l",
  lead: t("Sessions and what each runs just now."),
  show(root, { signal, admin }) {
    let sessions = [];
    const filter = h("input", { type: "search", oninput: () => draw() });
    const list = h("section");
    show(root, admin && accountLine(signal), h("div", { class: "bar" }, field(t("Only those that hold"), filter)), list);
    const draw = () => {
      const wanted = filter.value.toLowerCase();
      const shown = sessions.filter((one) => [one.id, one.user, one.peer, one.database, one.state, one.statement].join("\n").toLowerCase().includes(wanted));
      const empty = sessions.length ? state("empty", t("None of the sessions holds this")) : state("empty", t("No sessions"), t("Nobody is connected to the gateway just now."));
      show(list, table(t("Sessions"), columns(admin, again), shown, empty));
    };
    let turn = null;
    const again = () => turn?.();
    poll(list, signal, 2, () => get("v1/sessions", signal), (found) => {
      sessions = found.sessions;
      draw();
    }).then((found) => (turn = found));
  },
};

function columns(admin, again) {
  return [
    { label: "Id", kind: "number", cell: (one) => String(one.id) },
    { label: t("Account"), cell: (one) => h("span", null, said(one.user), h("small", null, said(one.peer))) },
    { label: t("Database"), cell: (one) => one.database || "–" },
    { label: t("State"), cell: (one) => h("span", null, badge(one.state, busy(one) ? "busy" : "plain"), h("small", null, t("since {moment}", { moment: moment(one.since) }))) },
    { label: t("Statement"), kind: "code", cell: (one) => (one.statement ? h("code", null, said(one.statement)) : "–") },
    { label: t("Running"), kind: "number", cell: (one) => duration(one.seconds) },
    ...(admin ? [{ label: t("Do"), kind: "actions", cell: (one) => actions(one, again) }] : []),
  ];
}

function busy(one) {
  return one.state !== "idle";
}

function actions(one, again) {
  const path = `v1/sessions/${encodeURIComponent(one.id)}`;
  const who = () => ({ user: h("strong", null, said(one.user)), peer: said(one.peer) });
  // What the database itself works on, it stops for a database account that may; the gateway has none of its own.
  const inDatabase = one.state === "running";
  const stop = () => (inDatabase ? withLogin((login) => call("POST", `${path}/cancel`, { login })) : call("POST", `${path}/cancel`));
  const close = () => call("DELETE", path, { login: inDatabase ? account()?.login : undefined });
  const cancel = async () => {
    const text = [sentence("What {user} at {peer} runs now is stopped; the session stays.", who()), inDatabase && ` ${t("The database does it for the account that you are signed in with.")}`];
    if (await confirmed(t("Cancel the statement?"), text, t("Cancel it"), stop)) told(t("The statement is stopped."));
  };
  const end = async () => {
    const text = [sentence("The connection of {user} at {peer} is closed. What it had not committed is lost.", who()), inDatabase && !account() && ` ${t("The database goes on with the statement unless you sign in first.")}`];
    if (await confirmed(t("End the session?"), text, t("End it"), close)) told(t("The session is ended."));
  };
  const told = (text) => {
    notice(text);
    again();
  };
  return [
    busy(one) && button(t("Cancel"), cancel, { class: "small", "data-key": `cancel-${one.id}`, "aria-label": t("Cancel the statement of session {id}", { id: one.id }) }),
    button(t("End"), end, { class: "small danger", "data-key": `end-${one.id}`, "aria-label": t("End session {id}", { id: one.id }) }),
  ];
}
