import pytest

from diagnose.evidence.plan import Operation, Plan, PlanNode
from diagnose.rules.grouping import GroupByFunctional, TemporaryTable
from diagnose.types import CreateIndex, Finding, Rewrite, Severity
from tests.diagnose.samples import evidence, table
from tests.diagnose.servers import Diagnosed

SALES = table(
    "sales(id int pk, shop_id int key, clerk varchar(20), day date, amount int, note longtext null, key(day, amount))",
    400_000,
)
SHOPS = table("shops(id int pk, name varchar(40), city varchar(40), tag varchar(9) null unique)", 3_000)
TINY = table("tiny(id int pk, name varchar(40))", 40)
TABLES = (SALES, SHOPS, TINY)


def found(sql: str, kind: str = "mariadb") -> list[Finding]:
    return list(GroupByFunctional().check(evidence(sql, *TABLES, kind=kind)))


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("SELECT shop_id, clerk, COUNT(*) FROM sales GROUP BY shop_id", "sales.clerk"),
        ("SELECT shop_id, UPPER(clerk) FROM sales GROUP BY 1", "sales.clerk"),
        ("SELECT clerk, MAX(amount) FROM sales", "sales.clerk"),
        ("SELECT s.id, c.name FROM sales s JOIN shops c ON c.name = s.clerk GROUP BY s.shop_id", "s.id"),
        ("SELECT tag, name, COUNT(*) FROM shops GROUP BY tag", "shops.name"),
        ("SELECT YEAR(day), clerk FROM sales GROUP BY YEAR(day)", "sales.clerk"),
        ("SELECT c.id, s.day FROM shops c LEFT JOIN sales s ON s.shop_id = c.id GROUP BY c.id", "s.day"),
    ],
)
def test_columns_of_no_certain_value(sql: str, named: str) -> None:
    (finding, *_) = found(sql)
    assert finding.severity is Severity.MEDIUM
    assert named in finding.names


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT shop_id, COUNT(*), MAX(day) FROM sales GROUP BY shop_id",
        "SELECT id, clerk, day FROM sales GROUP BY id",
        "SELECT c.id, c.name, SUM(s.amount) FROM shops c JOIN sales s ON s.shop_id = c.id GROUP BY c.id",
        "SELECT s.shop_id, c.name FROM sales s JOIN shops c ON c.id = s.shop_id GROUP BY s.shop_id",
        "SELECT s.shop_id, c.name FROM sales s LEFT JOIN shops c ON c.id = s.shop_id GROUP BY s.shop_id",
        "SELECT tag, name FROM shops WHERE tag = 'x' GROUP BY name",
        "SELECT shop_id, day, COUNT(*) FROM sales WHERE day = '2024-01-01' GROUP BY shop_id",
        "SELECT YEAR(day) AS y, YEAR(day) + 1, COUNT(*) FROM sales GROUP BY y",
        "SELECT DATE_FORMAT(day, '%Y-%m'), COUNT(*) FROM sales GROUP BY YEAR(day), MONTH(day)",
        "SELECT shop_id, ANY_VALUE(clerk) FROM sales GROUP BY shop_id",
        "SELECT shop_id, (SELECT name FROM shops c WHERE c.id = s.shop_id) FROM sales s GROUP BY shop_id",
        "SELECT clerk, ROW_NUMBER() OVER (ORDER BY day) FROM sales",
        "SELECT clerk FROM sales",
        "SELECT clerk, audit(day) FROM sales",
        "SELECT x, mystery, COUNT(*) FROM unseen GROUP BY x",
        "SELECT 5, 'x', COUNT(*) FROM sales",
    ],
)
def test_columns_of_one_value_in_each_group(sql: str) -> None:
    assert found(sql) == []


def test_a_left_join_with_more_conditions_is_not_taken_for_certain() -> None:
    sql = (
        "SELECT s.shop_id, c.name FROM sales s LEFT JOIN shops c ON c.id = s.shop_id AND s.amount > 5 "
        "GROUP BY s.shop_id"
    )
    assert [f.names for f in found(sql)] == [("c.name",)]


def test_groups_wider_than_needed() -> None:
    (finding,) = found("SELECT id, day FROM sales GROUP BY day, id")
    assert (finding.severity, finding.remedy) == (Severity.LOW, Rewrite("SELECT id, day FROM sales GROUP BY id"))
    (open_rows,) = found("SELECT id, day FROM sales GROUP BY day, id LIMIT 5")
    assert open_rows.remedy is None


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT shop_id, day, COUNT(*) FROM sales GROUP BY shop_id, day",
        "SELECT tag, name, COUNT(*) FROM shops GROUP BY tag, name",
        "SELECT id, name, COUNT(*) FROM tiny GROUP BY id, name",
        "SELECT id, name, COUNT(*) FROM shops GROUP BY id, name WITH ROLLUP",
        "SELECT x, y FROM unseen GROUP BY x, y",
    ],
)
def test_groups_as_wide_as_needed(sql: str) -> None:
    assert found(sql) == []


