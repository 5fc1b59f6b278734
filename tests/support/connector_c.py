"""Runs the corpus with mysql-connector-python's C extension, in a process of its own: ``connector_c.py PORT``.

The extension brings its own OpenSSL, which must be loaded before Python's; so it cannot live in the test's process.
"""

import _mysql_connector  # isort: skip  # first, see above
import contextlib
import sys
from typing import Any

import mysql.connector

from tests.support import corpus

PER_CONNECTION = 40
TEXTS = [*corpus.REPLIES, *corpus.MULTI, *corpus.NOT_OURS]
# What the driver itself stumbles over while it turns a reply into Python values; the reply was received all the same.
FAILURES = (
    mysql.connector.Error,
    _mysql_connector.MySQLInterfaceError,
    ValueError,
    TypeError,
    UnicodeError,
    IndexError,
    AttributeError,
)


def connect(port: int) -> Any:
    account = {"host": "127.0.0.1", "port": port, "user": "app", "password": "secret", "database": "scratch"}
    return mysql.connector.connect(**account, ssl_disabled=True, charset="utf8mb4", autocommit=True, use_pure=False)


def main(port: int) -> None:
    """Prints the number of connections made."""
    starts = range(0, len(TEXTS), PER_CONNECTION)
    for start in starts:
        connection = connect(port)
        for sql in TEXTS[start : start + PER_CONNECTION]:
            cursor = connection.cursor()
            with contextlib.suppress(*FAILURES):
                cursor.execute(sql)
                while True:
                    if cursor.description:
                        cursor.fetchall()
                    if not cursor.nextset():
                        break
            with contextlib.suppress(*FAILURES):
                cursor.close()
        connection.close()
    prepared(port)
    print(len(starts) + 1)


def prepared(port: int) -> None:
    connection = connect(port)
    cursor = connection.cursor(prepared=True)
    for value in (1, -1.5, "ünï", b"\x00\xff", None, bytes(range(256)) * (18 << 12)):
        cursor.execute("SELECT %s, id, c_int, c_varchar FROM identity_types WHERE id > %s", (value, 0))
        assert len(cursor.fetchall()) == 5
    cursor.close()
    connection.close()


if __name__ == "__main__":
    main(int(sys.argv[1]))
