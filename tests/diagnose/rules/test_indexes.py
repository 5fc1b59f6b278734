"""Rules about indexes: on made plans here, on real servers below."""

from dataclasses import replace

import pytest

from diagnose.evidence.evidence import Evidence
from diagnose.evidence.facts import MYSQL, POSTGRES, Column, Index, Table
from diagnose.evidence.plan import Operation, Plan, PlanNode
from diagnose.rules.indexes import RULES
from diagnose.types import CreateIndex, DropIndex, Finding, Severity
from tests.diagnose.samples import evidence, table

ROWS = 100_000
ORDERS = table(
    "orders(id int pk, customer_id int key, code varchar(10), state char(1), total int null, made date)", ROWS
)
CUSTOMERS = table("customers(id int pk, region_id int null, name varchar(20))", 5_000)


def scan(alias: str, rows: float = ROWS, given: float | None = None, loops: float = 1) -> PlanNode:
    return PlanNode(
        Operation.FULL_SCAN, "ALL", alias, alias, rows=rows if given is None else given, rows_read=rows, loops=loops
    )


def lookup(alias: str, index: str, rows: float, loops: float = 1) -> PlanNode:
    return PlanNode(Operation.INDEX_LOOKUP, "ref", alias, alias, index, rows=rows, rows_read=rows, loops=loops)


def plan(*nodes: PlanNode, root: Operation = Operation.NESTED_LOOP) -> Plan:
    return Plan(nodes[0] if len(nodes) == 1 else PlanNode(root, rows=1, rows_read=0, children=nodes))


def found(seen: Evidence) -> list[Finding]:
    return [finding for rule in RULES for finding in rule.check(seen)]


def said(sql: str, planned: Plan | None, *tables: Table, kind: str = "mariadb") -> list[str]:
    findings = found(evidence(sql, *(tables or (ORDERS, CUSTOMERS)), plan=planned, kind=kind))
    for finding in findings:
        assert finding.finding.endswith(".")
        assert finding.evidence
        assert finding.advice
    return [f"{f.code} {_remedy(f)}" for f in findings]


def _remedy(finding: Finding) -> str:
    match finding.remedy:
        case CreateIndex(table=name, columns=columns):
            return f"{name}({', '.join(columns)})"
        case DropIndex(table=name, name=index):
            return f"{name}.{index}"
    return ""


def known(name: str, distinct: float | None, of: Table = ORDERS) -> Table:
    """With the number of different values of a column."""
    return replace(of, columns=tuple(replace(c, distinct=distinct) if c.name == name else c for c in of.columns))


@pytest.mark.parametrize(
    ("sql", "planned", "expected"),
    [
        ("SELECT * FROM orders WHERE code = 'x'", plan(scan("orders")), ["missing-index orders(code)"]),
        ("SELECT * FROM orders o WHERE code IN ('x', 'y')", plan(scan("o")), ["missing-index orders(code)"]),
        ("UPDATE orders SET total = 1 WHERE code = 'x'", plan(scan("orders")), ["missing-index orders(code)"]),
        (
            "SELECT * FROM orders WHERE code = 'x' AND made > '2026-01-01'",
            plan(scan("orders")),
            ["missing-index orders(code, made)"],
        ),
        (  # an index that is used, but leads to far too many rows
            "SELECT * FROM orders WHERE customer_id IN (1, 2) AND code = 'x'",
            plan(replace(lookup("orders", "customer_id", 20_000), rows=3)),
            ["missing-index orders(customer_id, code)"],
        ),
        (  # few rows of a range, as statistics tell
            "SELECT * FROM orders WHERE made BETWEEN '2026-01-01' AND '2026-01-02'",
            plan(scan("orders", given=50)),
            ["missing-index orders(made)"],
        ),
    ],
)
def test_missing_index(sql: str, planned: Plan, expected: list[str]) -> None:
    assert said(sql, planned) == expected


@pytest.mark.parametrize(
    ("sql", "planned"),
    [
        ("SELECT * FROM orders WHERE code = 'x'", None),
        ("SELECT * FROM orders", plan(scan("orders"))),
        ("SELECT * FROM orders WHERE code <> 'x'", plan(scan("orders"))),
        ("SELECT * FROM orders WHERE code LIKE '%x'", plan(scan("orders"))),
        ("SELECT * FROM orders WHERE code = 5", plan(scan("orders"))),
        ("SELECT * FROM orders WHERE LOWER(code) = 'x'", plan(scan("orders"))),
        ("SELECT * FROM orders WHERE made > '2026-01-01'", plan(scan("orders"))),  # how many is not known
        ("SELECT * FROM orders WHERE made > '2026-01-01'", plan(scan("orders", given=70_000))),
        ("SELECT * FROM orders WHERE customer_id = 5", plan(lookup("orders", "customer_id", 10))),
        ("SELECT * FROM orders WHERE customer_id = 5", plan(scan("orders"))),  # the index is there: not its lack
        ("SELECT * FROM orders WHERE customer_id = 5 AND code = 'x'", plan(lookup("orders", "customer_id", 10))),
        ("SELECT * FROM orders WHERE id = 5 AND code = 'x'", plan(lookup("orders", "PRIMARY", 1))),
        ("SELECT * FROM orders WHERE code = 'x'", plan(scan("orders", rows=500))),
    ],
)
def test_no_missing_index(sql: str, planned: Plan | None) -> None:
    assert said(sql, planned) == []


