"""One client's session with DuckDB.

Why values are made text by DuckDB: *measured* (2 cores, 1 million rows of 10 columns), rows/s out of DuckDB alone
fetched as Python values 420,000, as text 650,000, as BLOBs of text 850,000; the last need no more work per cell.
"""

from collections.abc import Sequence
from typing import Any

import duckdb
import duckdb_sqlalchemy
import sqlalchemy as sa
from duckdb import StatementType

from plugins.upstream import UpstreamError
from proxy.upstreams.backends import duckdb_guard, values
from proxy.upstreams.backends.duckdb_errors import from_duckdb
from proxy.upstreams.backends.duckdb_types import as_cells, columns, converters
from proxy.upstreams.backends.errors import mysql_error, unknown_database, unknown_time_zone
from proxy.upstreams.backends.generated import Generated
from proxy.upstreams.backends.running import Running
from proxy.upstreams.backends.session_engine import borrowed
from proxy.upstreams.backends.stream import Stream
from proxy.upstreams.backends.time_zones import duckdb_zone
from proxy.upstreams.quoting import literal, quoted
from proxy.upstreams.types import Done, Result

CHUNK = 2048  # rows: DuckDB's own vectors
CHUNK_BYTES = 1 << 20
_COUNTED = (StatementType.INSERT, StatementType.UPDATE, StatementType.DELETE, StatementType.MERGE_INTO)
_READING = (StatementType.SELECT, StatementType.EXPLAIN)
_NUMBERED = """
SELECT column_name FROM duckdb_columns() WHERE database_name IN (current_database(), 'temp')
AND lower(schema_name) = lower({schema}) AND lower(table_name) = lower({table}) AND column_default LIKE 'nextval(%'
ORDER BY column_index LIMIT 1"""


