"""Nothing that stands under EXPLAIN AI is executed: with functions that write, and the server's own log as witness."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pymysql
import pytest

from plugins import ErrorCode
from tests.conftest import GatewayFactory
from tests.support.gateway import GatewayProcess
from tests.support.postgres import PostgresServer
from tests.support.shop_server import ShopServer

MARIADB = """
CREATE TABLE audit_log (what INT);
CREATE TABLE audit_rows (id INT PRIMARY KEY, a INT, KEY (a));
INSERT INTO audit_rows SELECT seq, seq % 7 FROM seq_1_to_200;
CREATE SEQUENCE audit_seq;
DELIMITER //
CREATE FUNCTION audit_write(n INT) RETURNS INT DETERMINISTIC MODIFIES SQL DATA
  BEGIN INSERT INTO audit_log VALUES (n); RETURN n; END //
CREATE FUNCTION regexp_like(a TEXT, b TEXT) RETURNS INT DETERMINISTIC MODIFIES SQL DATA
  BEGIN INSERT INTO audit_log VALUES (77); RETURN 1; END //
CREATE PROCEDURE audit_call() BEGIN INSERT INTO audit_log VALUES (88); END //
CREATE TRIGGER audit_trigger BEFORE DELETE ON audit_rows FOR EACH ROW INSERT INTO audit_log VALUES (99) //
DELIMITER ;
CREATE VIEW audit_view AS SELECT id, a FROM audit_rows WHERE id = audit_write(3);
CREATE VIEW audit_outer AS SELECT * FROM audit_view;
CREATE VIEW audit_next AS SELECT NEXTVAL(audit_seq) AS n;
"""
# Each of these wrote when plain EXPLAIN was sent to MariaDB 10.11.
WRITES_UNDER_EXPLAIN = (
    "SELECT * FROM audit_rows WHERE id = audit_write(1)",
    "SELECT * FROM audit_rows WHERE a = audit_write(1)",
    "SELECT * FROM (SELECT audit_write(2) AS x) d",
    "SELECT * FROM audit_rows WHERE id = regexp_like('a', 'b')",
    "SELECT * FROM audit_view",
    "SELECT * FROM audit_outer",
)
HOSTILE = (
    *WRITES_UNDER_EXPLAIN,
    "WITH audit_view AS (SELECT * FROM audit_view) SELECT * FROM audit_view",
    "SELECT * FROM scratch.audit_outer",
    "SELECT * FROM audit_rows WHERE a = (SELECT scratch.audit_write(5))",
    "SELECT * FROM audit_rows WHERE id = NEXTVAL(audit_seq)",
    "SELECT * FROM audit_next",
    "SELECT NEXT VALUE FOR audit_seq",
    "SELECT * FROM audit_rows WHERE id = (@audit := 5)",
    "SELECT id INTO @audit FROM audit_rows LIMIT 1",
    "SELECT * FROM audit_rows WHERE id = GET_LOCK('audit', 1)",
    "SELECT * FROM audit_rows WHERE id = SLEEP(30)",
    "SELECT * FROM audit_rows WHERE id = LAST_INSERT_ID(4711)",
    "SELECT id FROM audit_rows INTO OUTFILE 'audit.txt'",
    "DELETE FROM audit_rows",
    "DELETE FROM audit_rows WHERE id < 50 RETURNING id",
    "UPDATE audit_rows SET a = a + 1",
    "UPDATE audit_rows SET a = audit_write(7)",
    "INSERT INTO audit_rows SELECT id + 1000, a FROM audit_rows",
    "INSERT INTO audit_rows VALUES (5000, audit_write(6))",
    "REPLACE INTO audit_rows SELECT id, a + 1 FROM audit_rows",
    "SELECT * FROM audit_rows FOR UPDATE",
    "CALL audit_call()",
    "ANALYZE FORMAT=JSON DELETE FROM audit_rows",
    "EXPLAIN ANALYZE DELETE FROM audit_rows",
    "SET @audit = 5",
    "SELECT 1; DELETE FROM audit_rows",
    "SELECT 1 /*!50000 , audit_write(8) */",
    "SELECT * FROM audit_rows /*M! WHERE id = audit_write(8) */",
    "DROP TABLE audit_rows",
    "CREATE TABLE audit_more AS SELECT * FROM audit_rows",
    "LOCK TABLES audit_rows WRITE",
)
FORMS = ("EXPLAIN AI {}", "EXPLAIN AI FORMAT=JSON {}", "EXPLAIN AI ANALYZE {}")
MADE = "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_NAME LIKE 'audit%'"


@contextmanager
def connected(gateway: GatewayProcess) -> Iterator[Any]:
    login = {"user": "app", "password": "secret", "database": "scratch"}
    with pymysql.connect(host=gateway.host, port=gateway.port, autocommit=True, **login) as client:
        yield client


def rows(client: Any, sql: str) -> tuple[tuple[Any, ...], ...]:
    with client.cursor() as cursor:
        cursor.execute(sql)
        return tuple(cursor.fetchall())


def explain(client: Any, sql: str) -> None:
    """In every form; what is refused is refused."""
    for form in FORMS:
        try:
            rows(client, form.format(sql))
        except pymysql.err.MySQLError as error:
            number = error.args[0] % 65536  # PyMySQL reads it as a signed number
            if number in (2006, 2013, 1158, 1317, ErrorCode.INTERNAL.number):
                raise


@pytest.fixture(scope="module")
def trapped(mariadb: ShopServer) -> ShopServer:
    """MariaDB with what writes when it is evaluated."""
    mariadb.run_sql(MARIADB, database="scratch")
    return mariadb


def state(mariadb: ShopServer) -> str:
    """Everything that the corpus would change."""
    return mariadb.run_sql(
        f"CHECKSUM TABLE audit_rows, audit_log; SELECT next_not_cached_value FROM audit_seq; {MADE}", database="scratch"
    )


@pytest.fixture
def log(trapped: ShopServer) -> Iterator[ShopServer]:
    """MariaDB's general log, in its table."""
    trapped.run_sql("SET GLOBAL log_output = 'TABLE'; TRUNCATE mysql.general_log; SET GLOBAL general_log = ON")
    yield trapped
    trapped.run_sql("SET GLOBAL general_log = OFF; TRUNCATE mysql.general_log; SET GLOBAL log_output = DEFAULT")


