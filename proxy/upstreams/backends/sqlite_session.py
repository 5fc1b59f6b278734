"""One client's session with SQLite."""

import re
import sqlite3
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from plugins.upstream import UpstreamError
from proxy.upstreams.backends import by_value
from proxy.upstreams.backends.errors import mysql_error, unknown_database
from proxy.upstreams.backends.gap import GAP
from proxy.upstreams.backends.running import Running
from proxy.upstreams.backends.sqlite_errors import from_sqlite
from proxy.upstreams.backends.stream import Stream
from proxy.upstreams.mysql_types import MySqlType, mysql_type
from proxy.upstreams.quoting import quoted
from proxy.upstreams.types import Done, Result

FIRST_ROWS = 256  # the types are told from these
CHUNK_BYTES = 1 << 20
KNOWN_QUERIES = 256
_VIEW = "askwire_columns"
_WORD = re.compile(rf"{GAP}*+(\w+)")
# What SQLAlchemy's inspector and people look at; none of these changes anything when it has no value.
_PRAGMAS = frozenset(
    {
        *("table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo", "foreign_key_list"),
        *("database_list", "collation_list", "function_list", "user_version", "schema_version", "encoding"),
        *("foreign_key_check", "integrity_check", "quick_check", "compile_options", "page_count", "page_size"),
    }
)
_WITH_VALUE = _PRAGMAS - {"user_version", "schema_version", "encoding", "page_size"}
_NO_FUNCTIONS = frozenset({"load_extension", "fts3_tokenizer", "readfile", "writefile", "edit"})


class SQLiteSession:
    """A ``Connection``. There is one schema, ``main``, and no time zone but UTC."""

    has_savepoints = True

    def __init__(self, connection: sa.Connection, driver: sqlite3.Connection) -> None:
        self._sqlalchemy = connection
        self._driver = driver
        self._running = Running(driver.interrupt)
        self._limit: float | None = None
        self._read_only = False
        self._read_only_transaction = False
        self._trusted = False  # our own statements are under way
        self._declared: OrderedDict[tuple[str, int], list[MySqlType | None]] = OrderedDict()
        driver.set_authorizer(self._authorize)

    @property
    def sqlalchemy(self) -> sa.Connection:
        return self._sqlalchemy

    @property
    def in_transaction(self) -> bool:
        return self._driver.in_transaction

    def execute(self, sql: str) -> Result:
        found = _WORD.match(sql)
        if found is None:
            raise mysql_error(1065, "Query was empty")
        word = found[1].lower()
        declared = self._declared_types(sql) if word in ("select", "with", "values") else []
        self._running.start(self._limit)
        cursor = _Cursor(self, self._driver.cursor(), deletes=word in ("delete", "update", "replace"))
        try:
            cursor.start(sql)
            if cursor.driver.description is None:
                return self._done(word, cursor)
            names = [str(column[0]) for column in cursor.driver.description]
            known = declared if len(declared) == len(names) else [None] * len(names)
            columns, convert = by_value.describe(names, known, [list(map(_told, row)) for row in cursor.first_rows()])
        except BaseException:
            cursor.close()
            raise
        return Stream(columns, convert, cursor)

    def _done(self, word: str, cursor: "_Cursor") -> Done:
        count, last = max(cursor.driver.rowcount, 0), cursor.driver.lastrowid or 0
        cursor.close()
        if word == "update":
            return Done.of_update(count)
        if word in ("insert", "replace", "with") and count:
            return Done(count, last_insert_id=max(last - count + 1, 0))  # the first one's, as in MySQL
        return Done(count if word == "delete" else 0)

    def _declared_types(self, sql: str) -> list[MySqlType | None]:
        """The types that the columns of a query were declared with: a view of it knows them."""
        try:
            version = int(self._own("PRAGMA schema_version")[0][0])
            key = (sql, version)
            if key not in self._declared:
                self._declared[key] = self._described(sql)
                if len(self._declared) > KNOWN_QUERIES:
                    self._declared.popitem(last=False)
            return self._declared[key]
        except sqlite3.Error:
            return []  # what is wrong with it, its own run will say

    def _described(self, sql: str) -> list[MySqlType | None]:
        try:
            self._own(f"CREATE TEMP VIEW {_VIEW} AS {sql.rstrip().rstrip(';')}")
            columns = self._own(f"PRAGMA temp.table_info({_VIEW})")
        finally:
            self._own(f"DROP VIEW IF EXISTS temp.{_VIEW}")
        return [mysql_type(row[2], "sqlite") if row[2] else None for row in columns]

    def _own(self, sql: str) -> list[Any]:
        """Our own statements may write, to the temporary schema, in a read-only session too."""
        self._trusted = True
        try:
            self._driver.execute("PRAGMA query_only = OFF")
            return self._driver.execute(sql).fetchall()
        finally:
            self._driver.execute(f"PRAGMA query_only = {'ON' if self._reads_only else 'OFF'}")
            self._trusted = False

    @property
    def _reads_only(self) -> bool:
        return self._read_only or self._read_only_transaction

    def _authorize(self, action: int, first: str | None, second: str | None, *where: str | None) -> int:
        """https://www.sqlite.org/c3ref/c_alter_table.html: what each action's arguments are."""
        if self._trusted:
            return sqlite3.SQLITE_OK
        if action in (sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH):
            return sqlite3.SQLITE_DENY
        if action == sqlite3.SQLITE_PRAGMA:
            allowed = first in (_PRAGMAS if second is None else _WITH_VALUE)
            return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY
        if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _NO_FUNCTIONS:
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK

    def begin(self, *, read_only: bool) -> None:
        self.commit()
        self._command("BEGIN")
        self._set_query_only(transaction=read_only)

    def commit(self) -> None:
        if self.in_transaction:
            self._command("COMMIT")
        self._set_query_only(transaction=False)

    def rollback(self) -> None:
        if self.in_transaction:
            self._command("ROLLBACK")
        self._set_query_only(transaction=False)

    def savepoint(self, name: str) -> None:
        self._command(f"SAVEPOINT {quoted(name)}")

    def rollback_to(self, name: str) -> None:
        self._command(f"ROLLBACK TO {quoted(name)}")

    def release(self, name: str) -> None:
        self._command(f"RELEASE {quoted(name)}")

    def set_read_only(self, read_only: bool) -> None:
        self._read_only = read_only
        self._set_query_only(transaction=self._read_only_transaction)

    def use(self, schema: str) -> None:
        if schema != "main":
            raise unknown_database(schema)

    def set_time_zone(self, zone: str) -> None:
        """SQLite's moments have no zone: nothing depends on it."""

    def set_timeout(self, seconds: float | None) -> None:
        self._limit = seconds

    def reset(self) -> None:
        self.rollback()
        self._limit = None
        for kind, name in self._own("SELECT type, name FROM sqlite_temp_master WHERE type IN ('table', 'view')"):
            self._own(f"DROP {kind} temp.{quoted(name)}")
        self.set_read_only(False)

    def cancel(self) -> None:
        self._running.cancel()

    def close(self) -> None:
        self._running.finish()
        self._trusted = True
        self._sqlalchemy.close()
        self._driver.close()

    def failed(self, error: Exception, *, deletes: bool = False) -> UpstreamError:
        why = self._running.stopped
        self._running.finish()
        return from_sqlite(error, why, deletes=deletes)

    def finished(self) -> None:
        self._running.finish()

    def run(self, cursor: sqlite3.Cursor, sql: str) -> None:
        with self._text_as_bytes():
            cursor.execute(sql)

    def fetch(self, cursor: sqlite3.Cursor, size: int) -> list[Any]:
        with self._text_as_bytes():
            return cursor.fetchmany(size)

    @contextmanager
    def _text_as_bytes(self) -> Iterator[None]:
        """For us; SQLAlchemy's inspector wants strings. The first row is read when the statement is executed."""
        self._driver.text_factory = bytes
        try:
            yield
        finally:
            self._driver.text_factory = str

    def _set_query_only(self, *, transaction: bool) -> None:
        self._read_only_transaction = transaction
        self._own("SELECT 1")

    def _command(self, sql: str) -> None:
        try:
            self._driver.execute(sql)
        except sqlite3.Error as error:
            raise from_sqlite(error) from error


