"""Adminer: log in, browse, change, query, ASK."""

from urllib.parse import urlencode

from tests.clients.browsers.walks.common import ASK_TIMEOUT_MS, QUESTION, Arguments, Visitor, arguments, visitor

TABLE = "browsed_notes"


class Adminer:
    def __init__(self, visit: Visitor, given: Arguments) -> None:
        self.visit, self.given = visit, given

    def open(self, database: str, **page: str) -> None:
        where = {"server": f"{self.given.host}:{self.given.port}", "username": self.given.user}
        self.visit.go("?" + urlencode(where | ({"db": database} if database else {}) | page))

    def submit(self, button: str) -> None:
        with self.visit.page.expect_navigation(timeout=ASK_TIMEOUT_MS):
            self.visit.page.click(button)

    def walk(self) -> None:
        self.log_in()
        for step in (self.structure, self.rows, self.changes, self.queries, self.server):
            self.visit.step(step, step.__name__)

    def log_in(self) -> None:
        page = self.visit.page
        self.visit.go("")
        page.fill("[name='auth[server]']", f"{self.given.host}:{self.given.port}")
        page.fill("[name='auth[username]']", self.given.user)
        page.fill("[name='auth[password]']", self.given.password)
        self.submit("[type=submit]")
        self.visit.see("databases", rf"\n\s*{self.given.database}\b", rf"\n\s*{self.given.scratch}\b", "Logged as: ")

    def structure(self) -> None:
        database = self.given.database
        self.open(database)
        self.visit.see("tables", *(rf"{table}\s" for table in ("customers", "order_items", "orders", "products")))
        self.open(database, table="orders")
        self.visit.see(
            "structure",
            "customer_id int",
            "ordered_at datetime",
            "shipped_on date NULL",
            r"PRIMARY\s+id",
            r"customer_id\s+customers\(id\)",
        )
        self.open(database, table="customers")
        self.visit.see("another structure", r"UNIQUE\s+email", "region_id int")
        self.open(database, create="orders")
        self.visit.see("alter table", "Alter table")
        self.open(database, schema="")
        self.visit.see("schema", "order_items")

    def rows(self) -> None:
        self.open(self.given.database, select="orders", limit="50")
        self.visit.see("rows", "Modify", r"\(3,\d\d\d rows\)|\d rows")
        rows = self.visit.rows("#table")
        self.visit.check("rows of orders", [len(rows), *rows[0][1:3]], [50, "1", "23"])
        self.open(
            self.given.database,
            **{
                "select": "regions",
                "columns[0][fun]": "",
                "columns[0][col]": "name",
                "where[0][col]": "id",
                "where[0][op]": "<=",
                "where[0][val]": "2",
                "order[0]": "name",
                "desc[0]": "1",
            },
        )
        self.visit.see("some rows", "name")
        self.visit.check("rows of regions", [row[1] for row in self.visit.rows("#table")], ["South", "North"])
        self.open(self.given.database, edit="orders", **{"where[id]": "2"})
        self.visit.see("a row", "Edit: orders")
        self.visit.check("the key", self.visit.page.input_value("[name='fields[id]']"), "2")

    def changes(self) -> None:
        page, scratch = self.visit.page, self.given.scratch
        self.sql(f"DROP TABLE IF EXISTS {TABLE}", "dropped")
        self.sql(f"CREATE TABLE {TABLE} (id INT PRIMARY KEY AUTO_INCREMENT, note VARCHAR(40), due DATE)", "created")
        self.open(scratch, edit=TABLE)
        page.fill("[name='fields[note]']", "grüße ☃")
        page.fill("[name='fields[due]']", "2026-11-21")
        self.submit("input[value=Save]")
        self.visit.see("inserted", "Item 1 has been inserted|Item.* has been inserted")
        self.open(scratch, edit=TABLE, **{"where[id]": "1"})
        page.fill("[name='fields[note]']", "changed ☃")
        self.submit("input[value=Save]")
        self.visit.see("updated", "Item has been updated")
        self.open(scratch, select=TABLE)
        self.visit.see("changed rows", "changed ☃")
        self.visit.check("the row", [row[1:] for row in self.visit.rows("#table")], [["1", "changed ☃", "2026-11-21"]])
        self.open(scratch, edit=TABLE, **{"where[id]": "1"})
        self.submit("input[name=delete]")
        self.visit.see("deleted", "Item has been deleted")
        self.sql(f"DROP TABLE {TABLE}", "dropped again")

    def sql(self, statement: str, what: str, *texts: str, database: str = "") -> None:
        self.open(database or self.given.scratch, sql="")
        self.visit.page.evaluate("text => { document.querySelector('[name=query]').value = text }", statement)
        self.submit("input[value=Execute]")
        self.visit.see(what, *(texts or ["Query executed OK"]))

    def queries(self) -> None:
        database = self.given.database
        self.sql(
            "SELECT `name`, IFNULL(NULL, 'none') AS `other`, DATE_FORMAT('2026-11-21', '%d.%m.%Y') AS d"
            " FROM `regions` ORDER BY `name` LIMIT 0, 2",
            "query",
            "2 rows",
            database=database,
        )
        self.visit.check("the first", self.visit.rows("#content table")[:1], [["Central", "none", "21.11.2026"]])
        self.sql("SELECT 1; SELECT COUNT(*) FROM orders; SHOW TABLES", "several", "order_items", database=database)
        if self.given.ask:
            self.sql(f"ASK '{QUESTION}'", "ask", "rows", "North", database=database)
            self.sql(f"ASK SQL '{QUESTION}'", "ask sql", "SELECT", database=database)

    def server(self) -> None:
        for page in ("processlist", "variables", "status"):
            self.open("", **{page: ""})
            self.visit.see(page, "max_allowed_packet" if page == "variables" else "")
        self.open(self.given.database, dump="", select="regions")
        self.visit.see("export", "Export")


def main() -> None:
    given = arguments()
    with visitor(given, ".error") as visit:
        Adminer(visit, given).walk()


if __name__ == "__main__":
    main()
