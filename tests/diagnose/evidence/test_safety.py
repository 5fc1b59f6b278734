import pytest
import sqlglot
from sqlglot import exp

from diagnose.evidence.parsing import parse
from diagnose.evidence.planned import planned_query
from diagnose.evidence.safety import Unsafe, explainable
from plugins import AskwireError, ErrorCode
from tests.bench.tpch import QUERIES


def planned(sql: str) -> str:
    found = planned_query(parse(sql))
    return explainable(found.query, found.besides)[0]


PASS = [
    "SELECT a, COUNT(*) FROM t WHERE YEAR(d) = 2026 AND b IN (1, 2) GROUP BY a HAVING COUNT(*) > 1 ORDER BY a LIMIT 5",
    "WITH x AS (SELECT id FROM t) SELECT * FROM x LEFT JOIN u USING (i) WHERE EXISTS (SELECT 1 FROM v WHERE v.i = x.i)",
    "SELECT a FROM t FORCE INDEX (k) UNION ALL (SELECT b FROM u ORDER BY b LIMIT 1)",
    "SELECT ROW_NUMBER() OVER (PARTITION BY a ORDER BY b ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t",
    "SELECT CAST(a AS DECIMAL(10, 2)), CONVERT(b USING utf8mb4), CONVERT(c, CHAR), a DIV 2, b MOD 3, a << 1 FROM t",
    "SELECT DATE_ADD(d, INTERVAL 1 DAY), EXTRACT(YEAR FROM d), NOW(), CURRENT_TIMESTAMP, DATE '2026-01-01' FROM t",
    "SELECT GROUP_CONCAT(DISTINCT a ORDER BY b SEPARATOR ','), IFNULL(a, 0), CASE WHEN a THEN 1 ELSE 2 END FROM t",
    "SELECT j->'$.a', j->>'$.b', JSON_EXTRACT(j, '$.c') FROM t WHERE a REGEXP 'x' AND b LIKE '%y' ESCAPE '!'",
    "SELECT @x, @@sql_mode, DATABASE(), USER(), x'aa', _utf8mb4'z' COLLATE utf8mb4_bin FROM t PARTITION (p0)",
    "SELECT a FROM t WHERE MATCH (a, b) AGAINST ('x' IN BOOLEAN MODE) AND a = ALL (SELECT 1) AND b <=> NULL",
    "SELECT * FROM JSON_TABLE('[1]', '$[*]' COLUMNS (a INT PATH '$')) AS j",
    "SELECT LAST_INSERT_ID(), FOUND_ROWS(), 1 MEMBER OF('[1]'), OCT(a) FROM t",
    "TABLE t",
]


@pytest.mark.parametrize("sql", PASS)
def test_what_only_reads_passes_and_reads_the_same(sql: str) -> None:
    text = planned(sql)
    assert sqlglot.parse_one(text, dialect="mysql").sql("mysql") == sqlglot.parse_one(
        planned(text), dialect="mysql"
    ).sql("mysql")
    assert sqlglot.parse_one(text, dialect="mysql").find(exp.Select) is not None


@pytest.mark.parametrize("number", QUERIES)
def test_the_queries_of_tpch_pass(number: str) -> None:
    planned(QUERIES[number])


REGEXP_FREE = "SELECT a FROM t WHERE NOT a REGEXP 'x' AND b REGEXP CONCAT('a', d)"


def test_a_regular_expression_is_an_operator_which_mariadb_has() -> None:
    assert planned("SELECT a FROM t WHERE a NOT REGEXP 'x' AND b RLIKE CONCAT('a', d)") == REGEXP_FREE