def sent(mariadb: ShopServer, thread: int) -> list[str]:
    """What a connection asked of the server, without the time limit in front of it."""
    text = mariadb.run_sql(
        "SELECT REPLACE(CONVERT(argument USING utf8mb4), '\\n', ' ') FROM mysql.general_log "
        f"WHERE thread_id = {thread} AND command_type IN ('Query', 'Prepare', 'Execute')"
    )
    lines = [line.strip() for line in text.splitlines()]
    return [line.split(" FOR ", 1)[1] if line.startswith("SET STATEMENT ") else line for line in lines]


def test_the_trap_snaps(trapped: ShopServer) -> None:
    """Plain EXPLAIN does execute: without this the tests below would show nothing."""
    for sql in WRITES_UNDER_EXPLAIN:
        trapped.run_sql(f"EXPLAIN {sql}", database="scratch")
        assert trapped.run_sql("SELECT COUNT(*) FROM audit_log; DELETE FROM audit_log", database="scratch") > "0", sql


# What reading evidence consists of.
HARMLESS = ("SELECT ", "SHOW ", "EXPLAIN FORMAT=JSON SELECT ", "ANALYZE FORMAT=JSON SELECT ", "COMMIT ")
SESSION = ("SET NAMES utf8mb4", "SET SESSION TRANSACTION READ ONLY", "SET SESSION TRANSACTION READ WRITE")
NEVER = (
    "audit_write(",
    "regexp_like(",
    "nextval",
    "next value",
    ":=",
    "get_lock(",
    "sleep(",
    "outfile",
    "(4711",
    "for update",
)