def test_a_small_table_needs_no_index() -> None:
    small = replace(ORDERS, rows=800.0)
    assert said("SELECT * FROM orders WHERE code = 'x'", plan(scan("orders", rows=800)), small) == []


def test_a_column_of_few_values_needs_no_index() -> None:
    sql, planned = "SELECT * FROM orders WHERE state = 'a'", plan(scan("orders"))
    assert said(sql, planned, known("state", 5)) == []
    assert said(sql, planned, known("state", None)) == []  # char(1) holds few values
    assert said(sql, planned, known("state", 500)) == ["missing-index orders(state)"]


def test_what_is_a_small_part_of_the_work_is_left_alone() -> None:
    sql = "SELECT * FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.name = 'x'"
    most = plan(scan("o", rows=ROWS), scan("c", rows=5_000), root=Operation.HASH_JOIN)
    assert said(sql, most) == []
    assert said(sql, plan(scan("c", rows=5_000), lookup("o", "customer_id", 10, loops=5))) == [
        "missing-index customers(name)"
    ]


def test_guesses_of_mysql_are_not_statistics() -> None:
    sql, planned = "SELECT * FROM orders WHERE made > '2026-01-01'", plan(scan("orders", given=ROWS * 0.05))
    assert said(sql, planned, kind=MYSQL) == []
    assert said(sql, planned, kind=POSTGRES) == ["missing-index orders(made)"]


def test_severity_follows_the_rows_and_what_is_known() -> None:
    sql = "SELECT * FROM orders WHERE code = 'x'"
    (finding,) = found(evidence(sql, known("code", 5_000), plan=plan(scan("orders"))))
    assert finding.severity is Severity.HIGH
    (finding,) = found(evidence(sql, known("code", None), plan=plan(scan("orders"))))
    assert (finding.severity, "not known from statistics" in finding.evidence) == (Severity.MEDIUM, True)
    (finding,) = found(evidence(sql, replace(ORDERS, rows=5_000), plan=plan(scan("orders", rows=5_000))))
    assert finding.severity is Severity.LOW


JOIN = "SELECT c.name FROM orders o JOIN customers c ON c.region_id = o.total WHERE o.customer_id = 5"


@pytest.mark.parametrize(
    ("sql", "planned", "expected"),
    [
        (
            JOIN,
            plan(lookup("o", "customer_id", 30), scan("c", 5_000, loops=30)),
            ["missing-join-index customers(region_id)"],
        ),
        (
            JOIN,
            plan(
                lookup("o", "customer_id", 30),
                PlanNode(Operation.JOIN_BUFFER, rows_read=0, loops=30, children=(scan("c", 5_000),)),
            ),
            ["missing-join-index customers(region_id)"],
        ),
        (
            JOIN,
            plan(lookup("o", "customer_id", 2), scan("c", 5_000), root=Operation.HASH_JOIN),
            ["missing-join-index customers(region_id)"],
        ),
        (JOIN, plan(lookup("o", "customer_id", 2_000), scan("c", 5_000), root=Operation.HASH_JOIN), []),
        (JOIN, plan(scan("o"), scan("c", 5_000), root=Operation.HASH_JOIN), []),
        (JOIN, plan(lookup("o", "customer_id", 30), lookup("c", "region_id", 3, loops=30)), []),
        (  # read whole once for a row or two
            JOIN,
            plan(lookup("o", "customer_id", 1), scan("c", 5_000, loops=1)),
            ["missing-join-index customers(region_id)"],
        ),
        (  # read first, although the other table's condition leaves a few rows
            "SELECT o.id FROM orders o JOIN customers c ON c.id = o.total WHERE c.id IN (1, 2)",
            plan(
                scan("o"),
                PlanNode(Operation.UNIQUE_LOOKUP, "eq_ref", "c", "c", "PRIMARY", rows=1, rows_read=1, loops=ROWS),
            ),
            ["missing-join-index orders(total)"],
        ),
        (
            "SELECT o.id FROM orders o JOIN customers c ON c.id = o.total",
            plan(
                scan("o"),
                PlanNode(Operation.UNIQUE_LOOKUP, "eq_ref", "c", "c", "PRIMARY", rows=1, rows_read=1, loops=ROWS),
            ),
            [],
        ),
        (  # a subquery that is executed again for each row
            "SELECT id FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.total = c.region_id)",
            plan(
                scan("c", 5_000),
                PlanNode(Operation.SUBQUERY, dependent=True, loops=5_000, children=(scan("o", loops=5_000),)),
            ),
            ["missing-join-index orders(total)"],
        ),
    ],
)
def test_missing_join_index(sql: str, planned: Plan, expected: list[str]) -> None:
    assert [text for text in said(sql, planned) if "join" in text] == expected