class _Cursor:
    """The rows of the statement under way."""

    def __init__(self, session: SQLiteSession, driver: sqlite3.Cursor, *, deletes: bool) -> None:
        self.driver = driver
        self._session = session
        self._deletes = deletes
        self._first: Sequence[Sequence[Any]] | None = None
        self._size = FIRST_ROWS
        self._open = True

    def start(self, sql: str) -> None:
        try:
            self._session.run(self.driver, sql)
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise self._failed(error) from error

    def first_rows(self) -> Sequence[Sequence[Any]]:
        """Looked at before they are sent; few where they are large."""
        row = self._fetch(1)
        size = sum(len(value) for value in row[0] if isinstance(value, bytes | str)) if row else 0
        self._size = max(1, min(FIRST_ROWS * 8, CHUNK_BYTES // max(size, 1)))
        self._first = [*row, *self._fetch(min(FIRST_ROWS, self._size))] if row else row
        return self._first

    def chunk(self) -> Sequence[Sequence[Any]]:
        if self._first is not None:
            rows, self._first = self._first, None
        else:
            rows = self._fetch(self._size) if self._open else []
        if not rows:
            self.close()
        return rows

    def close(self) -> None:
        if self._open:
            self._open = False
            self.driver.close()
            self._session.finished()

    def _fetch(self, size: int) -> list[Any]:
        try:
            return self._session.fetch(self.driver, size)
        except sqlite3.Error as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> UpstreamError:
        self._open = False
        self.driver.close()
        return self._session.failed(error, deletes=self._deletes)


def _told(value: Any) -> Any:
    """Text comes as bytes, which need no decoding on their way; what is no UTF-8 is a BLOB."""
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value