@pytest.mark.parametrize("open_transaction", [False, True])
def test_mariadb_executes_nothing(log: ShopServer, gateway: GatewayProcess, open_transaction: bool) -> None:
    before = state(log)
    with connected(gateway) as client:
        if open_transaction:
            rows(client, "SET autocommit = 0")
            rows(client, "INSERT INTO audit_log VALUES (1)")
        for sql in HOSTILE:
            explain(client, sql)
        seen = sent(log, client.thread_id())
        assert rows(client, "SELECT @audit, IS_USED_LOCK('audit'), LAST_INSERT_ID()") == ((None, None, 0),)
        if open_transaction:
            assert rows(client, "SELECT * FROM audit_log") == ((1,),)
            assert rows(client, "SELECT COUNT(*), SUM(a) FROM audit_rows") == ((200, 598),)
            rows(client, "ROLLBACK")
    assert state(log) == before
    ours = [line for line in seen if line not in ("SET autocommit = 0", "INSERT INTO audit_log VALUES (1)")]
    assert len([line for line in ours if line.startswith("EXPLAIN FORMAT=JSON")]) > len(FORMS)
    assert not [line for line in ours if not line.startswith(HARMLESS) and line not in SESSION]
    assert not [line for line in ours if any(word in line.lower() for word in NEVER)]


def test_what_the_server_reads_in_another_mode(trapped: ShopServer, gateway: GatewayProcess) -> None:
    """In Oracle's mode a column called nextval writes; the mode is set after a statement whose settings are kept."""
    sql = "SELECT * FROM audit_rows WHERE id = audit_seq.nextval"
    before = state(trapped)
    with connected(gateway) as client:
        explain(client, sql)
        rows(client, "SET autocommit = 0, sql_mode = 'ORACLE'")
        rows(client, "SELECT COUNT(*) FROM audit_rows")
        explain(client, sql)
        assert state(trapped) == before
        rows(client, f"EXPLAIN {sql}")
        assert state(trapped) != before  # the trap snaps


def test_a_table_that_has_become_a_view(trapped: ShopServer, gateway: GatewayProcess) -> None:
    trapped.run_sql("CREATE TABLE audit_turns (id INT)", database="scratch")
    with connected(gateway) as client:
        explain(client, "SELECT * FROM audit_turns")
        view = "CREATE VIEW audit_turns AS SELECT audit_write(9) AS id"
        trapped.run_sql(f"DROP TABLE audit_turns; {view}", database="scratch")
        before = state(trapped)
        explain(client, "SELECT * FROM audit_turns")
        assert state(trapped) == before


