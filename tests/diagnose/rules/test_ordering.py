import pytest

from diagnose.evidence.plan import Operation, Plan, PlanNode
from diagnose.rules.ordering import Filesort, OffsetPagination, OrderByRand
from diagnose.types import CreateIndex, Rewrite, Rule, Severity
from tests.diagnose.samples import evidence, table
from tests.diagnose.servers import Diagnosed

POSTS = table(
    "posts(id int pk, author_id int, state varchar(10), posted datetime, title varchar(80), body longtext, rank int, "
    "key(posted), key(author_id, posted))",
    500_000,
)
TINY = table("tiny(id int pk, rank int)", 300)


def severities(rule: Rule, sql: str, plan: Plan | None = None) -> list[Severity]:
    return [finding.severity for finding in rule.check(evidence(sql, POSTS, TINY, plan=plan))]


@pytest.mark.parametrize(
    ("sql", "severity"),
    [
        ("SELECT id FROM posts ORDER BY id LIMIT 20 OFFSET 50000", Severity.MEDIUM),
        ("SELECT id FROM posts ORDER BY id LIMIT 1500, 20", Severity.LOW),
        ("SELECT id FROM posts LIMIT 20 OFFSET 50000", Severity.MEDIUM),
        ("SELECT x.id FROM (SELECT id FROM posts ORDER BY id LIMIT 20 OFFSET 50000) x", Severity.MEDIUM),
        ("SELECT id FROM posts ORDER BY id LIMIT 20 OFFSET 100", None),
        ("SELECT id FROM posts ORDER BY id LIMIT 50000", None),
        ("SELECT id FROM posts ORDER BY id LIMIT ? OFFSET ?", None),
        ("SELECT id FROM tiny ORDER BY id LIMIT 20 OFFSET 50000", None),
        ("SELECT id FROM unseen ORDER BY id LIMIT 20 OFFSET 50000", None),
    ],
)
def test_offset_pagination(sql: str, severity: Severity | None) -> None:
    assert severities(OffsetPagination(), sql) == ([severity] if severity else [])


@pytest.mark.parametrize(("order", "comes_after"), [("title DESC", "WHERE … < …"), ("title", "WHERE … > …")])
def test_what_comes_after_depends_on_the_direction(order: str, comes_after: str) -> None:
    sql = f"SELECT id FROM posts ORDER BY {order} LIMIT 20 OFFSET 50000"
    (finding,) = OffsetPagination().check(evidence(sql, POSTS))
    assert comes_after in finding.advice


def test_a_page_that_an_index_gives_is_looked_up_late() -> None:
    for order, given in (("posted, id", True), ("rank, id", False)):
        sql = f"SELECT * FROM posts ORDER BY {order} LIMIT 20 OFFSET 5000"
        (finding,) = OffsetPagination().check(evidence(sql, POSTS))
        assert isinstance(finding.remedy, Rewrite) == given


@pytest.mark.parametrize(
    ("sql", "severity"),
    [
        ("SELECT id FROM posts ORDER BY RAND() LIMIT 1", Severity.MEDIUM),
        ("SELECT id FROM posts ORDER BY state, RAND(5)", Severity.MEDIUM),
        (
            "SELECT 1 FROM tiny WHERE id IN (SELECT x.id FROM (SELECT id FROM posts ORDER BY RAND() LIMIT 3) x)",
            Severity.MEDIUM,
        ),
        ("SELECT id FROM tiny ORDER BY RAND()", None),
        ("SELECT id, RAND() FROM posts ORDER BY id", None),
        ("SELECT COUNT(*) FROM posts ORDER BY RAND()", None),
        ("SELECT id FROM unseen ORDER BY RAND()", None),
    ],
)
def test_order_by_rand(sql: str, severity: Severity | None) -> None:
    assert severities(OrderByRand(), sql) == ([severity] if severity else [])


def test_few_rows_may_be_shuffled() -> None:
    plan = Plan(PlanNode(Operation.INDEX_LOOKUP, table="posts", alias="posts", rows=40))
    assert not severities(OrderByRand(), "SELECT id FROM posts WHERE author_id = 5 ORDER BY RAND()", plan)


def sorted_plan(rows: float, *keys: str, spills: bool = False) -> Plan:
    read = PlanNode(Operation.FULL_SCAN, table="posts", alias="posts", rows=rows, rows_read=500_000)
    return Plan(PlanNode(Operation.SORT, "filesort", sort_keys=keys, spills=spills, children=(read,)))


