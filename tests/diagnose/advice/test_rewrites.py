"""Every rewrite that a rule offers returns what the statement returns: on real rows, with NULLs and duplicates."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from diagnose.rules import alternatives, comparing, having, predicates, subqueries, unions
from diagnose.types import Rewrite, Rule
from tests.diagnose.plans import scanned
from tests.diagnose.samples import evidence, table
from tests.diagnose.servers import Diagnosed

RULES: tuple[Rule, ...] = (
    *predicates.RULES,
    *comparing.RULES,
    *alternatives.RULES,
    *subqueries.RULES,
    *unions.RULES,
    *having.RULES,
)
ITEMS = table(
    "diag_items(id int pk, owner_id int null key, amount decimal(8,2) null key, quantity int key, day date null key, "
    "made datetime null key, name varchar(20) null key, code varchar(10) key, category int null)"
)
OWNERS = table("diag_owners(id int pk, region int null key, nick varchar(20) null key, since date null)")
TABLES = """
CREATE TABLE diag_items (id INT NOT NULL PRIMARY KEY, owner_id INT, amount DECIMAL(8,2), quantity INT NOT NULL,
  day DATE, made DATETIME, name VARCHAR(20), code VARCHAR(10) NOT NULL, category INT);
CREATE TABLE diag_owners (id INT NOT NULL PRIMARY KEY, region INT, nick VARCHAR(20), since DATE);
INSERT INTO diag_items SELECT seq, CASE WHEN seq % 7 = 0 THEN NULL ELSE seq % 12 END,
  CASE WHEN seq % 5 = 0 THEN NULL ELSE (seq % 9) - 4 END, seq % 10,
  CASE WHEN seq % 6 = 0 THEN NULL ELSE CAST(TIMESTAMPADD(DAY, seq % 8, '2025-12-28') AS DATE) END,
  CASE WHEN seq % 11 = 0 THEN NULL ELSE TIMESTAMPADD(SECOND, seq % 3 - 1, TIMESTAMPADD(DAY, seq % 5, '2025-12-30')) END,
  CASE seq % 8 WHEN 0 THEN NULL WHEN 1 THEN 'abc' WHEN 2 THEN 'ABC' WHEN 3 THEN 'abcd' WHEN 4 THEN '' WHEN 5 THEN 'ab'
  WHEN 6 THEN 'Ünal' ELSE 'xyz' END, CONCAT('', seq % 20), CASE WHEN seq % 4 = 0 THEN NULL ELSE seq % 4 END
  FROM diag_numbers WHERE seq <= 400;
INSERT INTO diag_items SELECT 1000 + seq, NULL, NULL, seq, NULL,
  TIMESTAMPADD(DAY, -seq, TIMESTAMPADD(SECOND, seq, CURRENT_DATE)), NULL, '7', NULL FROM diag_numbers WHERE seq <= 40;
INSERT INTO diag_owners SELECT seq, CASE WHEN seq % 3 = 0 THEN NULL ELSE seq % 2 END,
  CASE WHEN seq % 2 = 0 THEN NULL ELSE 'abc' END, CAST(TIMESTAMPADD(DAY, seq, '2025-12-28') AS DATE)
  FROM diag_numbers WHERE seq <= 9
"""


@pytest.fixture(scope="module", params=("mariadb", "postgres"))
def server(request: pytest.FixtureRequest) -> Iterator[Diagnosed]:
    """Each of both, with small tables full of edges."""
    found: Diagnosed = request.getfixturevalue(f"diag_{request.param}")
    for statement in TABLES.strip().split(";\n"):
        found.rows(statement)
    yield found
    found.rows("DROP TABLE diag_items")
    found.rows("DROP TABLE diag_owners")


def offered(sql: str, kind: str) -> list[Rewrite]:
    """The rewrites of a statement."""
    seen = scanned(evidence(sql, ITEMS, OWNERS, kind=kind))
    found = [finding.remedy for rule in RULES for finding in rule.check(seen)]
    return [remedy for remedy in found if isinstance(remedy, Rewrite)]


def result(server: Diagnosed, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Names of columns and rows; rows in an order of their own unless the statement gives one."""
    with server.client.cursor() as cursor:
        cursor.execute(sql)
        rows = list(cursor.fetchall())
        names = [str(column[0]) for column in cursor.description or ()]
    return names, rows if "ORDER BY" in sql else sorted(rows, key=repr)