def test_postgres_sees_to_it_itself() -> None:
    assert found("SELECT id, day FROM sales GROUP BY day, id", "postgres") == []


def grouped(
    sql: str, rows: float, operation: Operation = Operation.TEMPORARY, *, spills: bool = False
) -> list[Finding]:
    read = PlanNode(Operation.FULL_SCAN, table="sales", alias="sales", rows=rows, rows_read=rows)
    top = PlanNode(operation, "temporary_table", children=(read,), spills=spills)
    return list(TemporaryTable().check(evidence(sql, *TABLES, plan=Plan(top))))


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("SELECT clerk, COUNT(*) FROM sales GROUP BY clerk", ("clerk",)),
        ("SELECT clerk, SUM(amount) FROM sales GROUP BY clerk", ("clerk", "amount")),
        ("SELECT clerk, COUNT(*) FROM sales WHERE shop_id = 5 GROUP BY clerk", ("shop_id", "clerk")),
        ("SELECT DISTINCT clerk FROM sales", ("clerk",)),
    ],
)
def test_temporary_table(sql: str, columns: tuple[str, ...]) -> None:
    (finding,) = grouped(sql, 400_000)
    assert finding.remedy == CreateIndex("sales", columns)
    assert finding.severity is Severity.LOW


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT clerk, COUNT(*) FROM sales GROUP BY clerk", 5_000),
        ("SELECT shop_id, COUNT(*) FROM sales GROUP BY shop_id", 400_000),
        ("SELECT day, SUM(amount) FROM sales GROUP BY day", 400_000),
        ("SELECT clerk, MAX(note) FROM sales GROUP BY clerk", 400_000),
        ("SELECT clerk, COUNT(*) FROM sales WHERE amount > 5 GROUP BY clerk", 400_000),
        ("SELECT YEAR(day), COUNT(*) FROM sales GROUP BY YEAR(day)", 400_000),
        ("SELECT clerk, COUNT(*) FROM sales GROUP BY clerk WITH ROLLUP", 400_000),
        ("SELECT c.name, COUNT(*) FROM sales s JOIN shops c ON c.id = s.shop_id GROUP BY c.name", 400_000),
        ("SELECT DISTINCT clerk, day, amount, shop_id, id FROM sales", 400_000),
        ("SELECT clerk FROM sales", 400_000),
    ],
)
def test_temporary_tables_that_no_index_saves(sql: str, rows: float) -> None:
    assert grouped(sql, rows) == []


def test_without_a_temporary_table_there_is_nothing_to_save() -> None:
    sql = "SELECT clerk, COUNT(*) FROM sales GROUP BY clerk"
    assert grouped(sql, 400_000, Operation.AGGREGATE) == []
    (spilled,) = grouped(sql, 400_000, Operation.AGGREGATE, spills=True)
    assert spilled.severity is Severity.MEDIUM
    assert not list(TemporaryTable().check(evidence(sql, *TABLES)))


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT customer_id, status, COUNT(*) FROM diag_orders GROUP BY customer_id", "group-by-functional"),
        ("SELECT id, note, total FROM diag_orders GROUP BY id, note, total", "group-by-functional"),
        ("SELECT note, COUNT(discount) FROM diag_orders GROUP BY note", "temporary-table"),
    ],
)
def test_found_on_mariadb(sql: str, code: str, diag_mariadb: Diagnosed) -> None:
    assert code in diag_mariadb.findings(sql)


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT id, note, total FROM diag_orders GROUP BY id", "group-by-functional"),
        ("SELECT customer_id, COUNT(*) FROM diag_orders GROUP BY customer_id", "temporary-table"),
        ("SELECT country, COUNT(*) FROM diag_customers GROUP BY country", "temporary-table"),
    ],
)
def test_not_found_on_both_servers(sql: str, code: str, diag: Diagnosed) -> None:
    assert code not in diag.findings(sql)


def test_groups_that_postgres_sorts(diag_postgres: Diagnosed) -> None:
    sql = "SELECT note, status, COUNT(DISTINCT discount) FROM diag_orders GROUP BY note, status"
    assert "temporary-table" in diag_postgres.findings(sql)
