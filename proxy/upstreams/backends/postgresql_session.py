"""One client's session with PostgreSQL."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from psycopg.pq.abc import PGresult

from plugins.upstream import UpstreamError
from proxy.upstreams.backends.errors import mysql_error, stopped, unknown_database, unknown_time_zone
from proxy.upstreams.backends.gap import GAP
from proxy.upstreams.backends.generated import Generated
from proxy.upstreams.backends.postgresql_errors import PostgresError
from proxy.upstreams.backends.postgresql_transactions import PostgresTransactions
from proxy.upstreams.backends.postgresql_wire import Wire
from proxy.upstreams.backends.running import Stopped
from proxy.upstreams.backends.stream import Stream
from proxy.upstreams.backends.time_zones import postgresql_zone
from proxy.upstreams.quoting import literal, quoted
from proxy.upstreams.types import Done, Result

if TYPE_CHECKING:
    from proxy.upstreams.backends.postgresql import PostgresBackend

# Text forms that the cells are made from, which a person's role may have otherwise.
SETTINGS = (
    "SET client_encoding = 'UTF8'; SET DateStyle = 'ISO'; SET IntervalStyle = 'postgres'; SET extra_float_digits = 1; "
    "SET bytea_output = 'hex'; SET standard_conforming_strings = on"
)
_COPY = re.compile(rf"{GAP}*+copy\b", re.IGNORECASE)
_TYPES_CHANGE = re.compile(rb"(CREATE|ALTER|DROP) (TYPE|DOMAIN|EXTENSION)")
# With these an INSERT that returns its numbers may fail where it would not without: a column that is gone, no right to
# read it, a text that was misread.
_NOT_RETURNED = ("42703", "42501", "42601")
_NUMBERED = """
SELECT pg_catalog.quote_ident(a.attname) FROM pg_catalog.pg_attribute a
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = pg_catalog.to_regclass({}) AND a.attnum > 0 AND NOT a.attisdropped
AND (a.attidentity <> '' OR pg_catalog.pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%')
AND pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT') ORDER BY a.attnum LIMIT 1"""
_COUNTED = (b"INSERT", b"UPDATE", b"DELETE", b"MERGE")


class PostgresSession:
    """A ``Connection``."""

    has_savepoints = True

    def __init__(self, connection: sa.Connection, wire: Wire, backend: "PostgresBackend") -> None:
        self._sqlalchemy = connection
        self._wire = wire
        self._backend = backend
        self._types = backend.types(wire, again=False)
        self._types_changed = False
        self._transactions = PostgresTransactions(wire)
        self._timeout = False
        self._settings: dict[str, str] = {}
        self._generated = Generated(self._numbered_column)
        self._closed = False

    @property
    def sqlalchemy(self) -> sa.Connection:
        return self._sqlalchemy

    @property
    def in_transaction(self) -> bool:
        return self._transactions.open

    def execute(self, sql: str) -> Result:
        if "\0" in sql:
            raise mysql_error(1064, "A statement cannot contain a NUL character")
        if _COPY.match(sql):  # its own protocol has no place in MySQL's
            raise mysql_error(1235, "This version of askwire doesn't yet support 'COPY'")
        self._keep_settings()
        self._types, self._types_changed = self._backend.types(self._wire, again=self._types_changed), False
        numbered = self._generated.returning(sql)
        if numbered is None:
            return self._execute(sql)
        try:
            return self._inserted(self._execute(numbered))
        except PostgresError as error:
            if error.original not in _NOT_RETURNED:
                raise
            self._generated.forget()
            return self._execute(sql)

    def _keep_settings(self) -> None:
        """A statement of the client's own may have changed how strings are read and written, by SET or a function."""
        if not self._wire.failed and not self._wire.as_expected:
            self._wire.command(SETTINGS)

    def _execute(self, sql: str) -> Result:
        before = self._transactions.before(sql)
        self._wire.running.start()
        try:
            first = self._wire.start(sql, before)
            if self._wire.has_rows(first):
                columns, convert = self._types.describe(first)
                return Stream(columns, convert, _Cursor(self, first))
            done = _done(first)
            self._wire.drain()
            self._changed(first.command_status or b"")
        except UpstreamError as error:
            raise self.failed(error) from None
        except BaseException:
            self._wire.running.cancel()
            self._wire.drain()
            self.ended()
            raise
        self.ended()
        return done

    def _inserted(self, result: Result) -> Done:
        """The numbers that an INSERT returned."""
        assert isinstance(result, Stream)
        count, first = 0, 0
        while rows := result.cursor.chunk():
            first = first or next((int(row[0]) for row in rows if row[0] is not None), 0)
            count += len(rows)
        return Done(count, last_insert_id=max(first, 0))

    def _changed(self, tag: bytes) -> None:
        """What a statement made of what is remembered here."""
        if tag.startswith((b"CREATE", b"ALTER", b"DROP", b"SET", b"ROLLBACK")):
            self._generated.forget()
            self._types_changed = bool(_TYPES_CHANGE.match(tag))
        elif tag in (b"DISCARD ALL", b"RESET"):
            self._wire.command(SETTINGS)
            self._settle()
        elif tag in (b"BEGIN", b"START TRANSACTION"):
            self._transactions.begun()

    def _numbered_column(self, table: str, parts: list[str]) -> str | None:
        return next(
            (
                row[0].decode()
                for result in self._wire.command(_NUMBERED.format(literal(table)))
                for row in self._wire.rows(result)
            ),
            None,
        )

    def ended(self, error: UpstreamError | None = None) -> None:
        """The statement under way is over."""
        self._wire.running.finish()
        self._transactions.ended(error)

    def failed(self, error: UpstreamError) -> UpstreamError:
        """The statement under way failed; the error as the client sees it."""
        why = self._wire.running.stopped
        self.ended(error)
        if isinstance(error, PostgresError) and error.original == "57014":
            return stopped(why or (Stopped.TIMED_OUT if self._timeout else Stopped.CANCELLED))
        return error

    def begin(self, *, read_only: bool) -> None:
        self._transactions.begin(read_only=read_only)

    def commit(self) -> None:
        self._transactions.commit()

    def rollback(self) -> None:
        if self.in_transaction:
            self._transactions.rollback()
            self._settle()

    def savepoint(self, name: str) -> None:
        self._transactions.savepoint(name)

    def rollback_to(self, name: str) -> None:
        self._transactions.rollback_to(name)
        self._settle()

    def release(self, name: str) -> None:
        self._transactions.release(name)

    def set_read_only(self, read_only: bool) -> None:
        self._transactions.read_only = read_only
        self._set("default_transaction_read_only", "on" if read_only else "off")

    def use(self, schema: str) -> None:
        found = self._wire.command(f"SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = {literal(schema)}")
        if not found[0].ntuples:
            raise unknown_database(schema)
        self._set("search_path", quoted(schema))
        self._generated.forget()

    def set_time_zone(self, zone: str) -> None:
        try:
            self._set("TimeZone", postgresql_zone(zone))
        except UpstreamError as error:
            raise unknown_time_zone(zone) from error

    def set_timeout(self, seconds: float | None) -> None:
        self._timeout = seconds is not None
        self._set("statement_timeout", str(max(1, round(seconds * 1000))) if seconds is not None else "0")

    def reset(self) -> None:
        self.rollback()
        schema = self._settings.get("search_path")
        self._settings.clear()
        self._transactions.read_only = self._timeout = False
        self._wire.command("DISCARD ALL")
        self._wire.command(SETTINGS)
        if schema is not None:
            self._set("search_path", schema)

    def cancel(self) -> None:
        self._wire.running.cancel()

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._wire.running.finish()
            self._sqlalchemy.close()

    def _set(self, name: str, value: str) -> None:
        """For the session, whatever becomes of the transaction that is open."""
        self._wire.command(_set_config(name, value))
        self._settings[name] = value

    def _settle(self) -> None:
        """A rollback took settings back, and tables."""
        self._generated.forget()
        if self._settings:
            self._wire.command("; ".join(_set_config(*setting) for setting in self._settings.items()))


class _Cursor:
    """The rows of the statement under way."""

    def __init__(self, session: PostgresSession, first: PGresult) -> None:
        self._session = session
        self._wire = session._wire
        self._chunks: Iterator[Sequence[Sequence[Any]]] = self._wire.chunks(first)
        self._open = True

    def chunk(self) -> Sequence[Sequence[Any]]:
        if not self._open:
            return ()
        try:
            rows = next(self._chunks, None)
        except UpstreamError as error:
            self._open = False
            raise self._session.failed(error) from None
        if rows is None:
            self._open = False
            self._session.ended()
        return rows or ()

    def close(self) -> None:
        if self._open:
            self._open = False
            self._wire.running.cancel()
            self._wire.drain()
            self._session.ended()


def _done(result: PGresult) -> Done:
    tag = result.command_status or b""
    count = int(result.command_tuples or 0) if tag.startswith(_COUNTED) else 0
    return Done.of_update(count) if tag.startswith(b"UPDATE") else Done(count)


def _set_config(name: str, value: str) -> str:
    return f"SELECT pg_catalog.set_config('{name}', {literal(value)}, false)"
