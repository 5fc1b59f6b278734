"""What a statement is taken for, and what is refused whatever the tables are."""

import pytest

from plugins.builtin.mask.lexing import normalised
from plugins.builtin.mask.statements import Kind, Result, Statement, judge, read
from plugins.errors import AskwireError, ErrorCode
from tests.plugins.builtin.mask.checking import EMAIL, Database, checked, rules


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("BEGIN", Kind.PASSES),
        ("start transaction with consistent snapshot, read only", Kind.PASSES),
        ("ROLLBACK TO SAVEPOINT `a b`", Kind.PASSES),
        ("DESC people email", Kind.PASSES),
        ("SHOW FULL TABLES", Kind.PASSES),
        ("SHOW CREATE TABLE people", Kind.PASSES),
        ("KILL QUERY 5", Kind.PASSES),
        ("USE `shop`", Kind.SETTLES),
        ("SET NAMES utf8mb4", Kind.SETTLES),
        ("SET @a = 1, sql_mode = ''", Kind.SETTLES),
        ("SHOW WARNINGS LIMIT 5", Kind.WARNINGS),
        ("SHOW COUNT(*) ERRORS", Kind.WARNINGS),
        ("SELECT 1", Kind.TREE),
        ("INSERT INTO people (id) VALUES (1)", Kind.TREE),
        ("REPLACE INTO people (id) VALUES (1)", Kind.TREE),
        ("DROP TABLE people", Kind.TREE),
    ],
)
def test_kinds(sql: str, kind: Kind) -> None:
    assert [statement.kind for statement in read(normalised(sql))] == [kind]


