"""The guard's first half under attack: nothing here may come out as a statement that runs."""

import pytest
from sqlglot import exp

from plugins.readonly import Rejected, generate, parse_one

REFUSED = [
    # other statements
    "DELETE FROM orders",
    "UPDATE orders SET total = 0",
    "INSERT INTO orders VALUES (1)",
    "INSERT INTO orders SELECT * FROM orders",
    "REPLACE INTO orders VALUES (1)",
    "DROP TABLE orders",
    "CREATE TABLE x AS SELECT * FROM orders",
    "ALTER TABLE orders ADD x INT",
    "TRUNCATE TABLE orders",
    "GRANT ALL ON *.* TO app",
    "SET GLOBAL max_connections = 1",
    "SET PASSWORD = 'x'",
    "CALL p()",
    "LOAD DATA INFILE '/etc/passwd' INTO TABLE orders",
    "USE mysql",
    "KILL 1",
    "SHOW GRANTS",
    "DESCRIBE orders",
    "COMMIT",
    "START TRANSACTION",
    "LOCK TABLES orders WRITE",
    "ANALYZE TABLE orders",
    "MERGE INTO orders USING x ON 1 WHEN MATCHED THEN DELETE",
    "VALUES (1)",
    # several statements
    "SELECT id FROM orders; DROP TABLE orders",
    "SELECT id FROM orders;;DELETE FROM orders",
    "SELECT 1; SELECT 2",
    "SELECT id FROM orders -- x\n; DROP TABLE orders",
    "SELECT id FROM orders /* ; */ ; DELETE FROM orders /* */",
    # writing or locking parts of a SELECT
    "SELECT id INTO @x FROM orders",
    "SELECT id FROM orders INTO @x",
    "SELECT id INTO new_table FROM orders",
    "SELECT id FROM orders FOR UPDATE",
    "SELECT id FROM orders LOCK IN SHARE MODE",
    "SELECT id FROM orders FOR SHARE",
    "(SELECT id FROM orders FOR UPDATE) UNION (SELECT 1)",
    "SELECT * FROM (SELECT id FROM orders FOR UPDATE) AS t",
    "WITH x AS (DELETE FROM orders RETURNING *) SELECT * FROM x",
    "WITH x AS (INSERT INTO orders VALUES (1) RETURNING *) SELECT * FROM x",
    "WITH x AS (SELECT 1) DELETE FROM orders",
    "WITH x AS (SELECT 1) UPDATE orders SET total = 0",
    # variables
    "SELECT @x := 1",
    "SELECT @a FROM orders",
    "SELECT @@version",
    "SELECT @@GLOBAL.secure_file_priv",
    "SELECT id FROM orders WHERE (@x := id) > 0",
    # functions that do more than compute
    "SELECT SLEEP(10)",
    "SELECT sLeEp (10) FROM orders",
    "SELECT id FROM orders WHERE SLEEP(1) = 0",
    "SELECT BENCHMARK(1000000000, MD5('x'))",
    "SELECT GET_LOCK('x', 10)",
    "SELECT RELEASE_LOCK('x')",
    "SELECT RELEASE_ALL_LOCKS()",
    "SELECT LOAD_FILE('/etc/passwd')",
    "SELECT MASTER_POS_WAIT('x', 1)",
    "SELECT NEXTVAL(counter)",
    "SELECT SETVAL(counter, 5)",
    "SELECT LASTVAL(counter)",
    "SELECT LAST_INSERT_ID(5)",
    "SELECT UUID_SHORT()",
    "SELECT sys_exec('id')",
    "SELECT shop.log_it(1)",
    "SELECT id FROM orders WHERE shop.log_it(id) = 1",
    # comments that run, hints
    "SELECT 1 /*!50000 + SLEEP(3) */",
    "SELECT /*! SQL_NO_CACHE */ id FROM orders",
    "SELECT id FROM orders /*M!100100 FOR UPDATE */",
    "/*!99999 DROP TABLE orders */ SELECT 1",
    "SELECT /*+ MAX_EXECUTION_TIME(1) */ id FROM orders",
    "SELECT /*+ SET_VAR(max_execution_time = 0) */ id FROM orders",
    # options of SELECT and of tables
    "SELECT SQL_CALC_FOUND_ROWS id FROM orders",
    "SELECT HIGH_PRIORITY id FROM orders",
    "SELECT id FROM orders PARTITION (p0)",
    "SELECT id FROM orders USE INDEX (PRIMARY)",
    "SELECT id FROM orders FOR SYSTEM_TIME ALL",
    "SELECT * FROM JSON_TABLE('[1]', '$[*]' COLUMNS (a INT PATH '$')) AS j",
    "SELECT * FROM sys_exec('x') AS t",
    "SELECT ?",
    "SELECT :name",
    "SELECT _utf8mb4 0x41",
]
UNREADABLE = [
    "",
    ";",
    "-- nothing",
    "SELECT",
    "SELECT * FROM",
    "HANDLER orders OPEN",
    "SELECT 1 PROCEDURE ANALYSE()",
    "SELECT id FROM orders PROCEDURE ANALYSE(10, 2000)",
    "SELECT 1 INTO OUTFILE '/tmp/x'",
    "SELECT id FROM orders INTO DUMPFILE '/tmp/x'",
    "SELECT NEXT VALUE FOR counter",
    "SELECT 'open",
    "SELECT 1 /* open",
    "SELECT log_it(1)",
    "SELECT `sleep`(10)",
    "SELECT `LOG_IT`(1)",
    "SELECT slеep(10)",  # a Cyrillic е
    "SELECT sleep\u00a0(10)",
    "SELECT id FROM orders WHERE id = '\\'; DROP TABLE orders",
    "SELECT VERSION()",
    "SELECT CURRENT_USER()",
    "SELECT DATABASE()",
    "SELECT DEFAULT(id) FROM orders",
    "SELECT READ_CSV('/etc/passwd')",
    "SELECT * FROM READ_CSV('/etc/passwd')",
    "SELECT EXTRACTVALUE(1, CONCAT(0x7e, 'x'))",
    "SELECT UPDATEXML(1, 'x', 1)",
    "SELECT " + "(" * 3000 + "1" + ")" * 3000,
    "SELECT " + "1+" * 9000 + "1",
    "SELECT '" + "x" * 30_000 + "'",
    "SELECT id FROM orders\x00 FOR UPDATE",
    "SELECT 1\x1a",
]