def check(server: Diagnosed, sql: str, *, rewrites: int = 1) -> None:
    found = offered(sql, server.kind)
    assert len(found) == rewrites, f"{len(found)} rewrites of {sql}: {found}"
    before = result(server, sql)
    for rewrite in found:
        assert rewrite.sql != sql
        assert result(server, rewrite.sql) == before, rewrite.sql


OPERATORS = ("=", "<", "<=", ">", ">=", "<=>")
MADE = {
    "YEAR({})": "2025",
    "EXTRACT(YEAR FROM {})": "2026",
    "DATE({})": "'2026-01-01'",
    "CAST({} AS DATE)": "'2025-12-31'",
    "DATE_FORMAT({}, '%Y-%m')": "'2025-12'",
    "DATE_FORMAT({}, '%Y-%m-%d')": "'2026-01-01'",
    "DATE_FORMAT({}, '%Y%m')": "'202601'",
    "EXTRACT(YEAR_MONTH FROM {})": "202512",
    "LEFT({}, 10)": "'2026-01-02'",
    "SUBSTRING({}, 1, 7)": "'2026-01'",
    "TO_DAYS({})": "739982",
    "DATEDIFF({}, '2025-12-30')": "2",
    "DATEDIFF('2026-01-02', {})": "1",
    "DATE_ADD({}, INTERVAL 1 DAY)": "'2026-01-02'",
    "{} - INTERVAL 1 WEEK": "'2025-12-25'",
}


def test_functions_of_dates_are_ranges(server: Diagnosed) -> None:
    for (function, value), operator, column in product(MADE.items(), OPERATORS, ("day", "made")):
        condition = f"{function.format(column)} {operator} {value}"
        check(server, f"SELECT id, {column} FROM diag_items WHERE {condition} AND quantity < 8")


@pytest.mark.parametrize(
    "condition",
    [
        "YEAR(made) IN (2025, 2026)",
        "YEAR(made) BETWEEN 2025 AND 2026",
        "YEAR(made) BETWEEN 2026 AND 2025",
        "DATE(made) BETWEEN '2025-12-31' AND '2026-01-01'",
        "DATE(made) = CURDATE()",
        "DATE(made) > CURDATE()",
        "DATE(made) = DATE(NOW())",
        "DATE(made) = CURDATE() - INTERVAL 1 DAY",
        "DATE(made) >= DATE_SUB(CURDATE(), INTERVAL 2 WEEK)",
        "DATE(made) < DATE(NOW() - INTERVAL 3 DAY)",
        "YEAR(made) = YEAR(CURDATE())",
        "YEAR(made) < YEAR(NOW())",
        "YEAR(made) = YEAR(NOW()) AND MONTH(made) = MONTH(NOW())",
        "DATE_FORMAT(made, '%Y-%m') = DATE_FORMAT(NOW(), '%Y-%m')",
        "DATE_FORMAT(made, '%Y') = DATE_FORMAT(CURDATE(), '%Y')",
        "'2026-01-01' < DATE(made)",
        "YEAR(made) = 2025 AND MONTH(made) = 12",
        "MONTH(day) = 1 AND quantity = 3 AND YEAR(day) = 2026",
        "made LIKE '2025-12%'",
        "made LIKE '2025-12-31%'",
        "day LIKE '2026-%'",
        "DATEDIFF(NOW(), made) < 30",
        "TO_DAYS(made) = TO_DAYS(NOW())",
        "TO_DAYS('2026-01-01') <= TO_DAYS(made)",
        "DATEDIFF(CURDATE(), DATE(made)) = 7",
        "DATE_ADD(made, INTERVAL 90 MINUTE) >= '2026-01-01 00:00:00'",
        "(YEAR(day) = 2025 AND DATE(made) >= '2025-12-31')",
        "amount + 1.5 > 3",
        "amount - 1 <= -2.5",
        "1 - amount >= 3",
        "10 + quantity IN (12, 13, 99)",
        "5 - quantity BETWEEN 1 AND 3",
        "quantity + 1 = 4",
        "COALESCE(amount, 0) = 0",
        "COALESCE(amount, 0) >= 0",
        "COALESCE(amount, 0) > 0",
        "IFNULL(owner_id, -1) < 3",
        "COALESCE(quantity, 0) = 0",
        "COALESCE(name, '') = 'abc'",
        "COALESCE(name, '') = ''",
        "CAST(owner_id AS CHAR) = '11'",
        "CAST(quantity AS CHAR) IN ('1', '7')",
        "CAST(owner_id AS SIGNED) > 9",
        "code = 7",
        "code IN (7, 8, 19)",
    ],
)
def test_the_column_itself_is_compared(server: Diagnosed, condition: str) -> None:
    rewrites = 2 if "day" in condition and "made" in condition else 1
    check(server, f"SELECT id, quantity FROM diag_items WHERE {condition}", rewrites=rewrites)
    check(server, f"SELECT COUNT(*) AS n FROM diag_items i WHERE i.category = 1 AND {condition}", rewrites=rewrites)


