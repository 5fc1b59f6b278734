"""What an account does to see masked columns: what is hidden, what is refused. The list of docs/masking.md."""

import contextlib
from typing import Any

import pymysql
import pytest

from plugins.builtin.mcp.connection import Connection, Login
from plugins.builtin.mcp.work import query
from tests.support.gateway import GatewayProcess
from tests.support.masked import MASKED, connect, everything, number_of
from tests.support.shop_server import ShopServer

# The values are changed, and nothing else is.
SHOWN = [
    ("SELECT email FROM customers WHERE id = 1", "s***"),
    ("SELECT email AS e FROM customers WHERE id = 1", "s***"),
    ("SELECT c.email FROM shop.customers AS c WHERE c.id = 1", "s***"),
    ("SELECT `email` FROM `shop`.`customers` WHERE id = 1", "s***"),
    ("SELECT e FROM (SELECT email AS e, id FROM customers) d WHERE id = 1", "s***"),
    ("WITH x(a, i) AS (SELECT email, id FROM customers) SELECT a FROM x WHERE i = 1", "s***"),
    ("SELECT (SELECT email FROM customers WHERE id = 1)", "s***"),
    ("SELECT x.* FROM (SELECT email FROM customers WHERE id = 1) x", "s***"),
    ("SELECT contact FROM scratch.mask_view WHERE id = 1", "s***"),
    ("SELECT email FROM customers WHERE id = 1 FOR UPDATE", "s***"),
    ("SELECT iban FROM scratch.mask_people WHERE id = 1", "(secret)"),
    ("/* a comment */ SELECT email -- another\n FROM customers # and one\n WHERE id = 1", "s***"),
]
# A value that is made of a masked one is hidden whole.
HIDDEN = [
    "SELECT CONCAT('x', email) FROM customers WHERE id = 1",
    "SELECT UPPER(email), LEFT(email, 3), SUBSTRING(email, 2), REVERSE(email), HEX(email), MD5(email) FROM customers",
    "SELECT LENGTH(email), CHAR_LENGTH(email) FROM customers",
    "SELECT COALESCE(email, 'x') FROM customers",
    "SELECT GROUP_CONCAT(email) FROM customers",
    "SELECT GROUP_CONCAT(DISTINCT email ORDER BY id SEPARATOR ';') FROM customers",
    "SELECT JSON_OBJECT('e', email), JSON_ARRAY(email) FROM customers",
    "SELECT JSON_ARRAYAGG(email) FROM customers",
    "SELECT MIN(email), MAX(email), COUNT(email), COUNT(DISTINCT email) FROM customers",
    "SELECT SUM(salary), AVG(salary), MAX(salary) FROM scratch.mask_people",
    "SELECT email FROM customers WHERE id = 1 UNION ALL SELECT 'x'",
    "SELECT name FROM customers WHERE id = 1 UNION ALL SELECT email FROM customers",
    "SELECT e FROM (SELECT name AS e FROM customers UNION ALL SELECT email FROM customers) d",
    "SELECT loud FROM scratch.mask_view",
    "SELECT loud FROM scratch.mask_nested",
]
REFUSED = [
    # questions about the value
    "SELECT id FROM customers WHERE email LIKE 'a%'",
    "SELECT id FROM customers WHERE email = 'samuel@example.com'",
    "SELECT id FROM customers WHERE (id, email) = (1, 'x')",
    "SELECT id FROM customers WHERE MATCH(email) AGAINST('x')",
    "SELECT id FROM customers WHERE id IN (SELECT id FROM customers WHERE email > 'm')",
    "SELECT id FROM customers o WHERE EXISTS (SELECT 1 FROM regions WHERE o.email > 'm')",
    "SELECT id FROM customers ORDER BY email",
    "SELECT id, email FROM customers ORDER BY 2",
    "SELECT id, email AS e FROM customers ORDER BY e DESC",
    "SELECT id, email FROM customers ORDER BY LENGTH(email)",
    "(SELECT id, email FROM customers) ORDER BY email",
    "SELECT * FROM (SELECT id, email AS e FROM customers) d ORDER BY e",
    "SELECT id FROM customers UNION ALL SELECT id FROM customers ORDER BY (SELECT email FROM customers LIMIT 1)",
    "SELECT COUNT(*) FROM customers GROUP BY email",
    "SELECT email, COUNT(*) FROM customers GROUP BY 1",
    "SELECT id FROM customers GROUP BY id HAVING MAX(email) > 'm'",
    "SELECT DISTINCT email FROM customers",
    "SELECT email FROM customers UNION SELECT 'samuel@example.com'",
    "SELECT email FROM customers INTERSECT SELECT 'samuel@example.com'",
    "SELECT email FROM customers EXCEPT SELECT 'samuel@example.com'",
    "SELECT IF(email LIKE 'a%', 1, 0) FROM customers",
    "SELECT CASE WHEN email LIKE 'a%' THEN SLEEP(1) END FROM customers",
    "SELECT email = 'x' FROM customers",
    "SELECT STRCMP(email, 'm') FROM customers",
    "SELECT INSTR(email, 'a'), LOCATE('a', email), email REGEXP 'a' FROM customers",
    "SELECT COALESCE(email, (SELECT 1 UNION SELECT 2)) FROM customers",
    "SELECT ROW_NUMBER() OVER (ORDER BY email) FROM customers",
    "SELECT ROW_NUMBER() OVER w FROM customers WINDOW w AS (PARTITION BY email)",
    "SELECT a.id FROM customers a JOIN customers b ON a.email = b.email",
    "SELECT a.id FROM customers a JOIN customers b USING (email)",
    "SELECT a.id FROM customers a NATURAL JOIN customers b",
    "SELECT a.id FROM customers a JOIN (customers b JOIN regions r ON b.email > 'm') ON a.id = b.id",
    "SELECT name FROM scratch.mask_people WHERE salary * 2 > 9000",
    "SELECT 9223372036854775807 + salary FROM scratch.mask_people",
    "SELECT id FROM scratch.mask_view WHERE contact LIKE 'a%'",
    "SELECT id FROM customers LIMIT 1 OFFSET email",
    "SELECT id FROM customers FORCE INDEX (email)",
    "SELECT id, (SELECT COUNT(*) FROM customers b WHERE b.email < a.email) FROM customers a",
    "SELECT LEFT(email, (SELECT COUNT(*) FROM customers b WHERE b.email > 'm')) FROM customers",
    "SELECT LEFT(email, 1) AS l, COUNT(*) FROM customers GROUP BY l",
    "SELECT SLEEP((SELECT COUNT(*) FROM customers WHERE email LIKE 's%'))",
    "SELECT SLEEP(ASCII(email)) FROM customers",
    "SELECT EXISTS(SELECT email FROM customers WHERE email LIKE 's%')",
    "WITH RECURSIVE r AS (SELECT 1 AS n, '' AS s UNION ALL SELECT n+1, (SELECT email FROM customers WHERE id = n)"
    " FROM r WHERE n < 3) SELECT s FROM r",
    "SELECT CONCAT(TRIM(LEADING 's' FROM email), REPEAT('p', 16777192), GET_LOCK('z', 0)) FROM customers WHERE id = 1",
    "SELECT CONCAT(email, d.z) FROM customers, (SELECT SLEEP(1) AS z FROM regions) d",
    "SELECT COALESCE(email, LAST_INSERT_ID(7)) FROM customers",
    "SELECT COALESCE(email, v.z) FROM customers, scratch.mask_waits v",
    # errors that would show it
    "SELECT extractvalue(1, CONCAT(0x7e, email)) FROM customers",
    "SELECT updatexml(1, CONCAT(0x7e, (SELECT email FROM customers LIMIT 1)), 1)",
    "SELECT CAST(email AS SIGNED) FROM customers",
    "SELECT EXP(salary) FROM scratch.mask_people",
    "SELECT JSON_EXTRACT(email, '$.a') FROM customers",
    # ways to keep it
    "SELECT email INTO @x FROM customers LIMIT 1",
    "SELECT @x := email FROM customers LIMIT 1",
    "SET @x = (SELECT email FROM customers LIMIT 1)",
    "SET @x = scratch.mask_leak()",
    "SELECT email FROM customers INTO OUTFILE 'x.txt'",
    "SELECT email FROM customers INTO DUMPFILE 'x.txt'",
    "INSERT INTO scratch.mask_free SELECT id, email FROM customers",
    "INSERT INTO scratch.mask_free VALUES (1, (SELECT email FROM customers LIMIT 1))",
    "REPLACE INTO scratch.mask_free SELECT id, email FROM customers",
    "INSERT INTO scratch.mask_people VALUES (1,'',1,'',1) ON DUPLICATE KEY UPDATE name = iban",
    "CREATE TABLE scratch.mask_copy AS SELECT email FROM customers",
    "CREATE TEMPORARY TABLE scratch.mask_copy SELECT * FROM customers",
    "CREATE TABLE scratch.mask_copy (e VARCHAR(99), FOREIGN KEY (e) REFERENCES scratch.mask_people (iban))",
    "CREATE VIEW scratch.mask_other AS SELECT email AS x FROM customers",
    "UPDATE customers SET name = email",
    "UPDATE scratch.mask_free f JOIN customers c ON c.id = f.id SET f.note = c.email",
    "UPDATE scratch.mask_people SET name = 'x' WHERE iban LIKE 'DE1%'",
    "DELETE FROM scratch.mask_people WHERE iban LIKE 'DE1%'",
    "DELETE f FROM scratch.mask_free f JOIN customers c ON c.email = f.note",
    "DELETE FROM scratch.mask_people ORDER BY salary LIMIT 1",
    "INSERT INTO scratch.mask_people VALUES (9,'x',1,'x',1) RETURNING iban",
    "ALTER TABLE customers RENAME COLUMN email TO harmless",
    "ALTER TABLE customers RENAME TO harmless",
    "RENAME TABLE customers TO harmless",
    "CREATE TABLE scratch.mask_merged (id INT) ENGINE=MERGE UNION=(scratch.mask_free)",
    # statements that cannot be looked into
    "CALL scratch.mask_call()",
    "SELECT scratch.mask_leak()",
    "SHOW TABLES WHERE scratch.mask_leak() LIKE 'a%'",
    "DO SLEEP(0)",
    "PREPARE s FROM 'SELECT email FROM customers'",
    "EXECUTE IMMEDIATE 'SELECT email FROM customers'",
    "EXECUTE IMMEDIATE CONCAT('SELECT em', 'ail FROM customers')",
    "HANDLER customers OPEN",
    "LOAD DATA LOCAL INFILE 'x' INTO TABLE scratch.mask_free",
    "BEGIN NOT ATOMIC SELECT email FROM customers; END",
    "CREATE FUNCTION scratch.f() RETURNS TEXT RETURN (SELECT email FROM customers LIMIT 1)",
    "CREATE TRIGGER scratch.t BEFORE INSERT ON scratch.mask_free FOR EACH ROW SET NEW.note = 'x'",
    "SET STATEMENT max_statement_time=1 FOR SELECT UPPER(email) FROM customers",
    "SHOW TABLES WHERE (SELECT email FROM customers LIMIT 1) LIKE 'a%'",
    "SHOW ENGINE INNODB STATUS",
    "CHECKSUM TABLE customers",
    "SHOW FULL PROCESSLIST",
    "SELECT * FROM information_schema.PROCESSLIST",
    "SELECT * FROM customers FOR SYSTEM_TIME ALL",
    "SELECT _rowid FROM customers",
    "SELECT DEFAULT(email) FROM customers",
    # plans and statistics
    "EXPLAIN FORMAT=JSON SELECT email FROM customers WHERE id = 1",
    "ANALYZE FORMAT=JSON SELECT email FROM customers WHERE id = 1",
    "EXPLAIN SELECT id FROM customers WHERE email > 'm'",
    "EXPLAIN FOR CONNECTION 1",
    "SELECT * FROM mysql.column_stats",
    "SELECT * FROM information_schema.COLUMN_STATISTICS",
    "SELECT * FROM information_schema.OPTIMIZER_TRACE",
    "SELECT * FROM performance_schema.events_statements_history",
    # texts that two readers read in two ways
    "SELECT /*!50000 email, */ id FROM customers",
    "SELECT /*M! email, */ id FROM customers",
    "SELECT id FROM customers WHERE id = 1 --1 OR email LIKE 'a%'\n",
    "SELECT /* /* */ UPPER(email) /* */ FROM customers",
    "SELECT {fn UPPER(email)} FROM customers",
    "SELECT id\u00a0, UPPER(email) FROM customers",
    "SELECT \\N, email = '' FROM customers",
    "SELECT 1a FROM customers",
    "/*raw*/ SELECT email FROM customers",
    "SET sql_mode = 'ANSI_QUOTES'; SELECT UPPER(\"email\") FROM customers",
    "SELECT /*+ SET_VAR(sql_mode='ANSI_QUOTES') */ UPPER(\"email\") FROM customers",
    "SELECT 1; SELECT id FROM customers WHERE email LIKE 'a%'",
    "SET GLOBAL general_log = 1",
]  # fmt: skip