HOSTILE = [
    "SELECT evil(1)",
    "SELECT shop.evil(1)",
    "SELECT `shop`.`evil`(1) FROM t",
    "SELECT SLEEP(9)",
    "SELECT BENCHMARK(9, MD5('a'))",
    "SELECT GET_LOCK('a', 1), RELEASE_ALL_LOCKS()",
    "SELECT LOAD_FILE('/etc/passwd')",
    "SELECT LAST_INSERT_ID(7)",
    "SELECT NEXTVAL(s)",
    "SELECT SETVAL(s, 9)",
    "SELECT UUID_SHORT()",
    "SELECT MASTER_POS_WAIT('a', 1)",
    "SELECT @a := 1",
    "SELECT * FROM t WHERE (@a := a) > 1",
    "SELECT * FROM (SELECT evil(1) AS a) d",
    "SELECT * FROM t WHERE a = (SELECT evil(1))",
    "WITH x AS (SELECT evil(1) AS a) SELECT * FROM x",
    "SELECT * FROM t ORDER BY evil(a) LIMIT 1",
    "SELECT 1 FROM t GROUP BY a HAVING evil(1)",
    "SELECT a FROM t UNION SELECT evil(1)",
    "SELECT COUNT(*) OVER (ORDER BY evil(a)) FROM t",
    "SELECT * FROM t JOIN u ON evil(t.a) = u.a",
    "SELECT pg_sleep(1)",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT dblink('dbname=x', 'DROP TABLE t')",
    "SELECT set_config('a.b', 'c', false)",
    "SELECT nextval('s')",
    "SELECT * FROM generate_series(1, 3)",
    "SELECT a FROM t INTO @x",
    "SELECT a INTO OUTFILE 'x.txt' FROM t",
    "SELECT a FROM t INTO DUMPFILE 'x.txt'",
    "SELECT NEXT VALUE FOR s",
    "SELECT a FROM t PROCEDURE ANALYSE()",
    "SELECT * FROM t FOR SYSTEM_TIME ALL",
    "SELECT a FROM t WHERE a = ?",
    "UPDATE t SET a = evil(1)",
    "UPDATE t SET a = (SELECT evil(b) FROM u)",
    "INSERT INTO t SELECT a FROM u ON DUPLICATE KEY UPDATE a = evil(1)",
    "INSERT INTO t SELECT a FROM u RETURNING evil(a)",
    "DELETE FROM t RETURNING evil(a)",
    "DELETE FROM t WHERE evil(a)",
    "INSERT INTO t SELECT evil(1)",
]


@pytest.mark.parametrize("sql", HOSTILE)
def test_what_might_do_more_never_reaches_explain(sql: str) -> None:
    with pytest.raises((Unsafe, AskwireError)):
        planned(sql)


REFUSED = [
    "CALL p()",
    "SET @x = 1",
    "DO SLEEP(1)",
    "PREPARE p FROM 'SELECT 1'",
    "EXECUTE p",
    "EXPLAIN ANALYZE SELECT 1",
    "ANALYZE FORMAT=JSON DELETE FROM t",
    "DROP TABLE t",
    "CREATE TABLE t (a INT)",
    "TRUNCATE t",
    "LOAD DATA INFILE 'x' INTO TABLE t",
    "LOCK TABLES t WRITE",
    "BEGIN",
    "COMMIT",
    "GRANT ALL ON *.* TO x",
    "SELECT 1; DELETE FROM t",
    "SELECT 1 /*!50000 , SLEEP(1) */",
    "SELECT 1 /*M! , SLEEP(1) */",
    "SELECT 1 /*! */ FROM t",
    "WITH x AS (DELETE FROM t RETURNING a) SELECT * FROM x",
    "SELECT a\x00 FROM t",
    "SELECT " + "(" * 5_000 + "1" + ")" * 5_000,
    "SELECT " + "1," * 50_000 + "1",
    "",
    ";",
    "nonsense",
    "'",
]


@pytest.mark.parametrize("sql", REFUSED, ids=[sql[:30] for sql in REFUSED])
def test_what_is_no_statement_to_diagnose_is_refused(sql: str) -> None:
    with pytest.raises((AskwireError, Unsafe)) as caught:
        planned(sql)
    if isinstance(caught.value, AskwireError):
        assert caught.value.code is ErrorCode.CANNOT_DIAGNOSE


