"""DbGate: connect, browse, change, query, ASK."""

import re

from playwright.sync_api import Locator

from tests.clients.browsers.walks.common import ASK_TIMEOUT_MS, QUESTION, Arguments, Visitor, arguments, visitor

TABLE = "gate_notes"
FIELD = "[data-testid=ConnectionDriverFields_{}]"
CONNECTIONS, OBJECTS = "[data-testid=ConnectionList_container]", "[data-testid=SqlObjectList_container]"
GRID = "[data-testid^=TabContent]:visible table"
FIRST_ROW = f"{GRID} td[data-row='0']"
ERRORS = ".mdi-close-circle.color-icon-red"


class DbGate:
    def __init__(self, visit: Visitor, given: Arguments) -> None:
        self.visit, self.given = visit, given

    def walk(self) -> None:
        self.connect()
        for step in (self.rows, self.changes, self.structure, self.queries):
            self.visit.step(step, step.__name__)

    def connect(self) -> None:
        page, given = self.visit.page, self.given
        page.route("**/cloud/**", lambda route: route.fulfill(body="null", content_type="application/json"))
        self.visit.go("")
        page.select_option(FIELD.format("connectionType"), label="MySQL")
        values = {"server": given.host, "port": str(given.port), "user": given.user, "password": given.password}
        for name, value in values.items():
            page.fill(FIELD.format(name), value)
        page.click("[data-testid=ConnectionTab_buttonTest]")
        page.wait_for_selector("text=/Connected:/")
        self.visit.see("connection", r"Connected: +\d+\.\d+")
        page.click("[data-testid=ConnectionTab_buttonConnect]")
        self.database(given.database)
        self.visit.see("databases", rf"\n *{given.database}\b", rf"\n *{given.scratch}\b")

    def database(self, name: str) -> None:
        self.visit.page.click(f"{CONNECTIONS} >> text=/^ *{name} *$/")

    def table(self, name: str) -> None:
        self.visit.page.locator(f"{OBJECTS} .main", has_text=re.compile(rf"^\W*{name}\b")).click()

    def rows(self) -> None:
        self.database(self.given.database)
        self.table("orders")
        self.visit.page.wait_for_selector(FIRST_ROW)
        self.visit.see("rows", r"Rows: 4,039", "customer_id int")
        self.visit.check("rows of orders", self.row(0)[:3], ["1", "23", "2024-11-01 17:24:54"])
        self.visit.page.fill("[data-testid=DataFilterControl_input_customer_id]:visible", "=86")
        self.visit.page.keyboard.press("Enter")
        self.visit.page.wait_for_selector(f"{GRID} td[data-row='0'][data-col='1'] >> text=86")
        self.visit.see("some rows")

    def row(self, number: int) -> list[str]:
        return [" ".join(text.split()) for text in self.cells(number).all_inner_texts()]

    def cells(self, number: int) -> Locator:
        return self.visit.page.locator(f"{GRID} td[data-row='{number}']:not([data-col=header])")

    def changes(self) -> None:
        page, table = self.visit.page, f"{self.given.scratch}.{TABLE}"
        self.query(
            f"DROP TABLE IF EXISTS {table};"
            f"CREATE TABLE {table} (id INT PRIMARY KEY AUTO_INCREMENT, note VARCHAR(40), due DATE);"
            f"INSERT INTO {table} (note, due) VALUES ('first', NULL), ('grüße ☃', '2026-11-21')",
            results=0,
        )
        self.visit.see("created", "Finished")
        self.database(self.given.scratch)  # for the first time: it remembers which tables there are
        self.table(TABLE)
        page.wait_for_selector(FIRST_ROW)
        self.visit.check(
            "new rows", [self.row(0), self.row(1)], [["1", "first", "(NULL)"], ["2", "grüße ☃", "2026-11-21"]]
        )
        self.cells(1).nth(1).click()
        page.wait_for_selector("text=Delete row(s) >> visible=true")  # buttons have moved the rows
        self.cells(1).nth(1).dblclick()  # the last one: databases may put a changed row there
        page.fill(".inplaceeditor-container input", "changed ☃")
        page.keyboard.press("Enter")
        self.save("changed", "UPDATE")
        self.cells(0).nth(0).click()
        page.click("text=Delete row(s)")
        self.save("deleted", "DELETE")
        self.query(f"SELECT * FROM {TABLE}; DROP TABLE {TABLE}", results=1)
        page.wait_for_selector(FIRST_ROW)
        self.visit.check("what is left", self.row(0), ["2", "changed ☃", "2026-11-21"])
        self.visit.see("left over", "Rows: 1")

    def save(self, what: str, sql: str) -> None:
        """What was done to the rows is shown as SQL, which is confirmed."""
        page = self.visit.page
        page.click("[data-testid=TableDataTab_save]:visible")
        page.wait_for_selector(f"[data-testid=ModalBase_window] >> text={sql}")
        self.visit.see(what, sql)
        page.click("[data-testid=ModalBase_window] [value=OK]")
        page.wait_for_selector("[data-testid=ModalBase_window]", state="hidden")

    def structure(self) -> None:
        self.database(self.given.database)
        self.described("orders", 1, r"customer_id\s+NOT NULL\s+int", r"ordered_at\s+NOT NULL\s+datetime", "customers")
        self.described("order_items", 2, r"unit_price\s+NOT NULL\s+decimal\(10,2\)", "order_id, line", "products")

    def described(self, table: str, foreign_keys: int, *texts: str) -> None:
        self.table(table)
        self.visit.page.click("text=Structure >> visible=true")
        self.visit.page.wait_for_selector(f"text=/Foreign keys \\({foreign_keys}\\)/ >> visible=true")
        self.visit.see(f"structure of {table}", *texts)

    def query(self, statements: str, *, results: int) -> None:
        """Run them in a tab of their own; the last one's result, if there is any, is shown first."""
        page = self.visit.page
        page.click("[data-testid=TabsPanel_buttonNewObject]")
        page.click("[data-testid=NewObjectModal_query]")
        page.locator(".ace_content:visible", has_text=re.compile(r"^\s*$")).click()
        page.keyboard.insert_text(statements)
        page.click("[data-testid=QueryTab_executeButton]:visible")
        last = f"text=Result {results}" if results else "text=Query execution finished"
        page.wait_for_selector(f"{last} >> visible=true", timeout=ASK_TIMEOUT_MS)

    def queries(self) -> None:
        self.database(self.given.database)
        self.query("SELECT COUNT(*) FROM orders; SHOW TABLES", results=2)
        self.visit.see("several", "customers", "regions")
        if self.given.ask:
            self.query(f"ASK '{QUESTION}'; SHOW WARNINGS", results=2)
            # Only the first rows are drawn, and in which order they come is the model's choice.
            regions = "North|South|East|West|Central"
            self.visit.page.wait_for_selector(f"{GRID} td >> text=/^({regions})$/")
            self.visit.see("ask", "Rows: 120", regions)
            self.visit.page.click("text=Result 2 >> visible=true")
            self.visit.page.wait_for_selector(f"{GRID} td >> text=/SELECT/")
            self.visit.see("notes", "SELECT")


def main() -> None:
    given = arguments()
    with visitor(given, ERRORS) as visit:
        DbGate(visit, given).walk()


if __name__ == "__main__":
    main()
