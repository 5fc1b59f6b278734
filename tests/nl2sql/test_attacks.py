"""Whatever a model writes, only permitted reads run: the attack corpus through the guard, and through a real gateway
before a real MariaDB, asked by an account that may do everything."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymysql
import pytest

from nl2sql.catalog import build_catalog
from nl2sql.guard import check
from plugins.readonly import Rejected, parse_one
from tests.nl2sql.attacks.corpus import Attack, asked, played, read_attacks
from tests.support.answering import answering
from tests.support.gateway import GatewayProcess

TABLES = {
    "orders": ["id", "customer_id", "ordered_at", "status"],
    "customers": ["id", "name", "email", "region_id"],
    "regions": ["id", "name"],
    "salaries": ["id", "employee", "amount"],
}
CATALOG = build_catalog(
    "shop",
    [(name, "BASE TABLE", "10", "") for name in TABLES],
    [
        (table, column, "int(11)" if column.endswith("id") else "varchar(30)", "", "PRI" if at == 0 else "", "select")
        for table, columns in TABLES.items()
        for at, column in enumerate(columns)
    ],
    [("orders", "customer_id", "customers", "id"), ("customers", "region_id", "regions", "id")],
)
OUTPUTS = read_attacks("outputs.txt", OUT="/nowhere/out", FILE="/etc/hostname")


def test_the_corpus_is_large() -> None:
    assert len(OUTPUTS) > 500
    assert {attack.category for attack in OUTPUTS} == {
        *("write", "leak", "wait", "files", "exhaust", "memory", "escape", "talk"),
    }


@pytest.mark.parametrize("attack", OUTPUTS, ids=lambda attack: attack.name)
def test_what_the_guard_makes_of_it(attack: Attack) -> None:
    if not attack.permitted:
        with pytest.raises(Rejected):
            check(attack.text, CATALOG, 1000)
        return
    guarded = check(attack.text, CATALOG, 1000)
    assert set(guarded.tables) <= set(TABLES)
    assert re.search(r" LIMIT (\d+)( OFFSET \d+)?$", guarded.sql)
    assert check(guarded.sql, CATALOG, 1000).sql == guarded.sql


SETUP = """
CREATE DATABASE vault; CREATE TABLE vault.secrets (id INT, secret VARCHAR(30));
INSERT INTO vault.secrets VALUES (1, 'LEAK-vault'); SET GLOBAL log_output = 'TABLE'; SET GLOBAL general_log = 1
"""
TAKEN_DOWN = "SET GLOBAL general_log = 0; SET GLOBAL log_output = 'FILE'; DROP DATABASE vault"
USER_TABLES = """
SELECT CONCAT('`', table_schema, '`.`', table_name, '`') FROM information_schema.tables
WHERE table_schema NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema') AND table_type <> 'VIEW'
ORDER BY 1
"""
ELSE = (
    "SELECT User, Host, Priv FROM mysql.global_priv ORDER BY 1, 2",
    "SELECT routine_schema, routine_name FROM information_schema.routines ORDER BY 1, 2",
    "SELECT trigger_name FROM information_schema.triggers ORDER BY 1",
    "SELECT event_name FROM information_schema.events ORDER BY 1",
    "SELECT plugin_name FROM information_schema.plugins ORDER BY 1",
    "SELECT table_schema, table_name, view_definition FROM information_schema.views ORDER BY 1, 2",
    "SELECT * FROM shop.counter",
    "SELECT @@global.max_connections, @@global.general_log, @@global.event_scheduler, @@global.read_only",
    "SELECT IS_USED_LOCK('askwire')",
)


@pytest.fixture
def root(mariadb: int) -> Iterator[Any]:
    connection = pymysql.connect(host="127.0.0.1", port=mariadb, user="root", autocommit=True)
    with contextlib.closing(connection):
        for statement in SETUP.split(";"):
            connection.cursor().execute(statement)
        yield connection
        for statement in TAKEN_DOWN.split(";"):
            connection.cursor().execute(statement)


def all_of(connection: Any, sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def fingerprint(root: Any) -> list[list[tuple[Any, ...]]]:
    """Everything that an attack could have changed."""
    tables = ", ".join(name for (name,) in all_of(root, USER_TABLES))
    return [all_of(root, f"CHECKSUM TABLE {tables}"), *(all_of(root, sql) for sql in ELSE)]


def not_reading(root: Any) -> list[str]:
    """What reached the database through ASK and does not pass as reading."""
    found = []
    for (statement,) in all_of(root, "SELECT argument FROM mysql.general_log WHERE command_type = 'Query'"):
        text = statement.decode() if isinstance(statement, bytes) else statement
        sent = re.match(r"SET STATEMENT max_statement_time=\S+ (?:\S+ )?FOR (?:EXPLAIN )?(.*)", text, re.DOTALL)
        if sent and "information_schema" not in sent[1].lower():
            try:
                parse_one(sent[1])
            except Rejected as rejected:
                found.append(f"{sent[1][:200]}: {rejected.fault.message}")
    return found


@pytest.mark.timeout(900)
def test_nothing_but_permitted_reads_runs(mariadb: int, root: Any, tmp_path: Path) -> None:
    out, file = tmp_path / "out", tmp_path / "file"
    file.write_text("LEAK-file")
    tmp_path.chmod(0o777)
    attacks = read_attacks("outputs.txt", OUT=str(out), FILE=str(file))
    before = fingerprint(root)
    with answering(played(attacks)) as url:
        settings = {
            "model": {"name": "house"},
            "models": {"house": {"engine": "openai", "url": url, "model": "any"}},
            "ask": {"warm": False, "time_limit_s": 0.5, "repair_rounds": 0},
        }
        with GatewayProcess(tmp_path / "gateway", f"mysql://127.0.0.1:{mariadb}", settings) as gateway:
            client = pymysql.connect(host="127.0.0.1", port=gateway.port, user="root", database="shop")
            with contextlib.closing(client):
                wrong = [fault for attack in attacks if (fault := asked(client, attack))]
                assert all_of(client, "SELECT @@tx_read_only, @@in_transaction") == [(0, 0)]
    assert wrong == []
    assert not out.exists()
    assert fingerprint(root) == before
    assert not_reading(root) == []
    ran = all_of(
        root, "SELECT COUNT(*) FROM mysql.general_log WHERE argument LIKE 'SET STATEMENT max_statement_time=%'"
    )
    assert ran[0][0] > 20  # the log does see what is run
