"""Any database that SQLAlchemy has a dialect for: one connection of its driver per session.

What a driver cannot do is not pretended: statements are cancelled where it has ``cancel`` or ``interrupt``, and a
read-only session refuses by the statement's own tree whatever is not a query.
"""

import re
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
import sqlglot
from sqlalchemy import exc
from sqlalchemy.pool import NullPool
from sqlglot import exp

from plugins.upstream import UpstreamError
from proxy.upstreams.backends import by_value
from proxy.upstreams.backends.errors import (
    denied,
    lost,
    mysql_error,
    read_only,
    stopped,
    unknown_database,
)
from proxy.upstreams.backends.running import Running
from proxy.upstreams.backends.stream import Stream
from proxy.upstreams.types import Done, Result

CHUNK = 256
# sqlglot's names where they are not SQLAlchemy's.
_DIALECTS = {"mssql": "tsql", "postgresql": "postgres", "cockroachdb": "postgres", "awsathena": "athena"}
_WRITES = (exp.DML, exp.DDL, exp.Command, exp.Into, exp.Lock, exp.Drop, exp.Alter, exp.Set)
_NUMBERS = ((exc.ProgrammingError, 1064), (exc.DataError, 1292), (exc.NotSupportedError, 1235))
_DENIED = re.compile(
    r"access denied|authentication|password|login failed|not permitted|invalid username", re.IGNORECASE
)


class AlchemyBackend:
    """A ``Backend``."""

    has_accounts = True

    def __init__(self, url: sa.URL) -> None:
        self._url = url.set(username=None, password=None)
        dialect = url.get_dialect()
        dialect.import_dbapi()  # a driver that is missing is told of now, not to the first client
        self._dialect = dialect()
        self.dialect = _DIALECTS.get(self._dialect.name, self._dialect.name)
        self.default_schema = self._dialect.default_schema_name or self._url.database or "main"

    @property
    def database_name(self) -> str:
        return self._url.database or self.default_schema

    def connect(self, user: str, password: str) -> "AlchemySession":
        """Raises ``UpstreamError``: 1045 for whoever may not log in, 1158 when there is no connection."""
        if not user or not password or "\0" in user + password:
            raise denied(user, password)
        engine = sa.create_engine(self._url.set(username=user, password=password), poolclass=NullPool)
        try:
            connection = engine.connect()
        except exc.DBAPIError as error:
            raise denied(user, password) if _DENIED.search(str(error.orig)) else lost("it cannot be reached") from None
        self.default_schema = engine.dialect.default_schema_name or self.default_schema
        return AlchemySession(connection, self.dialect)

    def close(self) -> None:
        """Sessions share nothing."""


def open_any(url: str) -> AlchemyBackend:
    """Raises ``sqlalchemy.exc.ArgumentError`` for no such URL or dialect, ``ImportError`` for a missing driver."""
    return AlchemyBackend(sa.make_url(url))