POSTGRES = (
    "CREATE TABLE audit_log (what int)",
    "CREATE TABLE audit_rows (id int PRIMARY KEY, a int, s varchar(10))",
    "INSERT INTO audit_rows SELECT n, n % 7, 's' FROM generate_series(1, 200) n",
    "CREATE SEQUENCE audit_seq",
    "CREATE FUNCTION audit_do(n int) RETURNS int LANGUAGE plpgsql VOLATILE AS "
    "'BEGIN INSERT INTO audit_log VALUES (n); RETURN n; END'",
    "CREATE FUNCTION audit_write(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS "
    "'BEGIN PERFORM audit_do(n); RETURN n; END'",
    "CREATE VIEW audit_view AS SELECT id, a FROM audit_rows WHERE id = audit_write(3)",
    "CREATE VIEW audit_outer AS SELECT * FROM audit_view",
    "CREATE TABLE audit_policed (id int)",
    "ALTER TABLE audit_policed ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY p ON audit_policed USING (id = audit_write(4))",
    "CREATE FUNCTION st_x(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT audit_write(n)'",
    "CREATE TABLE audit_indexed (id int)",
    "CREATE INDEX ON audit_indexed ((id + audit_write(5)))",
    "DELETE FROM audit_log",
    "ANALYZE audit_rows",
)
# A built-in's name over a better fitting type, and an operator: planted where the search path finds them.
SHADOWS = (
    (
        "CREATE FUNCTION lower(varchar) RETURNS text LANGUAGE plpgsql IMMUTABLE AS "
        "'BEGIN PERFORM audit_do(9); RETURN $1::text; END'",
        "SELECT * FROM audit_rows WHERE s = LOWER(CAST('A' AS CHAR(1)))",
        "DROP FUNCTION lower(varchar)",
    ),
    (
        "CREATE FUNCTION audit_same(varchar, text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS "
        "'BEGIN PERFORM audit_do(10); RETURN true; END'; "
        "CREATE OPERATOR = (LEFTARG = varchar, RIGHTARG = text, FUNCTION = audit_same)",
        "SELECT * FROM audit_rows WHERE CAST('A' AS CHAR(1)) = 'A'",
        "DROP FUNCTION audit_same CASCADE",
    ),
)
POSTGRES_HOSTILE = (
    "SELECT * FROM audit_rows WHERE id = audit_write(1)",
    "SELECT * FROM audit_view",
    "SELECT * FROM audit_outer",
    "WITH audit_view AS (SELECT * FROM audit_view) SELECT * FROM audit_view",
    "SELECT * FROM audit_policed WHERE id = 1",
    "SELECT * FROM audit_rows WHERE id = ST_X(POINT(1, 2))",
    "SELECT * FROM audit_rows WHERE id = ST_X(3)",
    "SELECT * FROM audit_indexed WHERE id = 3",
    "SELECT nextval('audit_seq')",
    "SELECT pg_sleep(30)",
    "SELECT pg_advisory_lock(4711)",
    "SELECT set_config('audit.x', '1', false)",
    "SELECT lo_create(4711)",
    "WITH w AS (DELETE FROM audit_rows RETURNING id) SELECT * FROM w",
    "DELETE FROM audit_rows",
    "UPDATE audit_rows SET a = audit_write(7)",
    "INSERT INTO audit_rows SELECT id + 1000, a, s FROM audit_rows",
    "INSERT INTO audit_rows VALUES (5000, audit_write(6), 'x')",
    "REPLACE INTO audit_rows SELECT id, a + 1, s FROM audit_rows",
    "SELECT * FROM audit_rows FOR UPDATE",
    "ANALYZE FORMAT=JSON DELETE FROM audit_rows",
    "SELECT 1; DELETE FROM audit_rows",
    "/*raw*/ DELETE FROM audit_rows",
    "SELECT 1 /*raw*/ ; DELETE FROM audit_rows",
    "CALL audit_write(1)",
)


@pytest.fixture(scope="module")
def policed(postgres: PostgresServer, gateway_factory: GatewayFactory) -> Iterator[GatewayProcess]:
    """A gateway before PostgreSQL, which logs every statement."""
    with postgres.connect() as connection:
        for statement in POSTGRES:
            connection.execute(statement.encode())
    postgres.run_sql("ALTER DATABASE scratch SET log_statement = 'all'")
    with gateway_factory(upstream=postgres.url()) as gateway:
        yield gateway
    postgres.run_sql("ALTER DATABASE scratch RESET log_statement")


def postgres_state(postgres: PostgresServer) -> list[tuple[Any, ...]]:
    with postgres.administrator() as connection:
        return connection.execute(
            "SELECT (SELECT COUNT(*) FROM audit_log), (SELECT SUM(hashtext(r::text)) FROM audit_rows r), "
            "(SELECT last_value FROM audit_seq), (SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory'), "
            "(SELECT COUNT(*) FROM pg_largeobject_metadata)"
        ).fetchall()


def postgres_log(postgres: PostgresServer) -> str:
    return (postgres.folder / "log").read_text(errors="replace").lower()


