import { account, accountLine, withLogin } from "../account.js";
import { confirmed } from "../dialogs.js";
import { field, h, said, show } from "../dom.js";
import { duration, moment } from "../format.js";
import { call, get } from "../http.js";
import { badge, button, notice, poll, state, table } from "../parts.js";

export default {
  name: "live",
  title: "Live",
  key: "l",
  lead: "Sessions and what each runs just now.",
  show(root, { signal, admin }) {
    let sessions = [];
    const filter = h("input", { type: "search", oninput: () => draw() });
    const list = h("section");
    show(root, admin && accountLine(signal), h("div", { class: "bar" }, field("Only those that hold", filter)), list);
    const draw = () => {
      const wanted = filter.value.toLowerCase();
      const shown = sessions.filter((one) => [one.id, one.user, one.peer, one.database, one.state, one.statement].join("\n").toLowerCase().includes(wanted));
      const empty = sessions.length ? state("empty", "None of the sessions holds this") : state("empty", "No sessions", "Nobody is connected to the gateway just now.");
      show(list, table("Sessions", columns(admin, again), shown, empty));
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
    { label: "Account", cell: (one) => h("span", null, said(one.user), h("small", null, said(one.peer))) },
    { label: "Database", cell: (one) => one.database || "–" },
    { label: "State", cell: (one) => h("span", null, badge(one.state, busy(one) ? "busy" : "plain"), h("small", null, `since ${moment(one.since)}`)) },
    { label: "Statement", kind: "code", cell: (one) => (one.statement ? h("code", null, said(one.statement)) : "–") },
    { label: "Running", kind: "number", cell: (one) => duration(one.seconds) },
    ...(admin ? [{ label: "Do", kind: "actions", cell: (one) => actions(one, again) }] : []),
  ];
}

function busy(one) {
  return one.state !== "idle";
}

function actions(one, again) {
  const path = `v1/sessions/${encodeURIComponent(one.id)}`;
  const who = () => [h("strong", null, said(one.user)), " at ", said(one.peer)];
  // What the database itself works on, it stops for a database account that may; the gateway has none of its own.
  const inDatabase = one.state === "running";
  const stop = () => (inDatabase ? withLogin((login) => call("POST", `${path}/cancel`, { login })) : call("POST", `${path}/cancel`));
  const close = () => call("DELETE", path, { login: inDatabase ? account()?.login : undefined });
  const cancel = async () => {
    const text = ["What ", who(), " runs now is stopped; the session stays.", inDatabase && " The database does it for the account that you are signed in with."];
    if (await confirmed("Cancel the statement?", text, "Cancel it", stop)) told("The statement is stopped.");
  };
  const end = async () => {
    const text = ["The connection of ", who(), " is closed. What it had not committed is lost.", inDatabase && !account() && " The database goes on with the statement unless you sign in first."];
    if (await confirmed("End the session?", text, "End it", close)) told("The session is ended.");
  };
  const told = (text) => {
    notice(text);
    again();
  };
  return [
    busy(one) && button("Cancel", cancel, { class: "small", "data-key": `cancel-${one.id}`, "aria-label": `Cancel the statement of session ${one.id}` }),
    button("End", end, { class: "small danger", "data-key": `end-${one.id}`, "aria-label": `End session ${one.id}` }),
  ];
}
