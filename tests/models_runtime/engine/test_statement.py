"""Which names a statement may go on with, after each beginning."""

import pytest

from models_runtime.engine.lexer import Misfit
from models_runtime.engine.names import Catalog, is_likely_alias
from models_runtime.engine.scope import Scope
from models_runtime.engine.statement import Statement

CATALOG = Catalog(
    {
        "customers": ["id", "full_name", "city", "Größe"],
        "orders": ["id", "customer_id", "placed", "total"],
        "order_items": ["order_id", "product", "price"],
        "odd table": ["some column"],
    }
)


def after(text: str) -> Statement:
    """The statement as ``text`` leaves it, which must be allowed at every byte."""
    statement = Statement(scope=Scope(CATALOG))
    for byte in text.encode():
        statement.feed(bytes([byte]))
    return statement


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT COUNT(*) FROM customers",
        "SELECT c.full_name, SUM(o.total) AS turnover FROM customers AS c JOIN orders o ON o.customer_id = c.id"
        " WHERE o.placed >= '2023-01-01' AND NOT c.city IN ('a', 'b') GROUP BY c.full_name HAVING turnover > 10"
        " ORDER BY turnover DESC, 1 LIMIT 3 OFFSET 1",
        "FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE o.id IS NULL SELECT DISTINCT c.city",
        "SELECT full_name FROM customers WHERE id IN (SELECT customer_id FROM orders WHERE total BETWEEN 1 AND 2)",
        "SELECT id FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id)",
        "WITH RECURSIVE sums (who, much) AS (SELECT customer_id, SUM(total) FROM orders GROUP BY customer_id), "
        "best AS (SELECT MAX(much) AS top FROM sums) SELECT s.who FROM sums s, best WHERE s.much = best.top",
        "SELECT x.n FROM (SELECT city, COUNT(*) n FROM customers GROUP BY city) AS x ORDER BY x.n",
        "SELECT EXTRACT(YEAR FROM placed), TIMESTAMPDIFF(MONTH, placed, NOW()) FROM orders",
        "SELECT placed + INTERVAL 1 DAY, CAST(total AS DECIMAL(10, 2)) FROM orders",
        "SELECT CASE WHEN total > 5 THEN 'much' ELSE NULL END AS kind, -total * 2 FROM orders",
        "SELECT ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY placed DESC) AS number FROM orders",
        "SELECT SUM(total) OVER (ORDER BY placed ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) FROM orders",
        "SELECT id FROM orders UNION ALL SELECT id FROM customers ORDER BY id",
        "SELECT `some column` FROM `odd table` AS t WHERE t.`some column` > 0",
        "SELECT CUSTOMERS.Größe FROM Customers WHERE größe = 'ü'",
        "SELECT GROUP_CONCAT(DISTINCT city ORDER BY city SEPARATOR ', ') FROM customers -- the cities\n",
        "SELECT a.id FROM customers a JOIN customers b USING (id)",
        "SELECT c.city, (SELECT COUNT(*) FROM orders o WHERE o.customer_id = c.id) FROM customers c",
        "WITH best AS (SELECT c.id, c.city FROM customers c)"
        " SELECT c.city, o.total FROM best c JOIN orders o ON o.id = c.id",
        "(SELECT id FROM orders) UNION (SELECT id FROM customers)",
    ],
)
def test_statements_over_the_catalog_are_let_pass(sql: str) -> None:
    assert after(sql).may_end()
    assert after(sql).fits(b";\n")
    assert after(sql + "\n").fits(b"```")