class DuckDBSession:
    """A ``Connection``. DuckDB has no savepoints, and a statement that fails while it runs dooms a transaction."""

    has_savepoints = False

    def __init__(self, root: duckdb.DuckDBPyConnection, catalog: str) -> None:
        self._root = root
        self._cursor = cursor = root.cursor()
        self._sqlalchemy = _for_inspector(cursor)
        self._catalog = catalog
        self._running = Running(cursor.interrupt)
        self._limit: float | None = None
        self._schema: str | None = None  # that was selected
        self._read_only = False
        self._transaction = False
        self._may_write = False  # the transaction that is open
        self._doomed = False
        self._savepoints: dict[str, int] = {}  # by name, the number of writes before it
        self._writes = 0
        self._generated = Generated(self._numbered_column)
        self._own = False  # the transaction around one statement of a read-only session

    @property
    def sqlalchemy(self) -> sa.Connection:
        return self._sqlalchemy

    @property
    def in_transaction(self) -> bool:
        return self._transaction

    def execute(self, sql: str) -> Result:
        try:
            kind = duckdb_guard.permitted(self._cursor, sql)
        except duckdb.Error as error:
            raise self._failed(error) from error
        if kind == StatementType.TRANSACTION:
            return self._control(sql)
        if self._read_only and not self._transaction:
            self._call("BEGIN TRANSACTION READ ONLY")
            self._own = True
        self._running.start(self._limit)
        self._writes += kind not in _READING
        try:
            return self._start(sql, kind)
        except duckdb.Error as error:
            raise self._failed(error) from error
        except BaseException:
            self.ended(failed=True)
            raise

    def _start(self, sql: str, kind: StatementType) -> Result:
        if kind == StatementType.SELECT and not duckdb_guard.has_word(sql, "pivot"):
            relation = self._cursor.sql(sql)
            names, types = relation.columns, [str(type) for type in relation.types]
            self._cursor.execute(as_cells(sql.rstrip().rstrip(";"), types))
            return Stream(columns(names, types), converters(types), _Cursor(self, self._cursor))
        if kind in _COUNTED and not duckdb_guard.has_word(sql, "returning"):
            return self._count(sql, kind)
        self._cursor.execute(sql)
        described = self._cursor.description or []
        if not described or kind in (StatementType.CREATE, StatementType.DROP, StatementType.ALTER):
            self._generated.forget()
            self.ended(failed=False)
            return Done()
        types = [str(column[1]) for column in described]
        definitions = columns([str(column[0]) for column in described], types)
        return Stream(definitions, [values.cell] * len(types), _Cursor(self, self._cursor))

    def _count(self, sql: str, kind: StatementType) -> Done:
        numbered = self._generated.returning(sql) if kind == StatementType.INSERT else None
        rows = self._cursor.execute(numbered or sql).fetchall()
        self.ended(failed=False)
        if numbered is None:
            count = int(rows[0][0]) if rows else 0
            return Done.of_update(count) if kind == StatementType.UPDATE else Done(count)
        return Done(len(rows), last_insert_id=int(rows[0][0] or 0) if rows else 0)

    def _numbered_column(self, table: str, parts: list[str]) -> str | None:
        """DuckDB numbers by a sequence's nextval as a default."""
        schema = literal(parts[-2]) if len(parts) > 1 else "current_schema()"
        row = self._cursor.execute(_NUMBERED.format(table=literal(parts[-1]), schema=schema)).fetchone()
        return quoted(str(row[0])) if row else None

    def _control(self, sql: str) -> Result:
        """BEGIN, COMMIT and ROLLBACK that came as statements."""
        word = sql.split(None, 1)[0].lower()
        if word in ("begin", "start"):
            self.begin(read_only=duckdb_guard.has_word(sql, "only"))
        elif word in ("commit", "end"):
            self.commit()
        else:
            self.rollback()
        return Done()

    def ended(self, *, failed: bool) -> None:
        """The statement under way is over."""
        self._running.finish()
        if self._own:
            self._own = False
            self._call("ROLLBACK" if failed else "COMMIT")
        elif failed and self._transaction:
            self._doomed = self._doomed or self._aborted()

    def _aborted(self) -> bool:
        """What fails before it runs (an unknown name, say) leaves the transaction as it was."""
        try:
            self._cursor.execute("SELECT NULL")
        except duckdb.Error:
            return True
        return False

    def _failed(self, error: duckdb.Error) -> UpstreamError:
        why = self._running.stopped
        self.ended(failed=True)
        return from_duckdb(error, why)

    def begin(self, *, read_only: bool) -> None:
        self.commit()
        self._may_write = not (read_only or self._read_only)
        self._call("BEGIN TRANSACTION" if self._may_write else "BEGIN TRANSACTION READ ONLY")
        self._transaction = True

    def commit(self) -> None:
        if self._transaction:
            doomed = self._doomed
            self._finish_transaction("ROLLBACK" if doomed else "COMMIT")
            if doomed and self._may_write:  # else nothing is lost
                raise mysql_error(1180, "The transaction had failed and was rolled back")

    def rollback(self) -> None:
        if self._transaction:
            self._finish_transaction("ROLLBACK")

    def _finish_transaction(self, sql: str) -> None:
        self._transaction = self._doomed = False
        self._savepoints.clear()
        self._generated.forget()
        self._call(sql)

    def savepoint(self, name: str) -> None:
        """Remember where it is: that serves whoever does not go back (an ORM's nested transaction that succeeds)."""
        self._savepoints[name] = self._writes

    def rollback_to(self, name: str) -> None:
        """Nothing to do where nothing was written since. Raises 1235 elsewhere, and the transaction is lost."""
        if self._doomed or self._known_savepoint(name) != self._writes:
            self._doomed = True
            raise mysql_error(1235, "This database cannot go back to a savepoint: ROLLBACK the whole transaction")
        later = list(self._savepoints)[list(self._savepoints).index(name) + 1 :]
        for each in later:
            del self._savepoints[each]

    def release(self, name: str) -> None:
        self._known_savepoint(name)
        del self._savepoints[name]

    def _known_savepoint(self, name: str) -> int:
        if name not in self._savepoints:
            raise mysql_error(1305, f"SAVEPOINT {name} does not exist")
        return self._savepoints[name]

    def set_read_only(self, read_only: bool) -> None:
        self._read_only = read_only

    def use(self, schema: str) -> None:
        self._generated.forget()
        try:
            self._call(f"USE {quoted(self._catalog)}.{quoted(schema)}")
        except UpstreamError as error:
            raise unknown_database(schema) if error.number == 1049 else error from error
        self._schema = schema

    def set_time_zone(self, zone: str) -> None:
        try:
            self._call(f"SET TimeZone = {literal(duckdb_zone(zone))}")
        except UpstreamError as error:
            raise unknown_time_zone(zone) from error

    def set_timeout(self, seconds: float | None) -> None:
        self._limit = seconds

    def reset(self) -> None:
        """What is temporary, and variables, are the connection's: there is a new one."""
        self.rollback()
        self._sqlalchemy.close()
        self._cursor.close()
        self._cursor = self._root.cursor()
        self._sqlalchemy = _for_inspector(self._cursor)
        self._running = Running(self._cursor.interrupt)
        self._limit, self._read_only = None, False
        self._generated.forget()
        if self._schema is not None:
            self.use(self._schema)

    def cancel(self) -> None:
        self._running.cancel()

    def close(self) -> None:
        self._running.finish()
        self._sqlalchemy.close()
        self._cursor.close()

    def _call(self, sql: str) -> None:
        try:
            self._cursor.execute(sql)
        except duckdb.Error as error:
            raise from_duckdb(error, None) from error


def _for_inspector(cursor: duckdb.DuckDBPyConnection) -> sa.Connection:
    return borrowed("duckdb://", duckdb_sqlalchemy.ConnectionWrapper(cursor))


class _Cursor:
    """Rows of the statement under way, in chunks that grow to DuckDB's vectors unless the rows are large."""

    def __init__(self, session: DuckDBSession, cursor: duckdb.DuckDBPyConnection) -> None:
        self._session = session
        self._cursor = cursor
        self._size = 64
        self._open = True

    def chunk(self) -> Sequence[Sequence[Any]]:
        if not self._open:
            return ()
        try:
            rows = self._cursor.fetchmany(self._size)
        except duckdb.Error as error:
            self._open = False
            raise self._session._failed(error) from error
        if not rows:
            self._open = False
            self._session.ended(failed=False)
            return ()
        self._size = next_size(rows)
        return rows

    def close(self) -> None:
        if self._open:
            self._open = False
            self._session._call("SELECT NULL")  # ends the result that was not read
            self._session.ended(failed=False)


def next_size(rows: Sequence[Sequence[Any]]) -> int:
    """How many rows like the last make about CHUNK_BYTES."""
    size = sum(len(value) for value in rows[-1] if isinstance(value, bytes | str))
    return max(1, min(CHUNK, CHUNK_BYTES // max(size, 1)))