def test_processes_of_a_parallel_plan_are_no_repetition() -> None:
    (text,) = said("SELECT * FROM orders WHERE code = 'x'", plan(scan("orders", rows=ROWS / 2.4, loops=2.4)))
    assert text == "missing-index orders(code)"
    planned = plan(scan("o", rows=ROWS / 2.4, loops=2.4), scan("c", 2_000, loops=2.4), root=Operation.HASH_JOIN)
    assert said("SELECT * FROM orders o JOIN customers c ON c.region_id = o.total", planned) == []


def test_index_order_mismatch() -> None:
    held = replace(ORDERS, indexes=(*ORDERS.indexes, Index("both", ("made", "code"), cardinality=(900, ROWS))))
    planned = plan(scan("orders"))
    assert said("SELECT * FROM orders WHERE code = 'x'", planned, held) == ["index-order-mismatch orders(code)"]
    sql = "SELECT * FROM orders WHERE code = 'x' AND made = '2026-01-01'"
    assert said(sql, plan(lookup("orders", "both", 3)), held) == []
    ranged = "SELECT * FROM orders WHERE code = 'x' AND made > '2026-01-01'"
    by_date = plan(replace(lookup("orders", "both", 60_000), operation=Operation.INDEX_RANGE, rows=10))
    assert said(ranged, by_date, held) == ["index-order-mismatch orders(code, made)"]


def test_a_whole_index_read_for_its_second_column() -> None:
    held = replace(ORDERS, indexes=(*ORDERS.indexes, Index("both", ("made", "code"))))
    sql = "SELECT * FROM orders WHERE code = 'x'"
    whole = replace(lookup("orders", "both", 3), key_parts=("code",))
    assert said(sql, plan(whole), held, kind=POSTGRES) == ["index-order-mismatch orders(code)"]
    begun = replace(whole, key_parts=("made", "code"))
    assert said(f"{sql} AND made = '2026-01-01'", plan(begun), held, kind=POSTGRES) == []


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("made, code DESC LIMIT 5", ["index-order-mismatch orders(made, code)"]),
        ("code, made LIMIT 5", ["index-order-mismatch orders(code, made)"]),
        ("made, code DESC", []),
        ("made DESC, code DESC LIMIT 5", []),
        ("made, code LIMIT 5", []),
        ("total, state LIMIT 5", []),
    ],
)
def test_an_order_that_an_index_cannot_give(order: str, expected: list[str]) -> None:
    held = replace(ORDERS, indexes=(*ORDERS.indexes, Index("both", ("made", "code"))))
    sorted_ = Plan(PlanNode(Operation.SORT, rows_read=0, children=(scan("orders"),)))
    assert said(f"SELECT * FROM orders ORDER BY {order}", sorted_, held) == expected


def held_by(*indexes: Index, engine: str = "InnoDB") -> Table:
    columns = tuple(Column(name, "int") for name in "abcd")
    return Table("shop", "t", columns, indexes, rows=ROWS, engine=engine)


PRIMARY = Index("PRIMARY", ("a",), unique=True, primary=True)


