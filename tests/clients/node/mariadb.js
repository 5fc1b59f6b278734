// MariaDB Connector/Node.js: mariadb.js HOST PORT plain|ask [tls]; pipelining, bulk and server-side prepared statements.
const mariadb = require("mariadb");
const { login, part, statements, show, showOk, showError, question, select, parameters } = require("./common.js");

async function run(label, call) {
  try {
    const result = await call();
    if (result.meta === undefined) showOk(label, result);
    else show(label, result.meta.map((column) => column.name()), result);
  } catch (error) {
    showError(label, error);
  }
}

async function main() {
  const connection = await mariadb.createConnection({ ...login, rowsAsArray: true });
  for (const [label, sql] of statements) await run(label, () => connection.query(sql));
  if (part === "plain") {
    for (const given of parameters) await run("prepared", () => connection.execute(select, given));
    await connection.query("CREATE TEMPORARY TABLE notes (id INT PRIMARY KEY AUTO_INCREMENT, note VARCHAR(40))");
    await run("bulk", () => connection.batch("INSERT INTO notes (note) VALUES (?)", [["one"], ["two"], ["drei ☃"]]));
    await run("notes", () => connection.query("SELECT id, note FROM notes ORDER BY id"));
    const answers = await Promise.all([1, 2, 3].map((n) => connection.query(`SELECT ${n}`)));
    show("pipelined", ["n"], answers.map((answer) => answer[0]));
    await connection.reset();
    await run("after reset", () => connection.query("SELECT DATABASE(), @a"));
  } else {
    await run("prepared", () => connection.execute("ASK ?", [question]));
    await run("after prepared", () => connection.query("SELECT 'alive'"));
  }
  await connection.end();
}

main();
