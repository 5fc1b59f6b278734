"""What columns are compared with: on made plans, on real servers below."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from diagnose.evidence.facts import MYSQL, POSTGRES, Index
from diagnose.rules.comparing import RULES
from diagnose.types import Rewrite, Severity
from tests.diagnose.plans import lookup, plan, scan
from tests.diagnose.rules.checking import codes, findings
from tests.diagnose.samples import evidence, table
from tests.diagnose.servers import Diagnosed

ORDERS = table("orders(id int pk, customer_id int key, number varchar(20) key, note varchar(99) null, day date key)")
CUSTOMERS = table("customers(id int pk, code varchar(20) key, latin varchar(20) latin1_swedish_ci key, kind enum('a'))")
SMALL = table("small(id int pk, code varchar(20) key)", 300)


def test_a_text_column_beside_a_number() -> None:
    [found] = findings(RULES, "SELECT id FROM orders WHERE number = 123", ORDERS)
    assert (found.code, found.severity) == ("implicit-conversion", Severity.HIGH)
    assert "the index number is not used" in found.finding
    assert found.evidence.endswith("orders.number is varchar(20)")
    assert isinstance(found.remedy, Rewrite)
    assert found.remedy.sql == "SELECT id FROM orders WHERE number = '123'"
    assert "'007'" in found.remedy.needs
    assert found.remedy.needs in found.advice


@pytest.mark.parametrize("condition", ["number > 5", "number BETWEEN 1 AND 9", "number = 1.50", "5 < number"])
def test_no_rewrite_where_texts_and_numbers_have_another_order(condition: str) -> None:
    [found] = findings(RULES, f"SELECT id FROM orders WHERE {condition}", ORDERS)
    assert (found.code, found.remedy) == ("implicit-conversion", None)


@pytest.mark.parametrize(
    "condition",
    ["number = '123'", "customer_id = '5'", "day = 20260101", "number = id + 1", "number IS NULL", "number = ?"],
)
def test_no_conversion_of_the_column(condition: str) -> None:
    assert codes(RULES, f"SELECT id FROM orders WHERE {condition}", ORDERS) == []


def test_no_conversion_of_enums_small_tables_or_what_is_hardly_read() -> None:
    assert codes(RULES, "SELECT id FROM customers WHERE kind = 1", CUSTOMERS) == []
    assert codes(RULES, "SELECT id FROM small WHERE code = 1", SMALL) == []
    sql = "SELECT id FROM orders WHERE number = 123 AND customer_id = 4"
    assert codes(RULES, sql, ORDERS, plan=plan(lookup("orders", "customer_id"))) == []
    assert codes(RULES, sql, ORDERS, plan=plan(lookup("orders", "customer_id", 5_000))) == []


def test_a_text_column_without_an_index_matters_little() -> None:
    [found] = findings(RULES, "SELECT id FROM orders WHERE note = 5", ORDERS)
    assert found.severity is Severity.LOW
    assert "index" not in found.finding


def test_without_a_plan_the_index_and_what_the_server_does_are_the_proof() -> None:
    sql = "SELECT id FROM orders WHERE {} = 5"

    def unplanned(column: str, kind: str) -> list[Severity]:
        seen = evidence(sql.format(column), ORDERS, kind=kind)
        return [found.severity for rule in RULES for found in rule.check(seen)]

    assert unplanned("number", MYSQL) == unplanned("number", POSTGRES) == [Severity.LOW]
    assert unplanned("note", MYSQL) == unplanned("number", "sqlite") == []


def test_columns_of_different_types_joined() -> None:
    sql = "SELECT 1 FROM orders o JOIN customers c ON c.code = o.customer_id"
    [found] = findings(RULES, sql, ORDERS, CUSTOMERS)
    assert (found.code, found.severity) == ("implicit-conversion", Severity.HIGH)
    forced = plan(scan("c"), lookup("o", "customer_id", loops=100_000))
    [found] = findings(RULES, sql, ORDERS, CUSTOMERS, plan=forced)
    assert found.severity is Severity.LOW
    assert codes(RULES, "SELECT 1 FROM orders o JOIN customers c ON c.id = o.customer_id", ORDERS, CUSTOMERS) == []
    assert codes(RULES, "SELECT 1 FROM orders o JOIN customers c ON c.code = o.number", ORDERS, CUSTOMERS) == []


def test_texts_of_different_character_sets_joined() -> None:
    sql = "SELECT 1 FROM orders o JOIN customers c ON c.latin = o.number"
    found = findings(RULES, sql, ORDERS, CUSTOMERS)
    assert [f.code for f in found] == ["collation-mismatch"]
    assert "latin1 latin1_swedish_ci" in found[0].evidence
    assert codes(RULES, sql, ORDERS, CUSTOMERS, kind=POSTGRES) == []
    assert codes(RULES, sql.replace("c.latin", "c.code"), ORDERS, CUSTOMERS) == []
    looked_up = plan(lookup("o", "number"), lookup("c", "latin"))
    assert codes(RULES, sql, ORDERS, CUSTOMERS, plan=looked_up) == []


def test_a_left_join_looks_up_the_joined_table_alone() -> None:
    sql = "SELECT 1 FROM {} ON c.latin = o.number"
    [found] = findings(RULES, sql.format("orders o LEFT JOIN customers c"), ORDERS, CUSTOMERS)
    assert "the index latin" in found.finding
    [found] = findings(RULES, sql.format("customers c LEFT JOIN orders o"), ORDERS, CUSTOMERS)
    assert "the index number" in found.finding


@pytest.mark.parametrize("pattern", ["%abc", "%abc%", "_bc%"])
def test_a_pattern_without_a_beginning(pattern: str) -> None:
    [found] = findings(RULES, f"SELECT id FROM orders WHERE note LIKE '{pattern}'", ORDERS)
    assert (found.code, found.severity, found.remedy) == ("leading-wildcard", Severity.MEDIUM, None)


@pytest.mark.parametrize(
    "condition", ["LIKE 'abc%'", "LIKE '%'", "NOT LIKE '%abc'", "LIKE CONCAT('%', number)", "= '%a'"]
)
def test_other_patterns(condition: str) -> None:
    assert codes(RULES, f"SELECT id FROM orders WHERE note {condition}", ORDERS) == []


def test_patterns_are_fine_where_another_index_finds_the_rows_or_one_is_made_for_them() -> None:
    sql = "SELECT id FROM orders WHERE customer_id = 5 AND note LIKE '%abc'"
    assert codes(RULES, sql, ORDERS, plan=plan(lookup("orders", "customer_id", 2_000))) == []
    trigrams = replace(ORDERS, indexes=(*ORDERS.indexes, Index("words", ("note",), kind="gin")))
    assert codes(RULES, "SELECT id FROM orders WHERE note LIKE '%abc'", trigrams, kind=POSTGRES) == []
    assert codes(RULES, "SELECT id FROM small WHERE code LIKE '%abc'", SMALL) == []


def test_advice_for_patterns_is_that_of_the_server() -> None:
    sql = "SELECT id FROM orders WHERE note LIKE '%abc'"
    assert "pg_trgm" in findings(RULES, sql, ORDERS, kind=POSTGRES)[0].advice
    assert "reversed" in findings(RULES, sql, ORDERS, kind=MYSQL)[0].advice
    assert "reversed" not in findings(RULES, sql.replace("abc", "abc%"), ORDERS, kind=MYSQL)[0].advice


def test_long_lists() -> None:
    sql = "SELECT id FROM {} WHERE id IN ({})"
    values = ", ".join(str(n % 600) for n in range(700))
    [found] = findings(RULES, sql.format("orders", values), ORDERS, eq_range_index_dive_limit="200")
    assert (found.code, found.severity) == ("large-in-list", Severity.LOW)
    assert "700 values, 100 of them repeated" in found.evidence
    assert "eq_range_index_dive_limit" in found.evidence
    [found] = findings(RULES, sql.format("orders", ", ".join(map(str, range(6_000)))), ORDERS)
    assert found.severity is Severity.MEDIUM
    assert codes(RULES, sql.format("orders", ", ".join(map(str, range(400)))), ORDERS) == []
    assert codes(RULES, sql.format("small", values), SMALL) == []
    assert codes(RULES, sql.format("unknown", values), SMALL) == []


@pytest.fixture(scope="module")
def latin(diag_mariadb: Diagnosed) -> Iterator[Diagnosed]:
    """MariaDB with a table from before Unicode."""
    diag_mariadb.rows("CREATE TABLE diag_latin (code VARCHAR(20) NOT NULL PRIMARY KEY, note INT) CHARACTER SET latin1")
    diag_mariadb.rows("INSERT INTO diag_latin SELECT 500000 + seq, seq FROM diag_numbers WHERE seq <= 8000")
    diag_mariadb.rows("ANALYZE TABLE diag_latin")
    yield diag_mariadb
    diag_mariadb.rows("DROP TABLE diag_latin")


def test_character_sets_on_a_real_server(latin: Diagnosed) -> None:
    joined = "SELECT l.note FROM diag_orders o JOIN diag_latin l ON l.code = o.number WHERE o.customer_id < 5"
    assert "collation-mismatch" in latin.findings(joined)
    same = "SELECT p.note FROM diag_orders o JOIN diag_orders p ON p.number = o.number WHERE o.customer_id < 5"
    assert "collation-mismatch" not in latin.findings(same)


@pytest.mark.parametrize(
    ("code", "fires", "silent"),
    [
        (
            "implicit-conversion",
            "SELECT id, note FROM diag_orders WHERE number = 500123",
            "SELECT id, note FROM diag_orders WHERE number = '500123'",
        ),
        (
            "implicit-conversion",
            "SELECT o.note FROM diag_orders o JOIN diag_customers c ON c.id = o.number WHERE c.id < 9",
            "SELECT o.note FROM diag_orders o JOIN diag_customers c ON c.id = o.customer_id WHERE c.id < 9",
        ),
        (
            "collation-mismatch",
            "",
            "SELECT o.note FROM diag_orders o JOIN diag_customers c ON c.code = o.number",
        ),
        (
            "leading-wildcard",
            "SELECT id FROM diag_orders WHERE note LIKE '%99'",
            "SELECT id FROM diag_orders WHERE customer_id = 5 AND note LIKE '%99'",
        ),
        (
            "large-in-list",
            f"SELECT note FROM diag_orders WHERE id IN ({', '.join(map(str, range(700)))})",
            f"SELECT note FROM diag_orders WHERE id IN ({', '.join(map(str, range(70)))})",
        ),
    ],
)
def test_on_real_servers(diag: Diagnosed, code: str, fires: str, silent: str) -> None:
    assert not fires or code in diag.findings(fires)
    assert code not in diag.findings(silent)