class AlchemySession:
    """A ``Connection``. Outside a transaction every statement is committed, a query when its rows were read."""

    has_savepoints = True

    def __init__(self, connection: sa.Connection, dialect: str) -> None:
        self._sqlalchemy = connection.execution_options(no_parameters=True, stream_results=True)
        self._dialect = dialect
        self._running = Running(self._interrupt)
        self._limit: float | None = None
        self._read_only = False
        self._transaction: bool = False
        self._reads = False  # the open transaction is a read-only one

    @property
    def sqlalchemy(self) -> sa.Connection:
        return self._sqlalchemy

    @property
    def in_transaction(self) -> bool:
        return self._transaction

    def execute(self, sql: str) -> Result:
        if (self._read_only or self._reads) and not _is_query(sql, self._dialect):
            raise read_only()
        self._running.start(self._limit)
        try:
            result = self._sqlalchemy.exec_driver_sql(sql)
            if not result.returns_rows:
                count = max(result.rowcount, 0)
                self.ended(failed=False)
                return Done(count)
            cursor = _Cursor(self, result)
            columns, convert = by_value.describe(list(result.keys()), [None] * len(result.keys()), cursor.first)
        except exc.SQLAlchemyError as error:
            raise self.failed(error) from error
        except BaseException:
            self.ended(failed=True)
            raise
        return Stream(columns, convert, cursor)

    def ended(self, *, failed: bool) -> None:
        """The statement under way is over."""
        self._running.finish()
        if not self._transaction:
            self._finish(commit=not failed)

    def failed(self, error: Exception) -> UpstreamError:
        why = self._running.stopped
        try:
            self.ended(failed=True)
        except UpstreamError as gone:
            return gone
        return stopped(why) if why else _meaning(error)

    def _finish(self, *, commit: bool) -> None:
        self._transaction = self._reads = False
        try:
            self._sqlalchemy.commit() if commit else self._sqlalchemy.rollback()
        except exc.SQLAlchemyError as error:
            raise _meaning(error) from error

    def begin(self, *, read_only: bool) -> None:
        self.commit()
        self._transaction, self._reads = True, read_only

    def commit(self) -> None:
        if self._transaction:
            self._finish(commit=True)

    def rollback(self) -> None:
        if self._transaction:
            self._finish(commit=False)

    def savepoint(self, name: str) -> None:
        self._command(f"SAVEPOINT {self._quoted(name)}")

    def rollback_to(self, name: str) -> None:
        self._command(f"ROLLBACK TO SAVEPOINT {self._quoted(name)}")

    def release(self, name: str) -> None:
        self._command(f"RELEASE SAVEPOINT {self._quoted(name)}")

    def set_read_only(self, read_only: bool) -> None:
        self._read_only = read_only

    def use(self, schema: str) -> None:
        """Only where it is used already: there is no statement for it that all databases have."""
        if schema != self._sqlalchemy.dialect.default_schema_name:
            raise unknown_database(schema)

    def set_time_zone(self, zone: str) -> None:
        """There is no statement for it that all databases have: nothing depends on it."""

    def set_timeout(self, seconds: float | None) -> None:
        self._limit = seconds

    def reset(self) -> None:
        """What else a session holds no two databases drop alike: temporary tables and settings of its own stay."""
        self.rollback()
        self._limit, self._read_only = None, False

    def cancel(self) -> None:
        self._running.cancel()

    def close(self) -> None:
        self._running.finish()
        self._sqlalchemy.close()

    def _interrupt(self) -> None:
        driver = self._sqlalchemy.connection.driver_connection
        stop = getattr(driver, "cancel", None) or getattr(driver, "interrupt", None)
        if stop is not None:
            stop()

    def _command(self, sql: str) -> None:
        try:
            self._sqlalchemy.exec_driver_sql(sql)
        except exc.SQLAlchemyError as error:
            raise _meaning(error) from error

    def _quoted(self, name: str) -> str:
        return self._sqlalchemy.dialect.identifier_preparer.quote_identifier(name)


class _Cursor:
    """The rows of the statement under way; the first are looked at to tell the types."""

    def __init__(self, session: AlchemySession, result: sa.CursorResult[Any]) -> None:
        self._session = session
        self._result = result
        self._open = True
        self.first: Sequence[Sequence[Any]] = self._result.fetchmany(CHUNK)
        self._waiting = True

    def chunk(self) -> Sequence[Sequence[Any]]:
        try:
            rows, self._waiting = (self.first if self._waiting else self._next()), False
        except exc.SQLAlchemyError as error:
            self._open = False
            raise self._session.failed(error) from error
        if not rows:
            self.close()
        return rows

    def _next(self) -> Sequence[Sequence[Any]]:
        return self._result.fetchmany(CHUNK) if self._open else ()

    def close(self) -> None:
        if self._open:
            self._open = False
            self._result.close()
            self._session.ended(failed=False)


def _is_query(sql: str, dialect: str) -> bool:
    try:
        trees = sqlglot.parse(sql, read=dialect)
    except sqlglot.errors.SqlglotError:
        return False
    return all(isinstance(tree, exp.Query | exp.Describe) and not tree.find(*_WRITES) for tree in trees)


def _meaning(error: Exception) -> UpstreamError:
    """DB-API's classes say little more than this; the message is the database's own."""
    original = getattr(error, "orig", None) or error
    message = " ".join(str(part) for part in getattr(original, "args", ()) or (original,))
    if isinstance(error, exc.IntegrityError):
        return mysql_error(1062 if re.search("unique|duplicate", message, re.IGNORECASE) else 1022, message)
    if isinstance(error, exc.DBAPIError) and error.connection_invalidated:
        return lost()
    number = next((number for kind, number in _NUMBERS if isinstance(error, kind)), 1105)
    return mysql_error(number, message)
