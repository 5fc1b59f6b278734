"""Every rewrite gives what the statement gives, on real data with NULLs, duplicates and texts that differ in case."""

from collections import Counter
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from diagnose.rules import RULES
from diagnose.types import Rewrite
from tests.diagnose.samples import evidence, table
from tests.diagnose.servers import Diagnosed

MADE = """
CREATE TABLE diag_nodes (
  id INT NOT NULL PRIMARY KEY, parent_id INT, kind VARCHAR(10), tag VARCHAR(10) UNIQUE, amount INT, made DATE NOT NULL,
  KEY diag_nodes_made (made, id), FOREIGN KEY (parent_id) REFERENCES diag_nodes (id));
CREATE TABLE diag_marks (node_id INT NOT NULL, place INT NOT NULL, label VARCHAR(10), PRIMARY KEY (node_id, place));
INSERT INTO diag_nodes SELECT seq, NULL, CASE WHEN seq % 4 = 0 THEN NULL WHEN seq % 2 = 0 THEN 'leaf' ELSE 'Leaf' END,
  CASE WHEN seq % 3 = 0 THEN NULL ELSE CONCAT('t', seq) END, CASE WHEN seq % 5 = 0 THEN NULL ELSE seq % 7 END,
  CAST(TIMESTAMPADD(DAY, seq % 90, '2024-01-01') AS DATE) FROM diag_numbers WHERE seq <= 1200;
UPDATE diag_nodes SET parent_id = CASE WHEN id % 6 = 0 THEN NULL ELSE id / 2 + 1 END WHERE id > 10;
INSERT INTO diag_marks SELECT seq % 700 + 1, seq, CASE WHEN seq % 8 = 0 THEN NULL ELSE CONCAT('m', seq % 5) END
  FROM diag_numbers WHERE seq <= 2000
"""
TABLES = (
    table(
        "diag_nodes(id int pk, parent_id int null, kind varchar(10) null, tag varchar(10) null unique, "
        "amount int null, "
        "made date, key(made, id), fk(parent_id) diag_nodes(id))"
    ),
    table("diag_marks(node_id int, place int, label varchar(10) null, pk(node_id, place))"),
)


@pytest.fixture
def server(diag: Diagnosed) -> Diagnosed:
    """Each server, with two tables more for as long as the run lasts."""
    if not diag.rows("SHOW TABLES LIKE 'diag_nodes'"):
        for statement in MADE.strip().split(";\n"):
            diag.rows(statement)
    return diag


def unused_left() -> Iterator[str]:
    joins = (
        "LEFT JOIN diag_nodes p ON p.id = n.parent_id",
        "LEFT JOIN diag_nodes p ON p.id = n.parent_id AND p.amount > 3",
        "LEFT JOIN diag_nodes p ON p.tag = n.tag",
        "LEFT JOIN diag_marks m ON m.node_id = n.id AND m.place = 5",
        "LEFT JOIN diag_nodes p ON p.id = n.parent_id LEFT JOIN diag_nodes g ON g.id = p.parent_id",
        "JOIN diag_nodes p ON p.id = n.parent_id",
    )
    rest = (
        "SELECT n.id, n.kind FROM diag_nodes n {} WHERE n.amount > 2",
        "SELECT n.amount, COUNT(*), SUM(n.id) FROM diag_nodes n {} GROUP BY n.amount",
        "SELECT DISTINCT n.amount FROM diag_nodes n {} WHERE n.amount IS NULL OR n.made > '2024-02-01'",
        "SELECT n.id FROM diag_nodes n {} ORDER BY n.made DESC, n.id LIMIT 25 OFFSET 3",
        "SELECT x.id FROM (SELECT n.id FROM diag_nodes n {}) x WHERE x.id < 90",
        "SELECT COUNT(*) FROM diag_nodes n {} WHERE NOT EXISTS (SELECT 1 FROM diag_marks k WHERE k.node_id = n.id)",
    )
    yield from (select.format(join) for join, select in product(joins, rest))
    yield (
        "SELECT n.id FROM diag_nodes p JOIN diag_nodes n ON n.parent_id = p.id AND n.amount = 3 LEFT "
        "JOIN diag_nodes q ON q.id = n.id"
    )
    yield "SELECT n.id FROM diag_nodes p, diag_nodes n WHERE n.parent_id = p.id AND (n.amount = 3 OR n.kind = 'leaf')"