ONE = "FROM customers WHERE id = 1"
# What looks found in an inner query, and the server finds further out; or the other way round.
MISREAD = [
    f"SELECT (SELECT `UPPER(email)` FROM (SELECT UPPER(email) {ONE}) d) FROM (SELECT 1 AS `UPPER(email)`) o",
    f"SELECT (SELECT `my-x` FROM (SELECT email AS 'my-x' {ONE}) d) FROM (SELECT 1 AS `my-x`) o",
    f"SELECT (SELECT x FROM (SELECT email AS ' x' {ONE}) d) FROM (SELECT 1 AS x) o",
    f"SELECT (SELECT x FROM (SELECT email AS ` x` {ONE}) d) FROM (SELECT 1 AS x) o",
    f"SELECT (SELECT zz FROM (SELECT email 'zz' {ONE}) d) FROM (SELECT 1 AS zz) o",
    f"SELECT EXISTS (SELECT UPPER(email) {ONE} HAVING `UPPER(email)` LIKE 's%') FROM (SELECT 1 AS `UPPER(email)`) o",
    "SELECT (SELECT UPPER(email) FROM (SELECT 1 AS émail) d) FROM customers WHERE id = 1",
    "SELECT (SELECT UPPER(c.email) FROM (SELECT 1 AS email) AS ç) FROM customers c WHERE id = 1",
    "SELECT (SELECT UPPER(C.email) FROM (SELECT 1 AS email) AS c) FROM customers C WHERE id = 1",
    "SELECT (SELECT UPPER(email) FROM information_schema.ENGINES LIMIT 1) FROM customers WHERE id = 1",
    "SELECT (SELECT UPPER(shop.customers.email) FROM (SELECT 1 AS email) AS customers) FROM customers WHERE id = 1",
    "WITH cústomers AS (SELECT 'x' AS email, 1 AS id) SELECT UPPER(email) FROM customers WHERE id = 1",
    "WITH RECURSIVE a AS (SELECT city FROM regions2), regions2 AS (SELECT UPPER(email) AS city FROM customers)"
    " SELECT city FROM a",
    "WITH RECURSIVE a AS (SELECT name FROM regions), regions AS (SELECT UPPER(email) AS name FROM customers)"
    " SELECT name FROM a",
    "WITH RECURSIVE orders AS ((SELECT 'x' AS a, UPPER(email) AS id FROM customers UNION ALL SELECT id, 1 FROM orders))"
    " SELECT a FROM orders LIMIT 3",
]


