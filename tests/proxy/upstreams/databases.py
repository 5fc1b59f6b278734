"""The databases of the differential test behind one face: run a MySQL statement, get what a client would see."""

import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import psycopg
import pymysql
from psycopg.types.json import set_json_loads
from sqlglot import exp

from plugins.types import UpstreamError
from proxy.upstreams.dialect import Column, Table, parse, translate
from proxy.upstreams.dialect.sqlite_functions import register

_OWN = (UpstreamError,)


@dataclass(frozen=True)
class Answer:
    """Values as text, NULL as None; ``error`` instead where the statement failed."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str | None, ...], ...] = ()
    error: str = ""


Execute = Callable[[str], tuple[Sequence[str], Sequence[Sequence[Any]]]]


def text_of(value: Any) -> str | None:
    """A driver's value as the text protocol would show it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, bytes | bytearray | memoryview):
        return f"0x{bytes(value).hex()}"
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ")
    if isinstance(value, timedelta):
        return _clock(value)
    if isinstance(value, time):
        return value.isoformat()
    return str(value) if isinstance(value, int | Decimal | date) else repr(value)


def _clock(value: timedelta) -> str:
    microseconds = value // timedelta(microseconds=1)
    seconds, fraction = divmod(abs(microseconds), 1_000_000)
    sign = "-" if microseconds < 0 else ""
    clock = f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return clock + (f".{fraction:06}" if fraction else "")


def answer(execute: Execute, sql: Sequence[str], *, ordered: bool) -> Answer:
    """The last statement's result; rows that nobody ordered are sorted."""
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[Any]] = ()
    for each in sql:
        columns, rows = execute(each)
    texts = [tuple(text_of(value) for value in row) for row in rows]
    if not ordered:
        texts.sort(key=lambda row: [(value is not None, value or "") for value in row])
    return Answer(tuple(columns), tuple(texts))


@dataclass
class Translated:
    """A database that does not speak MySQL, and its schema as ``dialect`` asks for it."""

    target: str
    execute: Execute
    reflect: Callable[[str], Table | None]
    errors: tuple[type[Exception], ...]
    cached: dict[str, Table | None] = field(default_factory=dict)

    def table(self, name: str, schema: str | None) -> Table | None:
        """A ``SchemaView``'s answer."""
        if name not in self.cached:
            self.cached[name] = self.reflect(name)
        return self.cached[name]

    def run(self, statement: str) -> Answer:
        """A MySQL statement."""
        try:
            tree = parse(statement)[0]
            sql = translate(tree, self.target, self).sql
            found = answer(self.execute, sql, ordered=is_ordered(statement))
            return found if isinstance(tree, exp.Query) else Answer()  # DuckDB answers with a count
        except self.errors as error:
            return Answer(error=" ".join(str(error).split()))
        finally:
            if not statement.lstrip("( \n").upper().startswith("SELECT"):
                self.cached.clear()


def is_ordered(statement: str) -> bool:
    """Its last ORDER BY is the statement's own, so that the order of its rows counts."""
    tail = statement.rpartition("ORDER BY")[2]
    return "ORDER BY" in statement and tail.count("(") == tail.count(")")


@dataclass
class MariaDB:
    """The one that the others are compared with."""

    connection: pymysql.Connection

    def run(self, statement: str) -> Answer:
        try:
            columns, rows = self._execute(statement)
            return answer(lambda _: (columns, rows), [statement], ordered=is_ordered(statement))
        except pymysql.MySQLError as error:
            return Answer(error=str(error.args[1]))

    def _execute(self, sql: str) -> tuple[Sequence[str], Sequence[Sequence[Any]]]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return [each[0] for each in cursor.description or ()], cursor.fetchall()


def _columns_of(rows: Sequence[Sequence[Any]]) -> tuple[Column, ...]:
    return tuple(Column(name, type_, bool(generated)) for name, type_, generated in rows)


def _keys_of(rows: Sequence[Sequence[Any]]) -> tuple[tuple[str, ...], ...]:
    keys: dict[str, list[str]] = {}
    for name, column in rows:
        keys.setdefault(name, []).append(column)
    return tuple(tuple(columns) for columns in keys.values())


