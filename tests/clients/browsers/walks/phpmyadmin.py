"""phpMyAdmin: log in, browse, change, query, ASK."""

from urllib.parse import urlencode

from playwright.sync_api import Page

from tests.clients.browsers.walks.common import (
    ASK_TIMEOUT_MS,
    QUESTION,
    Arguments,
    Visitor,
    arguments,
    loaded,
    visitor,
)

TABLE = "browsed_entries"
ERRORS = ".alert-danger, .error, #pma_errors"


def at_rest(page: Page) -> None:
    """Its scripts are there and wait for no answer: before that a button does nothing."""
    loaded(page)
    page.wait_for_function("() => !AJAX.active && jQuery.active === 0", timeout=ASK_TIMEOUT_MS)


class PhpMyAdmin:
    def __init__(self, visit: Visitor, given: Arguments) -> None:
        self.visit, self.given = visit, given

    def open(self, route: str, **values: str) -> None:
        self.visit.go("index.php?" + urlencode({"route": route, **values}))

    def walk(self) -> None:
        self.log_in()
        for step in (self.structure, self.relations, self.rows, self.export, self.changes, self.queries, self.server):
            self.visit.step(step, step.__name__)

    def log_in(self) -> None:
        page = self.visit.page
        self.visit.go("index.php")
        page.fill("#input_username", self.given.user)
        page.fill("#input_password", self.given.password)
        with page.expect_navigation():
            page.click("#input_go")
        self.visit.see("home", "Server version", "phpMyAdmin", rf"\n\s*{self.given.database}\b")

    def structure(self) -> None:
        page, database = self.visit.page, self.given.database
        self.open("/server/databases")
        self.visit.see("databases", database, self.given.scratch)
        self.open("/database/structure", db=database)
        self.visit.see("tables", "customers", "order_items", "orders", "products", "5 tables")
        self.open("/table/structure", db=database, table="orders")
        self.visit.see("structure", "customer_id", "datetime", "shipped_on date Yes", "PRIMARY .*Yes.* id ")
        self.open("/table/structure", db=database, table="order_items")
        self.visit.see("another structure", r"unit_price decimal\(10,2\)", r"PRIMARY .*Yes.* order_id .*\n ?line ")
        page.wait_for_selector("#pma_navigation_tree_content >> text=order_items")

    def relations(self) -> None:
        page, database = self.visit.page, self.given.database
        self.open("/table/relation", db=database, table="orders")
        self.visit.see("relations", "Foreign key constraint")
        target = page.input_value("[name='destination_foreign_table[0]']")
        self.visit.check("foreign key", target, "customers")
        self.open("/database/designer", db=database)
        self.visit.see("designer", "order_items")

    def rows(self) -> None:
        self.open("/sql", db=self.given.database, table="orders", pos="0")
        self.visit.see("rows", r"Showing rows 0 - 24 \(")
        rows = self.visit.rows("table.table_results")
        self.visit.check("rows of orders", [len(rows), *rows[0][4:6]], [25, "1", "23"])
        self.open("/table/search", db=self.given.database, table="orders")
        self.visit.see("search", "status")

    def export(self) -> None:
        page = self.visit.page
        self.open("/table/export", db=self.given.database, table="regions", single_table="true")
        self.visit.see("export", "Exporting rows")
        with page.expect_download() as download:
            page.click("#buttonGo")
        text = download.value.path().read_text()
        missing = [words for words in ("CREATE TABLE `regions`", "INSERT INTO", "'Central'") if words not in text]
        self.visit.check("exported", missing and text, [])

    def changes(self) -> None:
        page, scratch = self.visit.page, self.given.scratch
        self.sql(f"DROP TABLE IF EXISTS {TABLE}", "dropped")
        self.sql(f"CREATE TABLE {TABLE} (id INT PRIMARY KEY AUTO_INCREMENT, note VARCHAR(40), due DATE)", "created")
        self.open("/table/change", db=scratch, table=TABLE)
        page.fill("#field_2_3", "grüße ☃")
        page.fill("#field_3_3", "2026-11-21")
        page.click("#buttonYes >> nth=0")
        page.wait_for_selector(".alert-success")
        self.visit.see("inserted", "1 row inserted")
        self._browse("inserted rows", [["1", "grüße ☃", "2026-11-21"]])
        page.click(".edit_row_anchor a")
        page.wait_for_selector("#field_2_3")
        at_rest(page)
        page.fill("#field_2_3", "changed ☃")
        page.click("#buttonYes >> nth=0")
        page.wait_for_selector(".alert-success")
        self.visit.see("updated", "1 row affected")
        self._browse("changed rows", [["1", "changed ☃", "2026-11-21"]])
        page.click(".delete_row")
        page.wait_for_selector(".alert-success >> text=1 row deleted")
        self.sql(f"SELECT COUNT(*) AS left_over FROM {TABLE}", "deleted")
        self.visit.check("rows after deletion", [row[-1] for row in self.visit.rows("table.table_results")], ["0"])
        self.sql(f"DROP TABLE {TABLE}", "dropped again")

    def _browse(self, what: str, expected: list[list[str]]) -> None:
        self.open("/sql", db=self.given.scratch, table=TABLE, pos="0")
        self.visit.see(what, "Showing rows")
        self.visit.check(f"{what} of it", [row[-3:] for row in self.visit.rows("table.table_results")], expected)

    def sql(self, statement: str, what: str, *texts: str, database: str = "") -> None:
        page = self.visit.page
        self.open("/database/sql", db=database or self.given.scratch)
        page.wait_for_selector("#queryfieldscontainer .CodeMirror")
        at_rest(page)
        page.evaluate("text => window.codeMirrorEditor.setValue(text)", statement)
        page.click("#button_submit_query")
        page.wait_for_selector(".result_query, .alert-danger", timeout=ASK_TIMEOUT_MS)
        self.visit.see(what, *texts)

    def queries(self) -> None:
        database = self.given.database
        statement = (
            "SELECT `name`, IFNULL(NULL, 'none') AS `other`, DATE_FORMAT('2026-11-21', '%d.%m.%Y') AS d"
            " FROM `regions` ORDER BY `name` LIMIT 0, 2"
        )
        self.sql(statement, "query", "2 total", database=database)
        rows = [row[-3:] for row in self.visit.rows("table.table_results")]
        self.visit.check("rows of it", rows, [["Central", "none", "21.11.2026"], ["East", "none", "21.11.2026"]])
        self.sql(
            "SELECT 1 AS one; SELECT COUNT(*) FROM orders; SHOW TABLES", "several", "order_items", database=database
        )
        if self.given.ask:
            self.sql(f"ASK '{QUESTION}'", "ask", r"Showing rows 0 - 24 \(120 total", "North", database=database)
            self.sql(f"ASK SQL '{QUESTION}'", "ask sql", "SELECT", database=database)

    def server(self) -> None:
        pages = {
            "/server/variables": "max allowed packet",
            "/server/status": "Network traffic since startup",
            "/server/status/processes": "Processes",
            "/server/status/variables": "Com_select|Com select",
            "/server/collations": "utf8mb4_general_ci",
            "/server/engines": "InnoDB",
            "/server/plugins": "mysql_native_password|caching_sha2_password",
        }
        for route, text in pages.items():
            self.open(route)
            self.visit.see(route.removeprefix("/server/").replace("/", " "), text)


def main() -> None:
    given = arguments()
    with visitor(given, ERRORS, at_rest) as visit:
        PhpMyAdmin(visit, given).walk()


if __name__ == "__main__":
    main()
