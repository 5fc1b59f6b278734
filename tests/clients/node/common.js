// What the Node clients share: which statements they run, and how they print what they got.
const fs = require("node:fs");
const path = require("node:path");

const [host, port, part, ...options] = process.argv.slice(2);
const login = { host, port: Number(port), user: "app", password: "secret", database: "shop" };
if (options.includes("tls")) login.ssl = { rejectUnauthorized: false };

const statements = fs.readFileSync(path.join(__dirname, "..", `${part}.txt`), "utf8").trimEnd().split("\n").map((line) => line.split("\t"));

function text(value) {
  if (value === null) return "NULL";
  if (Buffer.isBuffer(value)) return "0x" + value.toString("hex");
  if (value instanceof Date) return value.toISOString();
  return String(value);
}

function show(label, columns, rows) {
  console.log(`-- ${label}\ncolumns: ${columns.join(" | ")}`);
  for (const row of rows) console.log(row.map(text).join(" | "));
}

function showOk(label, result) {
  console.log(`-- ${label}\nok: ${result.affectedRows} rows, id ${result.insertId ?? 0}`);
}

function showError(label, error) {
  if (error.errno === undefined) throw error;
  console.log(`-- ${label}\nerror: ${error.errno} ${error.sqlState} ${error.sqlMessage}`);
}

module.exports = {
  login, part, statements, show, showOk, showError,
  question: "how many customers are there",
  select: "SELECT id, name, ? AS given FROM regions WHERE id >= ? ORDER BY id",
  parameters: [["grüße", 2], [null, 4], [12.5, 5]],
};