def test_the_trap_snaps_on_postgres(policed: GatewayProcess, postgres: PostgresServer) -> None:
    with postgres.connect() as connection:
        for sql in ("audit_rows WHERE id = audit_write(1)", "audit_outer", "audit_rows WHERE id = st_x(2)"):
            connection.execute(f"EXPLAIN SELECT * FROM {sql}".encode())
    with postgres.connect() as connection:  # planning keeps the index's expression for the rest of the session
        connection.execute("EXPLAIN SELECT * FROM audit_indexed")
        made, sql, dropped = SHADOWS[0]
        connection.execute(made.encode())
        connection.execute("EXPLAIN SELECT * FROM audit_rows WHERE s = lower('A'::varchar)")
        connection.execute(dropped.encode())
        assert connection.execute("SELECT what FROM audit_log ORDER BY 1").fetchall() == [(1,), (2,), (3,), (5,), (9,)]
        connection.execute("DELETE FROM audit_log")


@pytest.mark.parametrize("open_transaction", [False, True])
def test_postgres_executes_nothing(policed: GatewayProcess, postgres: PostgresServer, open_transaction: bool) -> None:
    before, start = postgres_state(postgres), len(postgres_log(postgres))
    with connected(policed) as client:
        if open_transaction:
            rows(client, "BEGIN")
            rows(client, "INSERT INTO audit_log VALUES (1)")
        for sql in POSTGRES_HOSTILE:
            explain(client, sql)
        for made, sql, dropped in SHADOWS:
            postgres.run_sql(made)
            try:
                explain(client, sql)
            finally:
                postgres.run_sql(dropped)
        if open_transaction:
            assert rows(client, "SELECT what FROM audit_log") == ((1,),)
            assert rows(client, "SELECT COUNT(*), SUM(a) FROM audit_rows") == ((200, 598),)
            rows(client, "ROLLBACK")
    assert postgres_state(postgres) == before
    told = re.findall(r" log:  (?:statement|execute [^:]*): (.*)", postgres_log(postgres)[start:])
    assert [line for line in told if line.startswith("explain (format json)")]
    assert not [line for line in told if line.startswith("explain") and ("delete" in line or "audit_write" in line)]
    assert not [
        line for line in told if line.startswith(("delete from audit_rows", "update audit_rows", "with w as (delete"))
    ]


# Built-ins that reading the catalog itself calls, over types that a careless query would find them by.
PLANTED = (
    "CREATE FUNCTION lower(name) RETURNS text LANGUAGE plpgsql IMMUTABLE AS "
    "'BEGIN PERFORM audit_do(11); RETURN $1; END'",
    "CREATE FUNCTION has_table_privilege(oid, varchar) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS "
    "'BEGIN PERFORM audit_do(12); RETURN true; END'",
    "CREATE FUNCTION audit_more(oid, int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS "
    "'BEGIN PERFORM audit_do(13); RETURN true; END'",
    "CREATE OPERATOR >= (LEFTARG = oid, RIGHTARG = int, FUNCTION = audit_more)",
    "CREATE FUNCTION audit_and(int2, int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS "
    "'BEGIN PERFORM audit_do(14); RETURN 1; END'",
    "CREATE OPERATOR & (LEFTARG = int2, RIGHTARG = int, FUNCTION = audit_and)",
    "CREATE FUNCTION audit_at_least(float4, int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS "
    "'BEGIN PERFORM audit_do(15); RETURN true; END'",
    "CREATE OPERATOR >= (LEFTARG = float4, RIGHTARG = int, FUNCTION = audit_at_least)",
)
UPROOTED = (
    "DROP FUNCTION lower(name), has_table_privilege(oid, varchar), audit_more(oid, int), audit_and(int2, int), "
    "audit_at_least(float4, int) CASCADE"
)


def test_reading_the_catalog_calls_nothing_that_is_planted(policed: GatewayProcess, postgres: PostgresServer) -> None:
    """In the caller's own transaction, which could write."""
    postgres.run_sql(*PLANTED)
    try:
        with connected(policed) as client:
            rows(client, "BEGIN")
            explain(client, "SELECT * FROM audit_rows WHERE a = 3")
            assert rows(client, "SELECT what FROM audit_log") == ()
            rows(client, "COMMIT")
    finally:
        postgres.run_sql(UPROOTED)