@pytest.mark.parametrize(
    ("sql", "explain"),
    [
        ("EXPLAIN SELECT 1", "rows"),
        ("DESC EXTENDED SELECT 1", "rows"),
        ("EXPLAIN FORMAT=TRADITIONAL SELECT 1", "rows"),
        ("EXPLAIN FORMAT=JSON SELECT 1", "other"),
        ("EXPLAIN ANALYZE SELECT 1", "other"),
        ("ANALYZE SELECT 1", "other"),
        ("SELECT 1", None),
    ],
)
def test_plans(sql: str, explain: str | None) -> None:
    (statement,) = read(normalised(sql))
    assert (statement.kind, statement.explain) == (Kind.TREE, explain)


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("SELECT @@warning_count", "How many warnings there are may tell"),
        ("SHOW VARIABLES WHERE Value = (SELECT email FROM people)", "cannot be checked|cannot be read"),
        ("SHOW TABLES WHERE leak() = 1", "the function leak cannot be checked"),
        ("SET @a = (SELECT email FROM people)", "SET takes no query and no GLOBAL there"),
        ("SET @a = 1, GLOBAL x = 2", "SET takes no query and no GLOBAL there"),
        ("SET @a = leak()", "the function leak cannot be checked"),
        ("SET STATEMENT max_statement_time=1 FOR SELECT 1", "cannot be"),
        ("SET PASSWORD = 'x'", "cannot be"),
        ("SET NAMES utf8mb4; SELECT 1", "send SET and USE by themselves, not before others"),
        ("USE other; SELECT email FROM people", "send SET and USE by themselves, not before others"),
        ("CALL leak()", "cannot be"),
        ("DO SLEEP(1)", "cannot be"),
        ("HANDLER people OPEN", "cannot be"),
        ("LOAD DATA INFILE 'x' INTO TABLE people", "cannot be"),
        ("PREPARE a FROM 'SELECT email FROM people'", "cannot be"),
        ("EXECUTE a", "cannot be"),
        ("GRANT SELECT ON *.* TO ann", "cannot be"),
        ("ALTER TABLE people RENAME COLUMN email TO mail", "cannot be"),
        ("CREATE FUNCTION f() RETURNS INT RETURN 1", "cannot be"),
        ("CREATE TABLE t (id INT) ENGINE=FEDERATED CONNECTION='x'", "a table of this kind may show others' rows"),
        ("CREATE TABLE t (id INT) ENGINE=MERGE UNION=(people)", "cannot be|a table of this kind may show"),
        ("SELECT (", "this statement cannot be read"),
        ("SELECT " + "(" * 3000 + "1" + ")" * 3000, "this statement cannot be read"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_checked(sql: str, says: str) -> None:
    with pytest.raises(AskwireError, match=says) as error:
        read(normalised(sql))
    assert error.value.code is ErrorCode.MASKED


def test_statements_of_one_command() -> None:
    found = read(normalised("SELECT 1; ; BEGIN; SELECT `a;b` FROM people; SET @a = 1;"))
    assert [s.text for s in found] == ["SELECT 7", "BEGIN", "SELECT `a;b` FROM people", "SET @a = 7"]


async def test_tables_that_no_rule_means() -> None:
    assert await checked("SELECT * FROM orders WHERE person = 5 ORDER BY 1", rules(EMAIL)) == Result()
    assert judge(Statement(Kind.PASSES, "BEGIN"), {}) == Result()


async def test_a_result_with_a_masked_column() -> None:
    made = await checked("SELECT id, email, UPPER(email) FROM people", rules(EMAIL))
    assert made.flows is not None
    assert [(bool(flow), flow.plain is not None) for flow in made.flows] == [
        (False, False),
        (True, True),
        (True, False),
    ]
    assert (made.involved, made.asks, made.explained) == (True, True, False)


async def test_a_table_with_masked_columns_of_which_none_is_read() -> None:
    made = await checked("SELECT id FROM people", rules(EMAIL))
    assert (made.involved, made.asks) == (True, False)


async def test_a_plan_of_a_masked_column() -> None:
    made = await checked("EXPLAIN SELECT email FROM people", rules(EMAIL))
    assert (made.flows, made.involved, made.explained) == ((), True, True)
    assert not (await checked("EXPLAIN SELECT id FROM people", rules(EMAIL))).explained
    with pytest.raises(AskwireError, match=r"people\.email is masked for this account: only a plain EXPLAIN"):
        await checked("EXPLAIN FORMAT=JSON SELECT email FROM people", rules(EMAIL))


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO people (email) VALUES ('x')",
        "INSERT INTO people (email) SELECT name FROM people",
        "REPLACE INTO people (email) VALUES ('x')",
        "UPDATE people SET email = 'x' WHERE id = 1",
        "DELETE FROM people WHERE id = 1",
        "DELETE p FROM people p JOIN orders o ON o.person = p.id WHERE o.id = 1",
        "DROP TABLE people",
        "TRUNCATE TABLE people",
        "CREATE TABLE t AS SELECT id, name FROM people",
    ],
)
async def test_changes_that_take_nothing_out(sql: str) -> None:
    assert (await checked(sql, rules(EMAIL), Database(tables=Database().tables | {("shop", "t"): ["id int"]}))).involved


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO orders (note) SELECT email FROM people",
        "INSERT INTO people (name) VALUES ((SELECT email FROM people LIMIT 1))",
        "INSERT INTO people (id) VALUES (1) ON DUPLICATE KEY UPDATE name = email",
        "UPDATE people SET name = email",
        "UPDATE people SET name = UPPER(email)",
        "UPDATE people SET id = 1 WHERE email LIKE 'a%'",
        "UPDATE people SET id = 1 ORDER BY email LIMIT 1",
        "DELETE FROM people WHERE email = 'a'",
        "DELETE FROM people ORDER BY email LIMIT 1",
        "CREATE TABLE orders AS SELECT email FROM people",
        "INSERT INTO people (id) VALUES (1) RETURNING email",
        "DELETE FROM people RETURNING email",
        "CREATE VIEW v AS SELECT email FROM people",
        "CREATE INDEX i ON people (email)",
    ],
)
async def test_changes_that_take_values_out(sql: str) -> None:
    with pytest.raises(AskwireError) as error:
        await checked(sql, rules(EMAIL), Database(tables=Database().tables | {("shop", "v"): ["id int"]}))
    assert error.value.code is ErrorCode.MASKED


async def test_waiting_beside_a_masked_column() -> None:
    with pytest.raises(AskwireError, match="no locks and no waiting there"):
        await checked("SELECT email, SLEEP(1) FROM people", rules(EMAIL))
    assert (await checked("SELECT id, SLEEP(1) FROM people", rules(EMAIL))).involved
