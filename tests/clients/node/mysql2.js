// mysql2: mysql2.js HOST PORT plain|ask [tls]; text protocol and server-side prepared statements.
const mysql = require("mysql2/promise");
const { login, part, statements, show, showOk, showError, question, select, parameters } = require("./common.js");

async function run(label, call) {
  try {
    const [result, fields] = await call();
    if (fields === undefined) showOk(label, result);
    else show(label, fields.map((field) => field.name), result);
  } catch (error) {
    showError(label, error);
  }
}

async function main() {
  const connection = await mysql.createConnection({ ...login, rowsAsArray: true, supportBigNumbers: true });
  for (const [label, sql] of statements) await run(label, () => connection.query(sql));
  if (part === "plain") {
    for (const given of parameters) await run("prepared", () => connection.execute(select, given));
    await connection.changeUser({ ...login, database: "scratch" });
    await run("after change of user", () => connection.query("SELECT DATABASE(), @a"));
  } else {
    await run("prepared", () => connection.execute("ASK ?", [question]));
    await run("prepared again", () => connection.execute("ASK ?", [question]));
    await run("after prepared", () => connection.query("SELECT 'alive'"));
  }
  await connection.end();
}

main();