@pytest.mark.parametrize(
    ("text", "fitting", "unfitting"),
    [
        ("SELECT ", ["city", "to", "c.", "COUNT(", "DISTINCT ", "o.total", "(", "'x'"], ["name ", "usernames", "id2 "]),
        ("SELECT * FROM ", ["customers", "Cust", "`odd table`", "("], ["clients", "city", "shop.customers", "1", ")"]),
        ("SELECT * FROM orders", [" ", "\n", ",", " AS o"], ["x ", "."]),
        ("SELECT * FROM orders o JOIN ", ["order_items i", "(SELECT"], ["items", "o.id"]),
        ("SELECT * FROM orders o WHERE o.", ["total ", "pla"], ["city", "full_name", "price", "total2", "1", "("]),
        ("SELECT * FROM orders o WHERE ", ["o.", "total ", "id="], ["city", "price ", "c.", "customers.", "O2."]),
        ("FROM orders o SELECT ", ["total", "o.id", "MAX("], ["city", "full_name"]),
        ("FROM orders o SELECT total AS much ORDER BY ", ["much ", "total"], ["more "]),
        ("SELECT o.", ["total ", "id,"], ["nothing ", "1"]),
        ("SELECT x.", ["anything ", "*"], ["1"]),
        ("SELECT o.placed, o.", ["total ", "id,"], ["city", "price "]),
        ("SELECT o.placed FROM order_items ", ["i ", "o2", "ON "], ["o", "o ", "AS o", "AS o\n"]),
        ("SELECT o.placed FROM order_items i", [" JOIN", ", "], [" WHERE ", ";", "\n```"]),
        ("SELECT o.placed FROM order_items i JOIN orders o", [" ON ", " WHERE ", ";"], []),
        ("SELECT (SELECT ", ["city", "total"], ["nothing "]),
        ("SELECT total FROM orders o WHERE id IN (", ["1", "total", "SELECT "], ["city"]),
        ("SELECT total FROM orders o WHERE id IN (SELECT ", ["city", "order_id"], ["nothing "]),
        ("SELECT total FROM orders GROUP BY ", ["YEAR(", "total\n"], ["year ", "year\n", "city"]),
        ("SELECT SL", [], ["EEP("]),
        ("SELECT `", ["city`", "full"], ["name", "count"]),
        ("SELECT SUM(total", [")", " + 1)", ","], [";"]),
        ("SELECT id FROM orders", [";", "\n```"], [")"]),
        ("SELECT id FROM\n", [], ["```", ";"]),
    ],
)
def test_what_may_come_next(text: str, fitting: list[str], unfitting: list[str]) -> None:
    statement = after(text)
    assert [more for more in fitting if not statement.fits(more.encode())] == []
    assert [more for more in unfitting if statement.fits(more.encode())] == []
    assert statement == after(text)  # asking changes nothing


@pytest.mark.parametrize("text", ["SELECT ", "SELECT c.", "SELECT SUM(id", "SELECT id FROM", "FROM orders WHERE tot"])
def test_where_a_statement_cannot_end(text: str) -> None:
    assert not after(text).may_end()


def test_an_answer_that_is_no_statement_goes_free() -> None:
    statement = after("CANNOT: ")
    assert statement.fits(b"no table holds the weather of nowhere.(")
    assert statement.may_end()


def test_the_given_beginning_counts() -> None:
    statement = Statement(scope=Scope(CATALOG))
    statement.begin("```sql\nSELECT city FROM customers c WHERE ")
    assert statement.fits(b"c.id")
    assert not statement.fits(b"total")


def test_what_does_not_fit_ends_the_checking() -> None:
    statement = after("SELECT ")
    statement.take(b"nonsense")
    assert statement.fits(b" FROM nowhere")
    with pytest.raises(Misfit):
        after("SELECT nonsense")


@pytest.mark.parametrize(("word", "likely"), [("c", True), ("oi", True), ("o2", True), ("cust", True), ("id", False)])
def test_likely_aliases(word: str, likely: bool) -> None:
    assert is_likely_alias(word, CATALOG.columns) is likely


def test_an_alias_of_three_letters_takes_them_from_a_table() -> None:
    assert not is_likely_alias("xyz", CATALOG.columns)
    assert not is_likely_alias("custo", CATALOG.columns)