def test_only_the_assigned_values_that_read_are_planned_with_an_update() -> None:
    assert planned("UPDATE t SET a = b + 1") == "SELECT * FROM t"
    text = planned(
        "UPDATE t JOIN u ON t.a = u.a SET t.b = 1, t.c = (SELECT MAX(x) FROM v) WHERE u.d = 2 ORDER BY 1 LIMIT 3"
    )
    assert text == (
        "SELECT *, (SELECT MAX(x) FROM v) AS value_2 FROM t JOIN u ON t.a = u.a WHERE u.d = 2 ORDER BY 1 LIMIT 3"
    )


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("DELETE QUICK FROM t WHERE a = 1 ORDER BY b LIMIT 2", "SELECT * FROM t WHERE a = 1 ORDER BY b LIMIT 2"),
        ("DELETE o FROM o JOIN c ON c.id = o.c WHERE c.x = 1", "SELECT * FROM o JOIN c ON c.id = o.c WHERE c.x = 1"),
        ("DELETE FROM a USING a JOIN b ON a.x = b.x", "SELECT * FROM a JOIN b ON a.x = b.x"),
        ("UPDATE LOW_PRIORITY IGNORE t SET a = 1", "SELECT * FROM t"),
        ("REPLACE INTO t SELECT * FROM u", "SELECT * FROM u"),
        ("INSERT IGNORE INTO t (a) (SELECT b FROM u) ON DUPLICATE KEY UPDATE a = 1", "SELECT b FROM u"),
        ("WITH x AS (SELECT 1 AS a) DELETE FROM t WHERE a IN (SELECT a FROM x)", None),
        ("INSERT INTO t WITH x AS (SELECT 1 AS a) SELECT a FROM x", "WITH x AS (SELECT 1 AS a) SELECT a FROM x"),
        ("SELECT /*+ NO_INDEX(t) SET_VAR(sql_mode = '') */ a FROM t FOR UPDATE", "SELECT a FROM t"),
        ("(SELECT a FROM t LOCK IN SHARE MODE) UNION SELECT 1", "(SELECT a FROM t) UNION SELECT 1"),
    ],
)
def test_the_query_that_stands_for_a_statement(sql: str, text: str | None) -> None:
    expected = text or "WITH x AS (SELECT 1 AS a) SELECT * FROM t WHERE a IN (SELECT a FROM x)"
    assert planned(sql) == expected


def test_double_quotes_are_names_where_the_session_says_so() -> None:
    plain, ansi = parse('SELECT "a" FROM t'), parse('SELECT "a" FROM "t"', "STRICT_TRANS_TABLES,ANSI_QUOTES")
    assert plain.find(exp.Column) is None
    column = ansi.find(exp.Column)
    assert column is not None
    assert (column.name, column.sql("mysql")) == ("a", "`a`")


@pytest.mark.parametrize("quoted", ["SELECT 'it''s; /*! x */ \\' FROM t'", "SELECT `a;b` FROM `/*!x*/`"])
def test_what_stands_in_quotes_is_no_syntax(quoted: str) -> None:
    assert isinstance(parse(quoted), exp.Query)


def test_names_that_a_character_set_may_read_otherwise_are_quoted() -> None:
    assert planned("SELECT größe FROM bücher AS b$") == "SELECT `größe` FROM `bücher` AS `b$`"


@pytest.mark.parametrize(
    ("mode", "sql", "reads"),
    [
        ("PIPES_AS_CONCAT", "SELECT a FROM t WHERE b || c = 'x'", False),
        ("PIPES_AS_CONCAT", "SELECT a FROM t WHERE b = 1 OR c = '||'", True),
        ("NO_BACKSLASH_ESCAPES", r"SELECT a FROM t WHERE b LIKE 'a\\b'", False),
        ("NO_BACKSLASH_ESCAPES", "SELECT a FROM t WHERE b = 'it''s'", True),
        ("HIGH_NOT_PRECEDENCE", "SELECT a FROM t WHERE NOT a BETWEEN 1 AND 2", False),
        ("REAL_AS_FLOAT,ORACLE", "SELECT s.nextval", False),
        ("", "SELECT a FROM t WHERE NOT a || b = '\\''", True),
    ],
)
def test_modes_in_which_the_server_reads_it_otherwise(mode: str, sql: str, reads: bool) -> None:
    if reads:
        assert parse(sql, mode)
        return
    with pytest.raises(AskwireError, match="sql_mode"):
        parse(sql, mode)
