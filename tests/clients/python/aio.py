"""An asyncio driver: ``aio.py HOST PORT plain|ask aiomysql|asyncmy [tls]``."""

import asyncio
import importlib
import ssl
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


def tls_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def run(cursor: Any, label: str, sql: str, parameters: Any = None) -> None:
    try:
        await cursor.execute(sql, parameters)
        if cursor.description is None:
            show(label, None, (), cursor.rowcount, cursor.lastrowid)
        else:
            show(label, [column[0] for column in cursor.description], await cursor.fetchall())
    except failures as error:
        show_error(label, error)


async def main(driver: Any) -> None:
    tls = {"ssl": tls_context()} if "tls" in OPTIONS else {}
    connection = await driver.connect(host=HOST, port=PORT, user=USER, password=PASSWORD, db=DATABASE, **tls)
    async with connection.cursor() as cursor:
        for label, sql in statements():
            await run(cursor, label, sql)
        if PART == "plain":
            for parameters in PARAMETERS:
                await run(cursor, "prepared", SELECT.format("%s"), parameters)
            await run(cursor, "notes table", NOTES_TABLE)
            await cursor.executemany("INSERT INTO notes (note) VALUES (%s)", NOTES)
            await run(cursor, "notes", NOTES_COUNT)
        else:
            await run(cursor, "prepared", "ASK %s", (QUESTION,))
        await connection.ping()
        await run(cursor, "after prepared", "SELECT 'alive'")
    await connection.ensure_closed()


driver = importlib.import_module(DRIVER)
failures: Any = driver.MySQLError if DRIVER == "aiomysql" else importlib.import_module("asyncmy.errors").MySQLError
asyncio.run(main(driver))
