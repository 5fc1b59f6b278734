"""PostgreSQL's grants and row security hold for everything, ASK and what it tells included."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mysql.connector
import pymysql
import pytest

from tests.proxy.upstreams.conftest import ShopGateway, rows
from tests.support.gateway import GatewayProcess
from tests.support.postgres import PostgresServer

SECRET = "Gundula Geheim"
SETUP = (
    "CREATE SCHEMA hr",
    "CREATE TABLE hr.staff (id int PRIMARY KEY, name text NOT NULL, department text NOT NULL, salary numeric(10,2))",
    f"INSERT INTO hr.staff VALUES (1, 'Otto Offen', 'sales', 1000), (2, '{SECRET}', 'board', 99000)",
    "CREATE TABLE hr.verdicts (id int PRIMARY KEY, verdict_words text)",
    f"INSERT INTO hr.verdicts VALUES (1, '{SECRET} is to go')",
    "ALTER TABLE hr.staff ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY open_rows ON hr.staff FOR SELECT TO reader USING (department <> 'board')",
    "GRANT USAGE ON SCHEMA hr TO reader, app",
    "GRANT SELECT (id, name, department) ON hr.staff TO reader",
    "ALTER TABLE hr.staff OWNER TO app",
    "ALTER TABLE hr.verdicts OWNER TO app",
)
# Rows that the account may not see are asked for in every form; a column and a table in the one that tells the most:
# the prompt, what the model wrote and what became of it. The forms differ only in what they make of the answer.
ASKED = (
    *("ASK 'name of all staff'", "ASK SQL 'name of all staff'", "ASK TRACE 'name of all staff'"),
    *("ASK WHY 'name of all staff'", "ASK NARRATE 'name of all staff'", "/*nl*/ name of all staff"),
    *("ASK TRACE 'salary of all staff'", "ASK TRACE 'all verdict words from verdicts'"),
)


@pytest.fixture(scope="module")
def staff(
    postgres: PostgresServer, model_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ShopGateway]:
    """A gateway with the model; ``app`` owns everything, ``reader`` may see some columns of some rows."""
    postgres.run_sql("CREATE DATABASE personnel OWNER app")
    postgres.run_sql(*SETUP, database="personnel")
    settings = {"model": {"name": "small"}, "models": {"small": {"engine": "llamacpp", "path": str(model_file)}}}
    with GatewayProcess(tmp_path_factory.mktemp("grants"), postgres.url("personnel"), settings) as gateway:
        yield ShopGateway("postgresql", gateway, "reader", "secret", "hr")


def told(connection: "pymysql.Connection[Any]", statement: str) -> str:
    """Everything that a statement and its notes say, an error included."""
    try:
        said = str(rows(connection, statement))
    except pymysql.MySQLError as error:
        said = str(error.args)
    return said + str(rows(connection, "SHOW WARNINGS"))


def test_by_sql(staff: ShopGateway) -> None:
    with staff.connect() as connection:
        assert rows(connection, "SELECT id, name FROM staff") == [(1, "Otto Offen")]
        for sql, number in (
            ("SELECT * FROM staff", 1142),
            ("SELECT salary FROM staff", 1142),
            ("SELECT * FROM verdicts", 1142),
            ("UPDATE staff SET name = 'x'", 1142),
        ):
            with pytest.raises(pymysql.err.Error) as caught:
                rows(connection, sql)
            assert caught.value.args[0] in (number, 1143), sql
        assert rows(connection, "SHOW TABLES") == [("staff",)]
        assert [r[0] for r in rows(connection, "DESCRIBE staff")] == ["id", "name", "department"]
        seen = str(rows(connection, "SELECT * FROM information_schema.columns WHERE table_schema = 'hr'"))
        assert "salary" not in seen
        assert "verdict_words" not in seen


@pytest.mark.timeout(600)
def test_by_asking(staff: ShopGateway) -> None:
    with staff.connect(user="app") as owner:  # whatever is cached for the owner is the owner's
        assert SECRET in told(owner, "ASK 'name of all staff'")
    with staff.connect() as connection:
        for statement in ASKED:
            said = told(connection, statement)
            assert SECRET not in said, statement
            assert "99000" not in said, statement
            # The question's own words aside, no name that the account may not see.
            assert "verdict_words" not in said.replace("verdict words", ""), statement
        assert SECRET not in str(rows(connection, "SHOW AI HISTORY"))


def test_after_a_change_of_user(staff: ShopGateway) -> None:
    where = {"host": staff.gateway.host, "port": staff.gateway.port, "database": "hr"}
    with mysql.connector.connect(**where, user="app", password="secret") as connection:
        with connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM staff")
            assert cursor.fetchall() == [(2,)]
        connection.cmd_change_user("reader", "secret", "hr")
        with connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(id) FROM staff")
            assert cursor.fetchall() == [(1,)]
            with pytest.raises(mysql.connector.Error):
                cursor.execute("SELECT salary FROM staff")