@pytest.fixture(scope="module")
def secrets(mariadb: ShopServer, masking: GatewayProcess) -> list[str]:
    """What must never be seen: as the server itself tells it."""
    root = pymysql.connect(host=mariadb.host, port=mariadb.port, user="root")
    with root.cursor() as cursor:
        cursor.execute("SELECT email FROM shop.customers UNION ALL SELECT iban FROM scratch.mask_people")
        found = [value for (value,) in cursor.fetchall()]
    root.close()
    return found


@pytest.mark.parametrize(("sql", "begins"), SHOWN)
def test_a_masked_column_by_any_name(session: Any, sql: str, begins: str) -> None:
    (row,) = everything(session, sql)
    assert row[0].startswith(begins)


@pytest.mark.parametrize("sql", HIDDEN)
def test_what_is_made_of_it_is_hidden(session: Any, secrets: list[str], sql: str) -> None:
    rows = everything(session, sql)
    assert rows
    assert {value for row in rows for value in row} <= {"***", "(secret)", None}


@pytest.mark.parametrize("sql", REFUSED)
def test_refused(session: Any, sql: str) -> None:
    with pytest.raises(pymysql.MySQLError) as refusal:
        everything(session, sql)
    assert number_of(refusal.value) == MASKED, refusal.value
    assert everything(session, "SELECT 1") == [(1,)]