@pytest.mark.parametrize("sql", REFUSED)
def test_refused(sql):
    with pytest.raises(Rejected):
        generate(parse_one(sql))


@pytest.mark.parametrize("sql", UNREADABLE, ids=range(len(UNREADABLE)))
def test_not_read(sql):
    with pytest.raises(Rejected):
        generate(parse_one(sql))


def test_what_writes_is_refused_for_good_and_a_mistake_is_not():
    for sql in ("DELETE FROM orders", "SELECT SLEEP(1)", "SELECT 1; DROP TABLE x", "SELECT a FROM t FOR UPDATE"):
        with pytest.raises(Rejected) as rejected:
            parse_one(sql)
        assert rejected.value.fault.refused
    for sql in ("SELECT * FROM", "SELECT DATE_PART(a, b) FROM t", "SELECT sum(a FROM t"):
        with pytest.raises(Rejected) as rejected:
            parse_one(sql)
        assert not rejected.value.fault.refused


SAFE = [
    ("SELECT 'a; DROP TABLE x', \"b\" FROM t;", "SELECT 'a; DROP TABLE x', 'b' FROM t"),
    (r"SELECT 'it\'s', 'it''s', '\\' FROM t", r"SELECT 'it''s', 'it''s', '\\' FROM t"),
    ("SELECT id FROM t -- comment", "SELECT id FROM t"),
    ("SELECT id /* FOR UPDATE */ FROM t", "SELECT id FROM t"),
    ("SELECT a || '-' || b FROM t", "SELECT CONCAT(a, '-', b) FROM t"),
    ("SELECT 'it''s /*! not */ a comment' FROM t", "SELECT 'it''s /*! not */ a comment' FROM t"),
    ("SELECT a AS rank FROM t", "SELECT a AS `rank` FROM t"),
    ("SELECT `a``b` FROM `t;x`", "SELECT `a``b` FROM `t;x`"),
    ("SELECT a::date FROM t WHERE b ILIKE 'x'", "SELECT CAST(a AS DATE) FROM t WHERE LOWER(b) LIKE LOWER('x')"),
    ("SELECT id FROM t FETCH FIRST 3 ROWS ONLY", "SELECT id FROM t LIMIT 3"),
]


@pytest.mark.parametrize(("sql", "expected"), SAFE)
def test_made_anew_from_the_tree(sql, expected):
    assert generate(parse_one(sql)) == expected


@pytest.mark.parametrize("value", ["\\", "\\'", "'", "''", "a\\'; DROP TABLE x; -- ", "\\\\'", '"', "`", "%\\_"])
def test_a_literal_stays_one_literal_with_and_without_backslash_escapes(value):
    written = "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
    out = generate(parse_one(f"SELECT {written} AS v FROM t"))
    inside = out.removeprefix("SELECT '").removesuffix("' AS v FROM t")
    assert out.startswith("SELECT '")
    assert out.endswith("' AS v FROM t")
    # Read with backslashes as plain characters, only doubled quotes may stand inside.
    assert "'" not in inside.replace("''", "")
    # Read with backslash escapes, every backslash is doubled too.
    assert inside.replace("\\\\", "").count("\\") == 0


@pytest.mark.parametrize("name", ["x\u00a0FROM\u00a0secret", "é", "x@y", "1x", "x-y"])
def test_what_may_be_white_space_to_the_server_stays_one_name(name):
    sql = generate(exp.select(exp.alias_(exp.column("a"), exp.to_identifier(name, quoted=False))).from_("t"))
    assert sql == f"SELECT a AS `{name}` FROM t"
