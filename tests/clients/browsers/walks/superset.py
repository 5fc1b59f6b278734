"""Apache Superset: connect, a dataset, a chart, a dataset made of a question, SQL Lab with ASK."""

import json
from functools import partial
from typing import Any
from urllib.parse import quote_plus, urlencode

from tests.clients.browsers.walks.common import (
    ASK_TIMEOUT_MS,
    QUESTION,
    Arguments,
    Visitor,
    arguments,
    silent,
    visitor,
)

# By driver: a table, its column of time, and one to group by; Superset takes a table as a dataset once only.
DRIVERS = {"pymysql": ("orders", "ordered_at", "status"), "mysqldb": ("customers", "signed_up_on", "segment")}
ACCOUNT = "admin"  # as servers.superset makes it, and its password
ERRORS = ".ant-alert-error, [data-test=error-message], .toast--danger"
COUNT = {"expressionType": "SQL", "sqlExpression": "COUNT(*)", "label": "count"}
REVENUE = {"expressionType": "SQL", "sqlExpression": "SUM(revenue)", "label": "revenue"}
MONTHS = {
    "viz_type": "echarts_timeseries_bar",
    "time_grain_sqla": "P1M",
    "metrics": [COUNT],
    "row_limit": 1000,
    "stack": "Stack",
}
REGIONS = {"viz_type": "table", "query_mode": "aggregate", "groupby": ["region"], "metrics": [REVENUE]}


class Superset:
    def __init__(self, visit: Visitor, given: Arguments) -> None:
        self.visit, self.given = visit, given

    def walk(self) -> None:
        self.log_in()
        for driver in DRIVERS:
            database = self.connect(driver)
            for step in (self.browse, self.chart, self.chart_of_question, self.queries):
                self.visit.step(partial(step, database, driver), step.__name__)

    def log_in(self) -> None:
        page = self.visit.page
        self.visit.go("login/")
        page.fill("#username", ACCOUNT)
        page.fill("#password", ACCOUNT)
        page.click("[data-test=login-button]")
        page.wait_for_url("**/superset/welcome/")
        self.visit.see("welcome", "Home|Recents")

    def call(self, path: str, values: Any = None) -> Any:
        """Superset's REST interface, in the session of the browser. ``values``: what to POST."""
        url = f"{self.visit.url}api/v1/{path}"
        request = self.visit.page.request
        answer = request.get(url) if values is None else request.post(url, data=values)
        assert answer.ok, f"{path}: {answer.status} {answer.text()[:2000]}"
        return answer.json()

    def connect(self, driver: str) -> int:
        given = self.given
        account = f"{quote_plus(given.user)}:{quote_plus(given.password)}"
        address = f"mysql+{driver}://{account}@{given.host}:{given.port}/{given.database}?charset=utf8mb4"
        values = {"database_name": driver, "sqlalchemy_uri": address, "expose_in_sqllab": True, "allow_dml": True}
        self.call("database/test_connection/", {"database_name": driver, "sqlalchemy_uri": address})
        return int(self.call("database/", values)["id"])

    def browse(self, database: int, driver: str) -> None:
        given = self.given
        schemas = self.call(f"database/{database}/schemas/")["result"]
        assert {given.database, given.scratch} <= set(schemas), schemas
        tables = self.call(f"database/{database}/tables/?q=(schema_name:{given.database})")["result"]
        names = {table["value"] for table in tables}
        assert {"customers", "order_items", "orders", "products", "regions"} <= names, names
        query = urlencode({"name": "orders", "schema": given.database})
        orders = self.call(f"database/{database}/table_metadata/?{query}")
        types = {column["name"]: column["type"].split("(")[0] for column in orders["columns"]}
        assert {"id": "INTEGER", "ordered_at": "DATETIME", "shipped_on": "DATE"}.items() <= types.items(), types
        keys = [(*key["column_names"], key["referred_table"]) for key in orders["foreignKeys"]]
        assert keys == [("customer_id", "customers")], orders
        self.visit.check(f"tables, columns and keys by {driver}", "", "")

    def chart(self, database: int, driver: str) -> None:
        table, time, group = DRIVERS[driver]
        dataset = {"database": database, "schema": self.given.database, "table_name": table}
        self.draw(f"chart by {driver}", dataset, {**MONTHS, "x_axis": time, "groupby": [group]})

    def chart_of_question(self, database: int, driver: str) -> None:
        if self.given.ask:
            sql = f"SELECT * FROM ASK('{QUESTION}') AS answer"
            asked = {"database": database, "schema": self.given.database, "table_name": f"asked by {driver}"}
            self.draw(f"chart of a question by {driver}", {**asked, "sql": sql}, REGIONS, "Central", "West")

    def draw(self, name: str, dataset: dict[str, Any], chart: dict[str, Any], *texts: str) -> None:
        source = self.call("dataset/", dataset)["id"]
        wanted = {"datasource": f"{source}__table", **chart}
        values = {"slice_name": name, "datasource_id": source, "datasource_type": "table"}
        made = self.call("chart/", {**values, "viz_type": chart["viz_type"], "params": json.dumps(wanted)})["id"]
        self.visit.go(f"explore/?slice_id={made}")
        drawn = "[data-test=chart-container] canvas, [data-test=chart-container] table"
        self.visit.page.wait_for_selector(f"{drawn}, {ERRORS}", timeout=ASK_TIMEOUT_MS)
        self.visit.see(name, r"\d+ rows?", *texts)

    def queries(self, database: int, driver: str) -> None:
        self.query(
            database, f"query by {driver}", "SELECT `id`, `name` FROM `regions` ORDER BY `id` LIMIT 0, 2", "North"
        )
        if self.given.ask:
            self.query(database, f"ask by {driver}", f"ASK '{QUESTION}'", "Central")
            self.query(database, f"marked by {driver}", f"/*nl*/ SELECT '{QUESTION}'", "Central")

    def query(self, database: int, name: str, sql: str, *texts: str) -> None:
        where = {"dbid": database, "schema": self.given.database, "sql": sql, "name": name, "autorun": "true"}
        self.visit.go("sqllab/?" + urlencode(where))
        self.visit.page.wait_for_selector(f".SouthPane [role=grid], {ERRORS}")
        self.visit.see(name, r"\d+ rows?", *texts)


def main() -> None:
    given = arguments()
    with visitor(given, ERRORS, silent) as visit:
        Superset(visit, given).walk()


if __name__ == "__main__":
    main()
