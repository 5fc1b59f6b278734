"""The sessions that people type, through a real gateway, on both servers."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pymysql
import pytest

from diagnose.evidence.evidence import Evidence
from diagnose.evidence.facts import Schema, Server
from diagnose.evidence.parsing import parse
from diagnose.explain import _checked
from diagnose.rules import RULES
from tests.conftest import GatewayFactory
from tests.diagnose.servers import DATABASES, Diagnosed
from tests.support.gateway import GatewayProcess
from tests.support.shop_server import ShopServer

SLOW = "SELECT COUNT(*) FROM diag_orders WHERE note = 'note 7'"


@contextmanager
def client(port: int, database: str, user: str = "app") -> Iterator[Any]:
    connection = pymysql.connect(
        host="127.0.0.1", port=port, user=user, password="secret", database=database, autocommit=True
    )
    with connection, connection.cursor() as cursor:
        yield cursor


def rows(cursor: Any, sql: str) -> list[dict[str, Any]]:
    cursor.execute(sql)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_the_statement_before_is_explained(diag: Diagnosed) -> None:
    with client(diag.gateway.port, DATABASES[diag.kind]) as cursor:
        with pytest.raises(pymysql.err.Error, match="There is no statement before this one"):
            rows(cursor, "EXPLAIN AI LAST")
        cursor.execute(SLOW)
        for statement in ("EXPLAIN AI LAST", "EXPLAIN AI LAST", f"EXPLAIN AI {SLOW}"):
            found = rows(cursor, statement)[0]
            assert found["code"] == "missing-index"
            assert "(`note`)" in found["statement"]
        for between in ("SET @limit = 200", "COMMIT", "set @limit = DEFAULT(1)", "rollback"):
            with suppress(pymysql.err.Error):  # what tools send by themselves does not count, whatever becomes of it
                cursor.execute(between)
        assert rows(cursor, "EXPLAIN AI LAST")[0]["code"] == "missing-index"


def test_a_prepared_statement_with_its_values_is_explained(diag: Diagnosed) -> None:
    mysql = pytest.importorskip("mysql.connector")
    connection = mysql.connect(
        host="127.0.0.1",
        port=diag.gateway.port,
        user="app",
        password="secret",
        database=DATABASES[diag.kind],
        use_pure=True,
    )
    cursor = connection.cursor(prepared=True)
    cursor.execute("SELECT id FROM diag_orders WHERE note = ?", ("note 7",))
    cursor.fetchall()
    plain = connection.cursor()
    plain.execute("EXPLAIN AI LAST")
    assert plain.fetchall()[0][1] == "missing-index"
    connection.close()


def test_json_is_one_document(diag: Diagnosed) -> None:
    with client(diag.gateway.port, DATABASES[diag.kind]) as cursor:
        (row,) = rows(cursor, f"EXPLAIN AI FORMAT=JSON {SLOW}")
    said = json.loads(row["EXPLAIN"])
    assert said["statement"] == SLOW
    assert said["plan"]
    assert said["findings"][0]["code"] == "missing-index"


def test_text_is_a_report(diag: Diagnosed) -> None:
    with client(diag.gateway.port, DATABASES[diag.kind]) as cursor:
        lines = [row["EXPLAIN"] for row in rows(cursor, f"EXPLAIN AI FORMAT=TEXT {SLOW}")]
    assert "missing-index" in lines[0]
    assert any(line.strip().startswith("CREATE INDEX") for line in lines)


def test_what_is_no_statement_to_diagnose_is_refused(diag: Diagnosed) -> None:
    with client(diag.gateway.port, DATABASES[diag.kind]) as cursor:
        for sql in ("CALL p()", "CREATE TABLE t (a INT)", "SELECT 1; SELECT 2", "SELEC 1", "SET @a = 1"):
            with pytest.raises(pymysql.err.Error):
                rows(cursor, f"EXPLAIN AI {sql}")
        with pytest.raises(pymysql.err.Error, match="FORMAT is TABLE, JSON or TEXT"):
            rows(cursor, "EXPLAIN AI FORMAT=XML SELECT 1")


def test_a_table_called_ai_is_described(mariadb: ShopServer, gateway: GatewayProcess) -> None:
    mariadb.run_sql("CREATE TABLE ai (total INT)", database="scratch")
    with client(gateway.port, "scratch") as cursor:
        assert [row["Field"] for row in rows(cursor, "EXPLAIN ai")] == ["total"]
        assert [row["Field"] for row in rows(cursor, "EXPLAIN ai total")] == ["total"]
        cursor.execute("DROP TABLE ai")


@pytest.fixture(scope="module")
def watching(diag_mariadb: Diagnosed, gateway_factory: GatewayFactory) -> Iterator[GatewayProcess]:
    with gateway_factory(diagnose={"slow_s": 0.001, "background_share": 1.0, "viewers": ["root"]}) as gateway:
        yield gateway


def test_what_was_seen_is_shown_and_diagnosed_in_the_background(watching: GatewayProcess) -> None:
    """On the session that sent it, once its client is idle; only its user and viewers see it."""
    with client(watching.port, DATABASES["mariadb"]) as silent, client(watching.port, "scratch") as cursor:
        for number in range(4):
            silent.execute(f"SELECT COUNT(*) FROM diag_orders WHERE note = 'note {number}'")
        deadline = time.monotonic() + 30
        while not rows(cursor, "SHOW AI DIAGNOSES") and time.monotonic() < deadline:
            time.sleep(0.05)
        (found,) = [row for row in rows(cursor, "SHOW AI DIAGNOSES") if row["code"] == "missing-index"]
        assert found["user"] == "app"
        assert "CREATE INDEX" in found["statement"]
        slow = next(row for row in rows(cursor, "SHOW AI SLOW") if row["digest"] == found["digest"])
        assert slow["count"] >= 4
        assert slow["statement"] == "SELECT COUNT(*) FROM diag_orders WHERE note = ?"
        assert "missing-index" in slow["findings"]
        assert slow["p95_ms"] <= slow["worst_ms"]
    with client(watching.port, "shop", user="reader") as cursor:
        assert rows(cursor, "SHOW AI DIAGNOSES") == []
        assert "app" not in {row["user"] for row in rows(cursor, "SHOW AI SLOW LIMIT 1000")}
    root = pymysql.connect(host="127.0.0.1", port=watching.port, user="root", database="scratch")
    with root, root.cursor() as cursor:
        assert "app" in {row["user"] for row in rows(cursor, "SHOW AI SLOW LIMIT 1000")}
        assert rows(cursor, "SHOW AI DIAGNOSES LIMIT 1")


def test_what_was_just_sent_is_shown(watching: GatewayProcess) -> None:
    with client(watching.port, "shop", user="reader") as cursor:
        cursor.execute("SELECT name FROM regions WHERE id = 3")
        assert "SELECT name FROM regions WHERE id = ?" in {row["statement"] for row in rows(cursor, "SHOW AI SLOW")}


def test_a_wrong_form_is_told(watching: GatewayProcess) -> None:
    with client(watching.port, "scratch") as cursor:
        for sql in ("SHOW AI SLOW LIMIT x", "SHOW AI DIAGNOSES now"):
            with pytest.raises(pymysql.err.Error, match=r"the form is SHOW AI (SLOW|DIAGNOSES) \[LIMIT n\]"):
                rows(cursor, sql)


def test_statements_that_were_not_watched_are_not_shown(gateway_factory: GatewayFactory, mariadb: ShopServer) -> None:
    with gateway_factory(diagnose={"watch": False}) as gateway, client(gateway.port, "shop") as cursor:
        cursor.execute("SELECT 1")
        assert rows(cursor, "SHOW AI SLOW") == []
        assert "diagnose.watch is off" in rows(cursor, "SHOW WARNINGS")[0]["Message"]


def test_a_statement_that_is_too_large_for_all_rules_says_so() -> None:
    evidence = Evidence("SELECT 1", parse("SELECT 1"), Server("mariadb", "10.11"), Schema("", ()))
    assert _checked(evidence, time.monotonic() + 60) == ([], "")
    found, said = _checked(evidence, time.monotonic() - 1)
    assert not found
    assert said == f"The statement is so large that {len(RULES)} of {len(RULES)} rules were left out."