@pytest.mark.parametrize("sql", MISREAD)
def test_names_that_the_server_reads_otherwise(session: Any, secrets: list[str], sql: str) -> None:
    rows: list[tuple[Any, ...]] = []
    with contextlib.suppress(pymysql.MySQLError):  # refused, or the server knows no such name
        rows = everything(session, sql)
    assert not any((value or "")[1:].strip("*") for row in rows for value in row)


def test_names_that_are_only_found_here(session: Any) -> None:
    assert everything(session, "SELECT (SELECT MAX(o.id) FROM orders o WHERE o.customer_id = c.id) FROM customers c")
    assert everything(
        session, "SELECT 名, n FROM (SELECT email AS 名, id AS n FROM customers) d WHERE n = 1 ORDER BY n"
    )
    assert everything(session, "SELECT UPPER(email), COUNT(*) AS n FROM customers GROUP BY id HAVING n > 0 ORDER BY n")
    assert everything(session, "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 3)"
                               " SELECT email FROM customers JOIN n ON n.i = customers.id")  # fmt: skip


def test_whole_tables(session: Any, secrets: list[str]) -> None:
    for sql in ("SELECT * FROM customers", "SELECT c.*, 1 FROM customers c", "SELECT * FROM (customers)"):
        rows = everything(session, sql)
        assert len(rows) == 400
        assert not set(secrets) & {value for row in rows for value in row}
        assert all(isinstance(row[0], int) for row in rows)


