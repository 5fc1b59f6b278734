"""Runs one session's statements: what is the session's own, what is about the server, what the database answers."""

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import sqlalchemy as sa

from plugins import UpstreamError
from proxy.upstreams import statements
from proxy.upstreams.database import Database
from proxy.upstreams.effects import apply
from proxy.upstreams.metadata import Change, Metadata, Reflection, SessionView, Warning, reflect
from proxy.upstreams.named import NamedStatements
from proxy.upstreams.transactions import Transactions
from proxy.upstreams.types import Connection, Done, Result
from proxy.wire.charsets import Charset, charset

if TYPE_CHECKING:
    from proxy.upstreams.server import Server

_FLAGS = re.I | re.A | re.S
_KILL = re.compile(r"KILL\s+(?:(?:HARD|SOFT)\s+)?(?:(?P<what>CONNECTION|QUERY)\s+)?(?P<id>\d{1,10})\Z", _FLAGS)
_USE = re.compile(r"USE\s+(?:`(?P<quoted>(?:[^`]|``)+)`|(?P<plain>[^\s`;]+))\Z", _FLAGS)
_DIAGNOSTICS = re.compile(r"SHOW\s+(?:COUNT\s*\(\s*\*\s*\)\s*)?(?:WARNINGS|ERRORS)\b", _FLAGS)
_METADATA = frozenset({"SHOW", "DESCRIBE", "DESC", "EXPLAIN"})
_OK = Done()