@pytest.mark.parametrize(
    ("indexes", "expected"),
    [
        ([PRIMARY, Index("b", ("b",)), Index("bc", ("b", "c"))], ["t.b"]),
        ([PRIMARY, Index("bc", ("b", "c")), Index("b2", ("b",)), Index("b1", ("b",))], ["t.b1", "t.b2"]),
        ([PRIMARY, Index("one", ("b",)), Index("two", ("b",))], ["t.two"]),
        ([PRIMARY, Index("u", ("b",), unique=True), Index("two", ("b",))], ["t.two"]),
        ([PRIMARY, Index("two", ("b",)), Index("u", ("b",), unique=True)], ["t.two"]),
        ([PRIMARY, Index("again", ("a",))], ["t.again"]),
        ([PRIMARY, Index("again", ("a",), unique=True)], ["t.again"]),
        ([PRIMARY, Index("u", ("b",), unique=True), Index("bc", ("b", "c"))], []),
        ([PRIMARY, Index("b", ("b",), constraint=True), Index("bc", ("b", "c"))], []),
        ([PRIMARY, Index("c", ("c",)), Index("bc", ("b", "c"))], []),
        ([PRIMARY, Index("b", ("b",), kind="hash"), Index("bc", ("b", "c"))], []),
        ([PRIMARY, Index("b", ("b",), predicate="b > 1"), Index("bc", ("b", "c"))], []),
        ([PRIMARY, Index("b", ("b",)), Index("bc", ("b", "c"), predicate="b > 1")], []),
        ([PRIMARY, Index("b", ("b",)), Index("bc", ("b", "c"), prefixes=(5, None))], []),
        ([PRIMARY, Index("b", ("b",), descending=(True,)), Index("bc", ("b", "c"))], []),
        ([PRIMARY, Index("b", ("b",), include=("d",)), Index("bc", ("b", "c"))], []),
        ([PRIMARY, Index("b", ("b",), include=("c",)), Index("bc", ("b", "c"))], ["t.b"]),
    ],
)
def test_redundant_index(indexes: list[Index], expected: list[str]) -> None:
    assert said("SELECT 1 FROM t", None, held_by(*indexes)) == [f"redundant-index {text}" for text in expected]


def test_an_index_that_a_hint_names_is_not_redundant() -> None:
    held = held_by(PRIMARY, Index("b", ("b",)), Index("bc", ("b", "c")))
    assert said("SELECT 1 FROM t FORCE INDEX (b)", None, held) == []


COVERED = "SELECT total FROM orders WHERE customer_id > 5"


@pytest.mark.parametrize(
    ("sql", "node", "expected"),
    [
        (COVERED, lookup("orders", "customer_id", 40_000), ["covering-index orders(customer_id, total)"]),
        (COVERED, lookup("orders", "customer_id", 40, loops=1_000), ["covering-index orders(customer_id, total)"]),
        (COVERED, lookup("orders", "customer_id", 400), []),
        (COVERED, replace(lookup("orders", "customer_id", 40_000), covering=True), []),
        ("SELECT * FROM orders WHERE customer_id > 5", lookup("orders", "customer_id", 40_000), []),
        ("SELECT id FROM orders WHERE customer_id > 5", lookup("orders", "customer_id", 40_000), []),
        ("SELECT total FROM orders WHERE id > 5", lookup("orders", "PRIMARY", 40_000), []),
        (
            "SELECT total, made, state, code FROM orders WHERE customer_id > 5",
            lookup("orders", "customer_id", 40_000),
            ["covering-index orders(customer_id, total, made, state, code)"],
        ),
        ("DELETE FROM orders WHERE customer_id = 5", lookup("orders", "customer_id", 40_000), []),
    ],
)
def test_covering_index(sql: str, node: PlanNode, expected: list[str]) -> None:
    assert said(sql, plan(node)) == expected


def test_names_from_strangers_are_shown_on_one_line() -> None:
    held = held_by(PRIMARY, Index("b\nc\x1b", ("b",)), Index("bc", ("b", "c")))
    (finding,) = found(evidence("SELECT 1 FROM t", held))
    assert "\n" not in finding.finding
    assert "\x1b" not in finding.finding + finding.evidence


def test_an_index_read_until_limit_is_satisfied_may_be_read_to_its_end() -> None:
    sql = "SELECT * FROM orders WHERE total = 77 ORDER BY customer_id LIMIT 20"
    read = PlanNode(
        Operation.INDEX_SCAN, "index", "orders", "orders", "customer_id", rows=20, rows_read=20, condition="total = 77"
    )
    (finding,) = found(evidence(sql, ORDERS, plan=plan(read)))
    assert (finding.code, finding.remedy) == (
        "missing-index",
        CreateIndex("orders", ("total", "customer_id"), schema="shop"),
    )
    assert "in the worst case all 100,000 rows" in finding.evidence
    assert said(sql, plan(read), kind=POSTGRES) == []  # its planner knows how often the value comes
    assert said(sql, plan(replace(read, condition=""))) == []
    assert said("SELECT * FROM orders WHERE total > 77 ORDER BY customer_id LIMIT 20", plan(read)) == []


def test_rows_looked_up_for_another_table_only_to_be_thrown_away() -> None:
    sql = "SELECT * FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o."
    looked_up = replace(lookup("o", "customer_id", 20, loops=5_000), table="orders", condition="o.total = 77")
    planned = plan(replace(scan("c", 5_000), table="customers"), looked_up)
    assert said(f"{sql}total = 77", planned) == ["missing-index orders(total)"]
    assert said(f"{sql}state = 'A'", planned, known("state", None), CUSTOMERS) == []  # few values, as likely as not
    assert said(f"{sql}total = 77", planned, kind=POSTGRES) == []
