"""``askwire serve --files`` as a person starts it, from a driver's side."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pymysql
import pytest

from proxy.upstreams.passwords import hash_password
from tests.conftest import GatewayFactory
from tests.support.gateway import GatewayProcess
from tests.support.spreadsheets import write_xlsx


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    (folder / "sales.csv").write_text("Order ID,Day,Amount\n1,2026-01-05,12.50\n2,2026-02-05,3.10\n")
    write_xlsx(folder / "budget.xlsx", {"Plan": [["Region", "Plan"], ["North", 1.5]], "Note": [["text"], ["x"]]})
    return folder


@pytest.fixture(scope="module")
def served(gateway_factory: GatewayFactory, folder: Path) -> Iterator[GatewayProcess]:
    with gateway_factory(upstream="", files=[str(folder / "sales.csv"), str(folder / "*.xlsx")]) as gateway:
        yield gateway


def rows(gateway: GatewayProcess, sql: str, **login: Any) -> list[tuple[Any, ...]]:
    with pymysql.connect(host=gateway.host, port=gateway.port, **login) as client, client.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def test_tables_are_there_without_selecting_a_database(served: GatewayProcess) -> None:
    assert rows(served, "SELECT DATABASE()") == [("files",)]
    assert rows(served, "SHOW TABLES") == [("budget_note",), ("budget_plan",), ("sales",)]
    assert rows(served, "SELECT `day`, amount FROM sales ORDER BY order_id LIMIT 1") == [
        (dt.date(2026, 1, 5), Decimal("12.50"))
    ]
    assert rows(served, "SELECT SUM(amount) FROM files.sales", database="files") == [(Decimal("15.60"),)]


def test_functions_over_the_system_tables(served: GatewayProcess) -> None:
    sql = """
        SELECT LOWER(TABLE_NAME), COALESCE(TABLE_COMMENT, ''), BIT_XOR(CRC32(CONCAT_WS('\\t', TABLE_NAME, ENGINE))) <> 0
        FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND LEFT(TABLE_NAME, 2) = 'sa' GROUP BY 1, 2
    """
    notes = "sales.csv"
    assert rows(served, sql) == [("sales", notes, 1)]


def test_the_log_says_what_was_loaded(served: GatewayProcess) -> None:
    assert '"table": "files.sales"' in served.log_text()
    assert '"notes": "sheet Plan"' in served.log_text()


def test_no_other_file_is_reached(served: GatewayProcess, folder: Path) -> None:
    for attack in (
        f"/*raw*/ SELECT * FROM read_text('{folder}/sales.csv')",
        f"/*raw*/ COPY files.sales TO '{folder}/out.csv'",
        "/*raw*/ SET enable_external_access = true",
    ):
        with pytest.raises(pymysql.MySQLError):
            rows(served, attack)
    assert not (folder / "out.csv").exists()


def test_accounts_log_in(gateway_factory: GatewayFactory, folder: Path) -> None:
    accounts = {"alice": hash_password("wonder land")}
    with gateway_factory(upstream="", files=[str(folder)], accounts=accounts) as gateway:
        assert rows(gateway, "SELECT COUNT(*) FROM sales", user="alice", password="wonder land") == [(2,)]
        for login in (
            {"user": "alice", "password": "wrong"},
            {"user": "alice", "password": ""},
            {"user": "bob", "password": "wonder land"},
            {"user": "", "password": ""},
        ):
            with pytest.raises(pymysql.OperationalError) as error:
                rows(gateway, "SELECT 1", **login)
            assert error.value.args[0] == 1045