@pytest.mark.parametrize(
    "condition",
    [
        "LOWER(name) = 'abc'",
        "UPPER(name) IN ('ABC', 'XYZ')",
        "LOWER(name) LIKE 'ab%'",
        "LEFT(name, 2) = 'ab'",
        "SUBSTRING(name, 1, 3) = 'abc'",
        "BINARY name = 'abc'",
        "name COLLATE utf8mb4_bin = 'ABC'",
    ],
)
def test_texts_as_the_collation_compares_them(diag_mariadb: Diagnosed, server: Diagnosed, condition: str) -> None:
    """PostgreSQL compares letter by letter: there these conditions say something that the column alone does not."""
    sql = f"SELECT id, name FROM diag_items WHERE {condition}"
    check(server, sql, rewrites=1 if server is diag_mariadb else 0)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id, name FROM diag_items WHERE owner_id = 3 OR amount = 2",
        "SELECT id FROM diag_items WHERE (owner_id = 3 OR quantity = 2 OR amount = 1) AND category = 1",
        "SELECT id, amount AS a FROM diag_items WHERE owner_id IN (1, 2) OR amount = 3 ORDER BY a, id DESC",
        "SELECT i.id, o.nick FROM diag_items i JOIN diag_owners o ON o.id = i.owner_id "
        "WHERE i.amount = 2 OR o.region = 1 OR i.name LIKE 'ab%'",
        "SELECT i.id, o.nick FROM diag_items i LEFT JOIN diag_owners o ON o.id = i.owner_id "
        "WHERE o.nick = 'abc' OR i.amount > 3 ORDER BY i.id",
        "SELECT category FROM diag_items WHERE (owner_id = 3 AND quantity < 5) OR amount = 2",
        "SELECT * FROM diag_items WHERE quantity = 4 OR owner_id = 2",
    ],
)
def test_alternatives_return_each_row_once(server: Diagnosed, sql: str) -> None:
    check(server, sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT o.id, (SELECT SUM(i.amount) FROM diag_items i WHERE i.owner_id = o.id) AS s FROM diag_owners o",
        "SELECT o.id, (SELECT COUNT(*) FROM diag_items i WHERE i.owner_id = o.id AND i.amount > 1) AS n "
        "FROM diag_owners o",
        "SELECT o.id, COALESCE((SELECT MAX(day) FROM diag_items WHERE owner_id = o.id), '2000-01-01') AS d "
        "FROM diag_owners o ORDER BY o.id",
        "SELECT DISTINCT (SELECT COUNT(DISTINCT i.name) FROM diag_items i WHERE i.owner_id = o.region) AS n "
        "FROM diag_owners o WHERE o.id > 1",
        "SELECT i.id FROM diag_items i WHERE i.amount > (SELECT AVG(j.amount) FROM diag_items j "
        "WHERE j.owner_id = i.owner_id)",
        "SELECT id FROM diag_items i WHERE quantity = 1 OR amount <= (SELECT MIN(j.amount) FROM diag_items j "
        "WHERE j.owner_id = i.owner_id AND j.category = i.category AND j.quantity > 2)",
        "SELECT o.id, i.quantity, (SELECT COUNT(j.amount) FROM diag_items j WHERE i.category = j.category) AS n "
        "FROM diag_owners o LEFT JOIN diag_items i ON i.owner_id = o.id",
        "SELECT o.id FROM diag_owners o WHERE (SELECT COUNT(*) FROM diag_items i WHERE i.name = o.nick) = 0",
        "SELECT SUM(i.amount) / 7 AS s FROM diag_items i, diag_owners o WHERE o.id = i.owner_id AND i.quantity > "
        "(SELECT 0.2 * AVG(j.quantity) FROM diag_items j WHERE j.owner_id = o.id)",
        "SELECT i.category AS c, COUNT(*) AS n FROM diag_items i WHERE i.quantity < "
        "(SELECT COUNT(*) FROM diag_owners o WHERE o.region = i.category) GROUP BY i.category HAVING n > 1 ORDER BY c",
        "SELECT o.id, (SELECT AVG(i.amount) FROM diag_items i WHERE i.owner_id = o.id) AS a FROM diag_owners o",
        "SELECT o.id, (SELECT COALESCE(SUM(i.amount * 2 - 1), 0) FROM diag_items i WHERE i.owner_id = o.id "
        "AND i.category = 2) AS a FROM diag_owners o",
        "SELECT i.id, o.id AS o FROM diag_items i, diag_owners o WHERE o.id = i.owner_id AND i.amount > "
        "(SELECT 0.2 * AVG(j.amount) FROM diag_items j WHERE j.owner_id = i.owner_id)",
        "SELECT i.id, o.id AS o FROM diag_items i, diag_owners o LEFT JOIN diag_owners p ON p.id = o.region "
        "WHERE i.quantity = 3 AND o.id < (SELECT MAX(j.quantity) - 1 FROM diag_items j WHERE j.category = i.category)",
    ],
)
def test_a_subquery_that_is_computed_once(server: Diagnosed, sql: str) -> None:
    check(server, sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM diag_owners WHERE id NOT IN (SELECT owner_id FROM diag_items WHERE {} quantity < 3)",
        "SELECT o.id FROM diag_owners o WHERE o.id <> ALL (SELECT i.owner_id FROM diag_items i WHERE {} i.amount > 0)",
        "SELECT id FROM diag_items WHERE quantity NOT IN (SELECT region FROM diag_owners WHERE {} id > 3) AND id < 50",
    ],
)
def test_not_exists_is_not_in_as_long_as_no_value_is_null(server: Diagnosed, sql: str) -> None:
    """Both are run where a condition that the rule does not understand keeps the NULLs out."""
    column = "region" if "region" in sql else "owner_id"
    check(server, sql.format(f"COALESCE({column}, -1) >= 0 AND"), rewrites=2)  # COALESCE has one of its own


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id, name FROM diag_items WHERE owner_id = 3 UNION SELECT id, name FROM diag_items WHERE owner_id = 4",
        "SELECT 'a' AS kind, id FROM diag_items UNION SELECT 'b', id FROM diag_owners",
        "SELECT 1 AS n, category FROM diag_items GROUP BY category UNION SELECT 2, region FROM diag_owners "
        "GROUP BY region UNION SELECT DISTINCT 3, quantity FROM diag_items ORDER BY n, category",
        "SELECT COUNT(*) AS n, 1 AS k FROM diag_items UNION SELECT COUNT(*), 2 FROM diag_owners",
        "SELECT SUM(n) AS s FROM (SELECT id AS n FROM diag_items WHERE quantity = 1 UNION "
        "SELECT id FROM diag_items WHERE quantity = 2) t",
    ],
)
def test_unions_without_duplicates(server: Diagnosed, sql: str) -> None:
    check(server, sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT YEAR(day) AS y, COUNT(*) AS n FROM diag_items GROUP BY y HAVING y = 2026",
        "SELECT YEAR(day) AS y, COUNT(*) AS n FROM diag_items WHERE quantity < 5 OR amount > 0 GROUP BY YEAR(day) "
        "HAVING y >= 2025 AND n > 3",
        "SELECT category AS c, id FROM diag_items HAVING c = 1",
        "SELECT id, name FROM diag_items WHERE quantity > 2 HAVING name = 'abc' AND id < 100 ORDER BY id",
        "SELECT MONTH(day) AS m, SUM(amount) AS s FROM diag_items GROUP BY 1 HAVING m IN (1, 12) ORDER BY m",
    ],
)
def test_conditions_that_are_checked_earlier(diag_mariadb: Diagnosed, server: Diagnosed, sql: str) -> None:
    """PostgreSQL checks them earlier by itself."""
    if server is diag_mariadb:
        check(server, sql)
    else:
        assert not offered(sql, server.kind)