def test_numbers_stay_numbers(session: Any) -> None:
    rows = everything(session, "SELECT id, salary FROM scratch.mask_people")
    for (_, shown), real in zip(sorted(rows), (5000, 4000), strict=True):
        assert shown != real
        assert abs(shown - real) <= real / 10
    assert rows == everything(session, "SELECT id, salary FROM scratch.mask_people")


def test_whom_no_rule_concerns(masking: GatewayProcess, secrets: list[str]) -> None:
    connection = connect(masking, "open")
    assert everything(connection, "SELECT email FROM customers WHERE email LIKE 'samuel%' AND id = 1")[0][0] in secrets
    connection.close()


def test_what_touches_no_masked_column_is_as_always(session: Any) -> None:
    assert everything(session, "SELECT name FROM scratch.mask_filtered WHERE name LIKE 'Sam%' ORDER BY name DESC")
    assert everything(session, "SELECT id, COUNT(*) FROM customers WHERE city LIKE 'C%' GROUP BY id ORDER BY 2")
    assert everything(session, "SELECT COUNT(*) FROM orders") == [(4039,)]
    assert everything(session, "INSERT INTO scratch.mask_free VALUES (1, 'a;b'), (2, '--')") == []
    assert everything(session, "UPDATE scratch.mask_free SET note = 'x' WHERE id = 2") == []
    assert everything(session, "SELECT id, note FROM scratch.mask_free ORDER BY id") == [(1, "a;b"), (2, "x")]
    assert everything(session, "SELECT 1; SELECT 2") == [(1,), (2,)]
    assert everything(session, "SHOW COLUMNS FROM customers LIKE 'email'")[0][0] == "email"