class Executor:
    """One session's statements. Methods raise ``UpstreamError``; only ``cancel`` may be called from another thread."""

    def __init__(self, server: "Server", connection: Connection, view: SessionView) -> None:
        self._server = server
        self._connection = connection
        self._view = view
        backend = server.backend
        self._metadata = Metadata(
            view, self._reflect, dialect=backend.dialect, schema=backend.default_schema, alias=backend.database_name
        )
        self.transactions = Transactions(connection)
        self._database = Database(server, connection, view, self._metadata, self.transactions.reach)
        self._lock = threading.Lock()
        self._closed = False
        self._schema_epoch = server.schema_epoch
        self._named = NamedStatements(lambda: view.variables.user, self.check)
        self._words: dict[str, Callable[[str], bool]] = {
            "USE": self._use,
            "KILL": self._kill,
            "SET": self._set,
            "PREPARE": self._named.take,
            "DEALLOCATE": self._named.take,
            "DROP": self._named.take,
            **dict.fromkeys(("BEGIN", "START", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"), self.transactions.take),
        }

    # --- what the session asks ----------------------------------------------------------------------------------

    @property
    def status(self) -> int:
        """SERVER_STATUS_* flags."""
        return self.transactions.status

    @property
    def client_charset(self) -> Charset:
        return charset(str(self._view.variables.get("character_set_client")))

    @property
    def results_charset(self) -> Charset:
        name = self._view.variables.get("character_set_results")
        return charset(None if name is None else str(name))

    @property
    def database(self) -> str | None:
        return self._view.database

    @property
    def warning_count(self) -> int:
        return len(self._view.warnings)

    def decoded(self, body: bytes) -> str:
        """What the client sent, as text. Raises 1300."""
        return statements.decoded(body, self.client_charset)

    def use(self, database: str) -> None:
        """Select a database. Raises 1049."""
        self._database.use(database)

    def check(self, text: str) -> None:
        """Raises what makes a text impossible to prepare: 1064, or 1295 for several statements."""
        if len(statements.split(text)) > 1:
            raise UpstreamError(1295, "HY000", "This command is not supported in the prepared statement protocol yet")
        self._database.check(statements.trimmed(text))

    @contextmanager
    def run(self, text: str) -> Iterator[Result]:
        """Run one statement; its rows are read inside the ``with``."""
        raw = statements.RAW.match(text)
        statement = self._named.expanded(statements.trimmed(text))
        if not statement:
            raise UpstreamError(1065, "42000", "Query was empty")
        if not _DIAGNOSTICS.match(statement):
            self._view.warnings = ()
        self._forget_old_schema()
        if raw:
            statements.check_read(text)
            with self._around(statement, lambda: self._database.run_raw(text[raw.end() :])) as result:
                yield result
            return
        with self._set_for(statement) as rest:
            own = self._own(rest)
            if own is not None:
                yield own
                return
            with self._around(rest, lambda: self._database.run(rest)) as result:
                yield result

    @contextmanager
    def _around(self, statement: str, start: Callable[[], Result]) -> Iterator[Result]:
        schema = statements.changes_schema(statement)
        with self.transactions.statement(schema=schema):
            try:
                result = start()
            finally:
                if schema:  # before the client hears of it, and may look from another session
                    self._server.schema_changed()
            try:
                yield result
            finally:
                if not isinstance(result, Done):
                    result.close()

    def _forget_old_schema(self) -> None:
        """What any session of this server changed is seen by all."""
        epoch = self._server.schema_epoch
        if epoch != self._schema_epoch:
            self._schema_epoch = epoch
            self._metadata.invalidate()

    @contextmanager
    def _set_for(self, statement: str) -> Iterator[str]:
        """What a statement sets for itself, MAX_EXECUTION_TIME as a hint or SET STATEMENT … FOR; gives the rest."""
        hint = statements.TIME_HINT.match(statement)
        if hint is not None:
            setting = f"SET STATEMENT max_execution_time={hint[1]} FOR {statement}"
        elif statements.SET_STATEMENT.match(statement):
            setting = statement
        else:
            yield statement
            return
        result = self._metadata.set(setting, self._database.scalar)
        try:
            self._apply(result.changes)
            yield result.statement or statement
        finally:
            self._apply(result.restore())

    def done(self, done: Done) -> None:
        """A statement without rows is over."""
        self._view.row_count = done.affected_rows
        if done.last_insert_id:
            self._view.last_insert_id = done.last_insert_id

    def read(self, rows: int) -> None:
        """A result set is over."""
        self._view.row_count, self._view.found_rows = -1, rows

    def failed(self, error: UpstreamError) -> None:
        """For SHOW WARNINGS."""
        self._view.row_count = -1
        self._view.warnings = (Warning("Error", error.number, error.message),)

    def cancel(self) -> None:
        """Stop what the database does for this session now, if anything."""
        with self._lock:
            if not self._closed:
                self._metadata.interrupt()
                self._connection.cancel()

    def reset(self) -> None:
        """COM_RESET_CONNECTION: as after the log-in, but the database stays selected."""
        self.transactions.reset()
        self._view.variables.reset()
        self._named.clear()
        self._connection.reset()
        self._connection.set_time_zone("UTC")
        self._metadata.invalidate()
        self._view.last_insert_id, self._view.warnings = 0, ()

    def close(self) -> None:
        """End the session with the database."""
        with self._lock:
            self._closed = True
        self._metadata.close()
        self._connection.close()

    # --- the session's own statements ---------------------------------------------------------------------------

    def _own(self, statement: str) -> Result | None:
        word = statements.first_word(statement)
        if word in self._words or word in _METADATA:
            statements.check_read(statement)
        handler = self._words.get(word)
        if handler is not None and handler(statement):
            return _OK
        return self._database.metadata(statement) if word in _METADATA else None

    def _use(self, statement: str) -> bool:
        match = _USE.match(statement)
        if match is not None:
            self.use(match["plain"] or match["quoted"].replace("``", "`"))
        return match is not None

    def _kill(self, statement: str) -> bool:
        match = _KILL.match(statement)
        if match is not None:
            only_statement = (match["what"] or "").upper() == "QUERY"
            self._server.kill(int(match["id"]), self._view.user, connection=not only_statement)
        return match is not None

    def _set(self, statement: str) -> bool:
        self._apply(self._metadata.set(statement, self._database.scalar).changes)
        return True

    def _apply(self, changes: Sequence[Change]) -> None:
        apply(changes, self._connection, self.transactions)

    def _reflect(self) -> Reflection:
        try:
            return reflect(self._connection.sqlalchemy)
        except sa.exc.DBAPIError as error:
            if not error.connection_invalidated:
                raise
            raise UpstreamError(1158, "08S01", "Lost connection to the database") from error
