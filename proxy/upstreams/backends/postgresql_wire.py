"""One libpq connection: statements sent, results read in chunks as text, no transaction needed.

Chunked rows mode: https://www.postgresql.org/docs/current/libpq-single-row-mode.html
*Measured* (2 cores, 500,000 rows of 10 columns): psycopg's own execute and fetchall 290,000 rows/s; this, 1.3 million.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from psycopg import capabilities, generators, waiting
from psycopg.abc import Loader
from psycopg.adapt import AdaptersMap, Transformer
from psycopg.pq import ConnStatus, ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

from proxy.upstreams.backends.errors import lost, mysql_error
from proxy.upstreams.backends.postgresql_errors import from_result
from proxy.upstreams.backends.running import Running

CHUNK = 64  # rows: more is no faster, and a chunk of large rows must fit into memory
MOST_ENDS = 8  # results that may come between a statement's end and its pipeline's
BYTEA = 17
CANCEL_TIMEOUT_S = 10.0
# https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-ASYNC: what the server tells when it changes.
_REPORTED = (
    (b"client_encoding", b"UTF8"),
    (b"DateStyle", b"ISO"),
    (b"IntervalStyle", b"postgres"),
    (b"standard_conforming_strings", b"on"),
)
_ROWS = (ExecStatus.TUPLES_CHUNK, ExecStatus.SINGLE_TUPLE, ExecStatus.TUPLES_OK)
_COPIES = (ExecStatus.COPY_IN, ExecStatus.COPY_OUT, ExecStatus.COPY_BOTH)
_FAILED = (ExecStatus.FATAL_ERROR, ExecStatus.BAD_RESPONSE)


class _AsTheyCome(AdaptersMap):
    """Every value as its bytes, copied in C: psycopg's loader of binary bytea does just that."""

    def get_loader(self, oid: int, format: Format) -> type[Loader] | None:
        return super().get_loader(BYTEA, Format.BINARY)


class _Context:
    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.adapters: AdaptersMap = _AsTheyCome(psycopg.adapters)
        self.connection = connection


class Wire:
    """Raises ``UpstreamError``. Used by one thread; ``running`` lets others cancel."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._pg: PGconn = connection.pgconn
        self._cells = Transformer(_Context(connection))
        self._chunked = capabilities.has_stream_chunked()
        self._pipeline = False
        self.running = Running(self._interrupt)

    @property
    def in_transaction(self) -> bool:
        """Between statements."""
        return self._pg.transaction_status in (TransactionStatus.INTRANS, TransactionStatus.INERROR)

    @property
    def failed(self) -> bool:
        """The open transaction takes no more statements."""
        return self._pg.transaction_status == TransactionStatus.INERROR

    @property
    def as_expected(self) -> bool:
        """The server's reports say that the settings which the translation and the cells stand on are as they were."""
        return all((self._pg.parameter_status(name) or b"").startswith(value) for name, value in _REPORTED)

    def command(self, sql: str) -> Sequence[PGresult]:
        """Run statements of our own (several, with ``;``) in one round trip; all their results."""
        try:
            self._pg.send_query(sql.encode())
            results: Sequence[PGresult] = waiting.wait(generators.execute(self._pg), self._pg.socket)
        except psycopg.Error as error:
            raise lost() from error
        for result in results:
            if result.status in _FAILED:
                raise self._error(result)
        return results

    def start(self, sql: str, before: Sequence[str] = ()) -> PGresult:
        """Send one statement; its first result. What follows is for ``fetch``.

        ``before``: statements of our own, in the same round trip; they have no rows.
        https://www.postgresql.org/docs/current/libpq-pipeline-mode.html
        """
        try:
            if before:
                self._pg.enter_pipeline_mode()
                self._pipeline = True
            for statement in (*before, sql):
                self._pg.send_query_params(statement.encode("utf-8", "replace"), None)
            if before:
                self._pg.pipeline_sync()
            else:
                self._read_in_chunks()
            waiting.wait(generators.send(self._pg), self._pg.socket)
            for _ in before:
                self._skip()
            if before:
                self._read_in_chunks()
        except psycopg.Error as error:
            raise lost() from error
        result = self.fetch()
        if result is None:
            raise lost()
        if result.status in _COPIES:
            self._leave_copy(result)
        return result

    def _read_in_chunks(self) -> None:
        if self._chunked:
            self._pg.set_chunked_rows_mode(CHUNK)
        else:
            self._pg.set_single_row_mode()

    def _skip(self) -> None:
        """A statement of our own, to its end."""
        failed: PGresult | None = None
        while (result := waiting.wait(generators.fetch(self._pg), self._pg.socket)) is not None:
            failed = result if result.status in _FAILED else failed
        if failed is not None:
            self.drain()
            raise self._error(failed)

    def fetch(self) -> PGresult | None:
        """The next result; None at the statement's end."""
        try:
            result = self._next()
        except psycopg.Error as error:
            raise lost() from error
        if result is not None and result.status in _FAILED:
            failure = self._error(result)
            self.drain()
            raise failure
        return result

    def drain(self) -> None:
        """Read to the statement's end, errors included."""
        try:
            while self._next() is not None:
                pass
        except psycopg.Error:
            return  # the connection is gone, which the next statement will say

    def _next(self) -> PGresult | None:
        result: PGresult | None = waiting.wait(generators.fetch(self._pg), self._pg.socket)
        if result is None and self._pipeline:
            self._leave_pipeline()
        return result

    def _leave_pipeline(self) -> None:
        """At the statement's end; what comes last is the answer to the synchronisation."""
        self._pipeline = False
        for _ in range(MOST_ENDS):
            result = waiting.wait(generators.fetch(self._pg), self._pg.socket)
            if result is not None and result.status == ExecStatus.PIPELINE_SYNC:
                break
        try:
            self._pg.exit_pipeline_mode()
        except psycopg.Error:  # the server went away, or is out of step: nothing more can be said to it
            self._connection.close()
            raise

    def rows(self, result: PGresult) -> list[tuple[Any, ...]]:
        """Cells of a result."""
        self._cells.set_pgresult(result)
        return self._cells.load_rows(0, result.ntuples, tuple)

    def chunks(self, first: PGresult) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of a statement, from its first result on."""
        result: PGresult | None = first
        while result is not None:
            if result.ntuples:
                yield self.rows(result)
            result = self.fetch()

    def has_rows(self, result: PGresult) -> bool:
        return result.status in _ROWS

    def _interrupt(self) -> None:
        try:
            self._connection.cancel_safe(timeout=CANCEL_TIMEOUT_S)
        except psycopg.Error:
            return  # the server is gone, and the statement with it

    def _error(self, result: PGresult) -> Exception:
        if self._pg.status == ConnStatus.BAD:
            return lost()
        return from_result(result)

    def _leave_copy(self, result: PGresult) -> None:
        """COPY's own protocol has no place in MySQL's."""
        try:
            if result.status == ExecStatus.COPY_IN:
                waiting.wait(generators.copy_end(self._pg, b"not supported"), self._pg.socket)
            else:
                self._interrupt()
                while not isinstance(waiting.wait(generators.copy_from(self._pg), self._pg.socket), type(result)):
                    pass
        except psycopg.Error:
            pass  # that it was stopped
        self.drain()
        raise mysql_error(1235, "This version of askwire doesn't yet support 'COPY'")
