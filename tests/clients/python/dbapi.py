"""A DB-API driver: ``dbapi.py HOST PORT plain|ask pymysql|mysqldb|connector|connector-c [tls]``."""

from typing import Any

from common import (
    DATABASE,
    DRIVER,
    HOST,
    NOTES,
    NOTES_COUNT,
    NOTES_TABLE,
    OPTIONS,
    PARAMETERS,
    PART,
    PASSWORD,
    PORT,
    QUESTION,
    SELECT,
    USER,
    show,
    show_error,
    statements,
)  # fmt: skip


def connect() -> tuple[Any, type[Exception]]:
    login: dict[str, Any] = {"host": HOST, "port": PORT, "user": USER, "password": PASSWORD, "database": DATABASE}
    if DRIVER == "pymysql":
        import pymysql

        tls = {"ssl": {"check_hostname": False, "verify_mode": "none"}} if "tls" in OPTIONS else {}
        return pymysql.connect(**login, **tls), pymysql.err.MySQLError
    if DRIVER == "mysqldb":
        import MySQLdb

        tls = {"ssl": True} if "tls" in OPTIONS else {}
        return MySQLdb.connect(**login, charset="utf8mb4", **tls), MySQLdb.MySQLError
    if DRIVER == "connector-c":
        # It brings a newer OpenSSL than the system may have; loaded before Python's ssl module, both use that one.
        import _mysql_connector  # noqa: F401
    import mysql.connector

    tls = {"ssl_disabled": True} if "clear" in OPTIONS else {}
    return mysql.connector.connect(**login, use_pure=DRIVER == "connector", **tls), mysql.connector.Error


def run(cursor: Any, label: str, sql: str, parameters: Any = None) -> None:
    try:
        cursor.execute(sql, *([parameters] if parameters is not None else []))
        if cursor.description is None:
            show(label, None, (), cursor.rowcount, cursor.lastrowid)
        else:
            show(label, [column[0] for column in cursor.description], cursor.fetchall())
    except failures as error:
        show_error(label, error)


connection, failures = connect()
plain = connection.cursor()
for label, sql in statements():
    run(plain, label, sql)
server_side = DRIVER.startswith("connector")
prepared = connection.cursor(prepared=True) if server_side else connection.cursor()
if PART == "plain":
    for parameters in PARAMETERS:
        run(prepared, "prepared", SELECT.format("%s"), parameters)
    run(plain, "notes table", NOTES_TABLE)
    prepared.executemany("INSERT INTO notes (note) VALUES (%s)", NOTES)
    run(plain, "notes", NOTES_COUNT)
    connection.ping()
    run(plain, "after ping", "SELECT 'alive'")
else:
    run(prepared, "prepared", "ASK %s", (QUESTION,))
    run(plain, "after prepared", "SELECT 'alive'")
connection.close()
