"""Byte identity with what real drivers send: their own capabilities, log-in, prepared statements and blobs."""

import contextlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mysql.connector
import MySQLdb
import pymysql
import pytest

from tests.support import corpus
from tests.support.recorder import Tap

BLOB = bytes(range(256)) * (18 << 12)  # 18 MiB: more than one packet
TEXTS = [*corpus.REPLIES, *corpus.MULTI, *corpus.NOT_OURS, *(e for e in corpus.ERRORS if e.strip(" ;"))]


def with_pymysql(port: int) -> Any:
    flags = pymysql.constants.CLIENT.MULTI_STATEMENTS
    return pymysql.connect(**account(port), client_flag=flags, local_infile=True, autocommit=True)


def with_mysqlclient(port: int) -> Any:
    return MySQLdb.connect(**account(port), local_infile=True, autocommit=True)


def with_connector(port: int) -> Any:
    options = {"ssl_disabled": True, "allow_local_infile": True, "autocommit": True, "charset": "utf8mb4"}
    return mysql.connector.connect(**account(port), **options, use_pure=True)


def account(port: int) -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": port, "user": "app", "password": "secret", "database": "scratch"}


DRIVERS: dict[str, tuple[Callable[[int], Any], type[Exception]]] = {
    "PyMySQL": (with_pymysql, pymysql.MySQLError),
    "mysqlclient": (with_mysqlclient, MySQLdb.MySQLError),
    "mysql-connector": (with_connector, mysql.connector.Error),
}
# What a driver itself stumbles over while it turns a reply into Python values; the reply was received all the same.
CONVERSION_ERRORS = (ValueError, TypeError, UnicodeError, IndexError, OverflowError, AttributeError)


@pytest.fixture(params=DRIVERS)
def driver(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def run(connection: Any, error: type[Exception], sql: str, parameters: tuple[object, ...] | None = None) -> None:
    """Execute and read every result set; errors of the server belong to the corpus."""
    cursor = connection.cursor()
    with contextlib.suppress(error, *CONVERSION_ERRORS):
        cursor.execute(sql, parameters)
        while True:
            if cursor.description:
                cursor.fetchall()
            if not cursor.nextset():
                break
    with contextlib.suppress(error, *CONVERSION_ERRORS):
        cursor.close()


def test_corpus(tap: Tap, driver: str) -> None:
    connect, error = DRIVERS[driver]
    connections = 0
    for start in range(0, len(TEXTS), 40):  # a driver that lost its step itself starts anew
        connection = connect(tap.port)
        connections += 1
        for sql in TEXTS[start : start + 40]:
            run(connection, error, sql)
        connection.close()
    tap.assert_identical(connections=connections, commands=len(TEXTS) // 2)


def test_blobs_and_parameters(tap: Tap, driver: str) -> None:
    connect, error = DRIVERS[driver]
    connection = connect(tap.port)
    cursor = connection.cursor()
    cursor.execute("CREATE OR REPLACE TABLE identity_driver (a INT, b LONGBLOB, c VARCHAR(50))")
    cursor.execute("INSERT INTO identity_driver VALUES (%s, %s, %s)", (1, BLOB, "it's ünï \\ %"))
    cursor.executemany("INSERT INTO identity_driver VALUES (%s, %s, %s)", [(n, b"\x00\xff", None) for n in range(500)])
    cursor.execute("SELECT * FROM identity_driver WHERE a = %s OR c = %s ORDER BY LENGTH(b) DESC", (1, "x"))
    assert cursor.fetchall()[0][1] == BLOB
    run(connection, error, "DROP TABLE identity_driver")
    connection.close()
    tap.assert_identical(connections=1, commands=5)


def test_corpus_with_the_c_extension(tap: Tap) -> None:
    command = [sys.executable, "-m", "tests.support.connector_c", str(tap.port)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr
    tap.assert_identical(connections=int(done.stdout), commands=len(corpus.REPLIES))


def test_prepared(tap: Tap) -> None:
    connection = with_connector(tap.port)
    cursor = connection.cursor(prepared=True)
    for value in (1, 2**63 - 1, -1.5, "ünï", b"\x00\xff", None):
        cursor.execute("SELECT %s, id, c_int, c_big_u, c_dec, c_varchar FROM identity_types WHERE id > %s", (value, 0))
        assert len(cursor.fetchall()) == 5
    cursor.close()
    connection.cmd_reset_connection()
    connection.ping()
    connection.close()
    tap.assert_identical(connections=1, commands=9)


def test_local_infile(tap: Tap, driver: str, tmp_path: Path) -> None:
    connect, _ = DRIVERS[driver]
    source = tmp_path / "rows.txt"
    source.write_text("".join(f"{n}\tASK 'q'\n" for n in range(50_000)))
    connection = connect(tap.port)
    cursor = connection.cursor()
    cursor.execute("CREATE OR REPLACE TABLE identity_driver_file (a INT, b TEXT)")
    cursor.execute(f"LOAD DATA LOCAL INFILE '{source}' INTO TABLE identity_driver_file")
    cursor.execute("SELECT COUNT(*) FROM identity_driver_file WHERE b = 'ASK ''q'''")
    assert cursor.fetchall()[0][0] == 50_000
    cursor.execute("DROP TABLE identity_driver_file")
    connection.close()
    tap.assert_identical(connections=1, commands=5)