@contextmanager
def duckdb_database() -> Iterator[Translated]:
    """In memory, in UTC."""
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("CREATE SCHEMA differential")
        connection.execute("USE differential")

        def execute(sql: str) -> tuple[Sequence[str], Sequence[Sequence[Any]]]:
            cursor = connection.execute(sql)
            return [each[0] for each in cursor.description or ()], cursor.fetchall()

        def reflect(name: str) -> Table | None:
            found = connection.execute(
                "SELECT table_name FROM duckdb_tables() WHERE lower(table_name) = lower(?) UNION "
                "SELECT view_name FROM duckdb_views() WHERE lower(view_name) = lower(?) AND NOT internal",
                [name, name],
            ).fetchone()
            if not found:
                return None
            columns = connection.execute(
                "SELECT column_name, data_type, column_default LIKE 'nextval%' FROM duckdb_columns() "
                "WHERE table_name = ? ORDER BY column_index",
                [found[0]],
            ).fetchall()
            keys = connection.execute(
                "SELECT constraint_index, UNNEST(constraint_column_names) FROM duckdb_constraints() "
                "WHERE table_name = ? AND constraint_type IN ('PRIMARY KEY', 'UNIQUE') ORDER BY constraint_type, constraint_index",
                [found[0]],
            ).fetchall()
            return Table(found[0], _columns_of(columns), _keys_of(keys))

        yield Translated("duckdb", execute, reflect, (duckdb.Error, *_OWN))


@contextmanager
def sqlite_database() -> Iterator[Translated]:
    """In memory, with the dialect's functions."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    register(connection)
    connection.execute("PRAGMA foreign_keys = ON")

    def execute(sql: str) -> tuple[Sequence[str], Sequence[Sequence[Any]]]:
        cursor = connection.execute(sql)
        return [each[0] for each in cursor.description or ()], cursor.fetchall()

    def reflect(name: str) -> Table | None:
        found = connection.execute(
            "SELECT name, sql FROM (SELECT * FROM sqlite_schema UNION ALL SELECT * FROM sqlite_temp_schema) "
            "WHERE type IN ('table', 'view') AND lower(name) = lower(?)",
            [name],
        ).fetchone()
        if not found:
            return None
        rows = connection.execute("SELECT name, type, pk FROM pragma_table_info(?)", [found[0]]).fetchall()
        columns = tuple(
            Column(each[0], each[1], bool(each[2] and "AUTOINCREMENT" in (found[1] or ""))) for each in rows
        )
        primary = tuple(each[0] for each in sorted(rows, key=lambda row: row[2]) if each[2])
        keys = connection.execute(
            "SELECT l.name, i.name FROM pragma_index_list(?) l, pragma_index_info(l.name) i "
            "WHERE l.\"unique\" AND l.origin <> 'pk'",
            [found[0]],
        ).fetchall()
        return Table(found[0], columns, ((primary,) if primary else ()) + _keys_of(keys))

    try:
        yield Translated("sqlite", execute, reflect, (sqlite3.Error, *_OWN))
    finally:
        connection.close()


@contextmanager
def postgres_database(connection: psycopg.Connection) -> Iterator[Translated]:
    """In a schema of its own, which is dropped afterwards."""
    set_json_loads(lambda data: data if isinstance(data, str) else bytes(data).decode(), connection)
    connection.execute("CREATE SCHEMA differential")
    connection.execute("SET search_path TO differential")

    def execute(sql: str) -> tuple[Sequence[str], Sequence[Sequence[Any]]]:
        cursor = connection.execute(sql.encode())
        rows = cursor.fetchall() if cursor.description else []
        return [each.name for each in cursor.description or ()], rows

    def reflect(name: str) -> Table | None:
        found = connection.execute(
            "SELECT oid, relname FROM pg_class WHERE lower(relname) = lower(%s) AND relkind IN ('r', 'v') "
            "AND pg_table_is_visible(oid)",
            [name],
        ).fetchone()
        if not found:
            return None
        columns = connection.execute(
            "SELECT attname, format_type(atttypid, atttypmod), attidentity <> '' FROM pg_attribute "
            "WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
            [found[0]],
        ).fetchall()
        keys = connection.execute(
            "SELECT i.indexrelid::text, a.attname FROM pg_index i, UNNEST(i.indkey) WITH ORDINALITY k(n, o) "
            "JOIN pg_attribute a ON a.attnum = k.n WHERE i.indrelid = %s AND a.attrelid = %s AND i.indisunique "
            "ORDER BY i.indisprimary DESC, 1, k.o",
            [found[0], found[0]],
        ).fetchall()
        return Table(found[1], _columns_of(columns), _keys_of(keys))

    try:
        yield Translated("postgres", execute, reflect, (psycopg.Error, *_OWN))
    finally:
        connection.execute("DROP SCHEMA differential CASCADE")


def numeric(value: str | None) -> str | None:
    """SQLite has no decimals: a number by its value, to twelve digits."""
    if value is None or not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?", value):
        return value
    return f"{float(value) + 0:.12g}"