@pytest.mark.parametrize(
    ("sql", "rows", "columns"),
    [
        ("SELECT title FROM posts ORDER BY rank LIMIT 10", 500_000, ("rank",)),
        (
            "SELECT title FROM posts WHERE state = 'x' ORDER BY rank DESC, id DESC LIMIT 10",
            50_000,
            ("state", "rank", "id"),
        ),
        ("SELECT title FROM posts WHERE rank > 5 ORDER BY rank LIMIT 10", 50_000, ("rank",)),
        ("SELECT title FROM posts WHERE author_id = 5 ORDER BY rank LIMIT 10", 2_000, ("author_id", "rank")),
        ("SELECT title FROM posts ORDER BY rank", 500_000, ("rank",)),
    ],
)
def test_filesort(sql: str, rows: float, columns: tuple[str, ...]) -> None:
    (finding,) = Filesort().check(evidence(sql, POSTS, TINY, plan=sorted_plan(rows)))
    assert finding.remedy == CreateIndex("posts", columns)


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT title FROM posts ORDER BY rank LIMIT 10", 900),
        ("SELECT title FROM posts ORDER BY rank", 50_000),
        ("SELECT title FROM posts ORDER BY rank LIMIT 40000", 50_000),
        ("SELECT title FROM posts ORDER BY rank LIMIT 10 OFFSET 40000", 50_000),
        ("SELECT title FROM posts WHERE state > 'x' ORDER BY rank LIMIT 10", 50_000),
        ("SELECT title FROM posts ORDER BY rank DESC, id LIMIT 10", 50_000),
        ("SELECT title FROM posts ORDER BY LOWER(title) LIMIT 10", 50_000),
        ("SELECT title FROM posts ORDER BY posted LIMIT 10", 50_000),
        ("SELECT title FROM posts WHERE author_id = 3 ORDER BY posted LIMIT 10", 50_000),
        ("SELECT title FROM posts ORDER BY body LIMIT 10", 50_000),
        ("SELECT state, COUNT(*) FROM posts GROUP BY state ORDER BY state LIMIT 2", 50_000),
        ("SELECT DISTINCT state FROM posts ORDER BY state LIMIT 2", 50_000),
        ("SELECT p.title FROM posts p JOIN tiny t ON t.id = p.id ORDER BY p.rank LIMIT 10", 50_000),
        ("SELECT title FROM posts ORDER BY rank + 1 LIMIT 10", 50_000),
        ("SELECT id FROM tiny ORDER BY rank LIMIT 1", 50_000),
    ],
)
def test_sorting_that_no_index_saves(sql: str, rows: float) -> None:
    assert not severities(Filesort(), sql, sorted_plan(rows))


def test_the_sort_must_be_the_one_of_the_block() -> None:
    sql = "SELECT title FROM posts ORDER BY rank LIMIT 10"
    assert severities(Filesort(), sql, sorted_plan(500_000, "posts.rank")) == [Severity.MEDIUM]
    assert not severities(Filesort(), sql, sorted_plan(500_000, "posts.state"))
    assert not severities(Filesort(), sql)
    index = Plan(PlanNode(Operation.INDEX_SCAN, table="posts", alias="posts", rows=10))
    assert not severities(Filesort(), sql, index)


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT * FROM diag_orders ORDER BY created_at, id LIMIT 20 OFFSET 15000", "offset-pagination"),
        ("SELECT id FROM diag_orders ORDER BY RAND() LIMIT 3", "order-by-rand"),
        ("SELECT id, status FROM diag_orders ORDER BY status LIMIT 10", "filesort"),
        ("SELECT id, city FROM diag_customers WHERE country = 'DE' ORDER BY city DESC LIMIT 10", "filesort"),
    ],
)
def test_found_on_both_servers(sql: str, code: str, diag: Diagnosed) -> None:
    assert code in diag.findings(sql)


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT id FROM diag_orders ORDER BY created_at, id LIMIT 20 OFFSET 200", "offset-pagination"),
        ("SELECT id FROM diag_products ORDER BY RAND() LIMIT 3", "order-by-rand"),
        ("SELECT id, note FROM diag_orders ORDER BY id LIMIT 10", "filesort"),
        ("SELECT id, total FROM diag_orders ORDER BY total LIMIT 10", "filesort"),
        ("SELECT id, note FROM diag_orders WHERE customer_id = 17 ORDER BY note LIMIT 10", "filesort"),
    ],
)
def test_not_found_on_both_servers(sql: str, code: str, diag: Diagnosed) -> None:
    assert code not in diag.findings(sql)


def test_no_index_of_postgresql_has_nulls_first(diag_postgres: Diagnosed) -> None:
    assert "filesort" not in diag_postgres.findings("SELECT id, note FROM diag_orders ORDER BY note LIMIT 10")