def test_messages_that_may_hold_values(masking: GatewayProcess) -> None:
    session = connect(masking)  # of its own: what others asked would hide more
    with pytest.raises(pymysql.MySQLError) as failed:
        everything(session, "INSERT INTO scratch.mask_people SELECT 5, note, 1, 'DE22SECRET' FROM scratch.mask_free")
    assert number_of(failed.value) == 1136
    with pytest.raises(pymysql.MySQLError) as failed:
        everything(session, "INSERT INTO scratch.mask_people VALUES (5, 'x', 1, 'DE22SECRET', 1)")
    assert number_of(failed.value) == 1062
    assert "DE22SECRET" not in str(failed.value)
    assert "DE22SECRET" not in str(everything(session, "SHOW WARNINGS"))
    assert everything(session, "EXPLAIN EXTENDED SELECT iban FROM scratch.mask_people WHERE id = 1")
    for between in ("SELECT 1", "BEGIN", "SET @a = 1", "SELECT COUNT(*) FROM orders", "SELECT nothing FROM orders"):
        with contextlib.suppress(pymysql.MySQLError):
            everything(session, between)  # not every statement takes the messages of the one before away
        with contextlib.suppress(pymysql.MySQLError):
            assert "SECRET" not in str(everything(session, "SHOW WARNINGS"))
    session.close()


def test_how_many_warnings_there_are_is_no_answer(masking: GatewayProcess) -> None:
    """GROUP_CONCAT warns of what is too long, TRIM makes the length tell of a character."""
    session = connect(masking)
    everything(session, "SET group_concat_max_len = 4")
    for letter in "st":
        with session.cursor() as cursor:
            cursor.execute(
                f"SELECT GROUP_CONCAT(TRIM(LEADING '{letter}' FROM SUBSTRING(email, 1, 5))) FROM customers WHERE id = 1"
            )
            assert cursor.fetchall() == (("***",),)
            assert cursor.warning_count == 0
        for sql in ("SHOW WARNINGS", "SHOW COUNT(*) WARNINGS", "SHOW ERRORS", "SELECT @@warning_count",
                    "SELECT 1, @@session.`warning_count`", "SHOW VARIABLES LIKE 'warning_count'",
                    "SELECT SESSION_VALUE FROM information_schema.SYSTEM_VARIABLES"
                    " WHERE VARIABLE_NAME = 'warning_count'",
                    "SET @n = @@warning_count"):  # fmt: skip
            try:
                seen = everything(session, sql)
            except pymysql.MySQLError as refusal:
                assert number_of(refusal) == MASKED  # noqa: PT017
            else:
                assert "1" not in str(seen), sql
    session.close()


def test_assistants_do_without_warnings(masking: GatewayProcess) -> None:
    login = Login(masking.host, masking.port, "app", "secret", None)
    connection = Connection(login, "shop")
    for _ in range(2):
        answer = query(connection, "SELECT email FROM customers WHERE id = 1", 10, 1000)
        assert (answer.rows, answer.notes) == ([["s" + "*" * 24]], [])
    connection.close()


def test_the_text_must_be_what_it_seems(masking: GatewayProcess) -> None:
    connection = connect(masking)
    everything(connection, "SET sql_mode = 'ANSI_QUOTES'")
    for sql in ('SELECT UPPER("email") FROM customers', "SELECT 1"):
        with pytest.raises(pymysql.MySQLError) as refusal:
            everything(connection, sql)
        assert number_of(refusal.value) == MASKED
    everything(connection, "SET sql_mode = DEFAULT")
    everything(connection, "SET NAMES gbk")
    with pytest.raises(pymysql.MySQLError):
        everything(connection, "SELECT 1")
    everything(connection, "SET NAMES utf8mb4")
    everything(connection, "SET sql_select_limit = 0")
    assert everything(connection, "SELECT contact FROM scratch.mask_view LIMIT 1")[0][0].endswith("***")
    connection.close()


def test_another_database_is_noticed(masking: GatewayProcess) -> None:
    connection = connect(masking)
    everything(connection, "CREATE TEMPORARY TABLE scratch.customers (id INT, email VARCHAR(9))")
    everything(connection, "INSERT INTO scratch.customers VALUES (1, 'mine')")
    connection.select_db("scratch")
    assert everything(connection, "SELECT email FROM customers") == [("mine",)]
    everything(connection, "USE shop")
    assert everything(connection, "SELECT email FROM customers WHERE id = 1")[0][0].startswith("s***")
    connection.close()