def hidden_by_distinct() -> Iterator[str]:
    selected = ("n.id, n.kind", "n.amount", "n.parent_id, n.amount", "n.tag", "n.amount + 1 AS more, n.made")
    joins = (
        "JOIN diag_marks m ON m.node_id = n.id",
        "JOIN diag_marks m ON m.node_id = n.parent_id AND m.place < 1500",
        "JOIN diag_nodes c ON c.parent_id = n.id JOIN diag_marks m ON m.node_id = c.id",
        "JOIN diag_marks m ON m.node_id = n.id JOIN diag_nodes c ON c.parent_id = n.id AND c.amount < n.amount",
        "JOIN diag_nodes p ON p.id = n.parent_id JOIN diag_marks m ON m.node_id = p.id OR m.place = n.id",
    )
    wheres = ("", "WHERE n.amount > 1", "WHERE m.label IS NULL AND n.made > '2024-01-20'")
    for columns, join, where in product(selected, joins, wheres):
        yield f"SELECT DISTINCT {columns} FROM diag_nodes n {join} {where}"
    yield (
        "SELECT DISTINCT n.made, n.id FROM diag_nodes n JOIN diag_marks m ON m.node_id = n.id ORDER BY "
        "n.made, n.id LIMIT 9"
    )


def pages() -> Iterator[str]:
    selected = ("*", "n.*", "kind, tag", "n.id AS made2, kind", "CONCAT(kind, id), tag")
    orders = ("made, id", "made DESC, id DESC", "n.made, n.id", "made, id DESC")
    wheres = ("", "WHERE made > '2024-01-05'")
    for columns, where, order in product(selected, wheres, orders):
        yield f"SELECT {columns} FROM diag_nodes n {where} ORDER BY {order} LIMIT 7 OFFSET 1005"


def groups() -> Iterator[str]:
    yield (
        "SELECT n.id, n.kind, COUNT(*) FROM diag_nodes n JOIN diag_marks m ON m.node_id = n.id GROUP "
        "BY n.id, n.kind, n.amount"
    )
    yield (
        "SELECT n.kind, MAX(m.place) FROM diag_nodes n LEFT JOIN diag_marks m ON m.node_id = n.id GROUP BY n.kind, n.id"
    )
    yield (
        "SELECT p.id, p.kind, COUNT(*) FROM diag_nodes n LEFT JOIN diag_nodes p ON p.id = n.parent_id "
        "GROUP BY p.id, p.kind, p.tag HAVING COUNT(*) > 1"
    )


KINDS = {
    "unused-join": unused_left,
    "distinct-hides-join": hidden_by_distinct,
    "offset-pagination": pages,
    "group-by-functional": groups,
}


def rewrites(code: str, sql: str, kind: str) -> list[str]:
    (rule,) = (rule for rule in RULES if rule.code == code)
    remedies = [finding.remedy for finding in rule.check(evidence(sql, *TABLES, kind=kind))]
    return [remedy.sql for remedy in remedies if isinstance(remedy, Rewrite)]


@pytest.mark.parametrize("code", KINDS)
def test_the_result_is_the_same(code: str, server: Diagnosed) -> None:
    tried = 0
    for sql in KINDS[code]():
        for rewritten in rewrites(code, sql, server.kind):
            before, after = server.rows(sql), server.rows(rewritten)
            assert before, sql
            assert comparable(sql, after) == comparable(sql, before), f"{sql}\n{rewritten}"
            assert rewritten != sql
            tried += 1
    where_it_applies = {"postgres": {"group-by-functional": 0}}.get(server.kind, {})
    assert tried >= where_it_applies.get(code, 3)


def comparable(sql: str, rows: list[tuple[Any, ...]]) -> Any:
    """In order where the statement orders. Texts without regard to case: DISTINCT may show any of equal ones."""
    folded = [tuple(v.casefold() if isinstance(v, str) else v for v in row) for row in rows]
    return folded if "ORDER BY" in sql else Counter(folded)
