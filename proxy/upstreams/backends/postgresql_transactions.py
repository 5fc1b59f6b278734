"""Transactions with PostgreSQL that behave as MySQL's do.

A statement that fails inside a transaction takes back only itself (a savepoint is before each), and after a deadlock
the whole transaction is gone. In a read-only session every statement outside a transaction runs in a READ ONLY one of
its own, which no statement can turn into a writing one: it has a snapshot already.
"""

import re

from plugins.upstream import UpstreamError
from proxy.upstreams.backends.errors import mysql_error
from proxy.upstreams.backends.gap import GAP
from proxy.upstreams.backends.postgresql_errors import PostgresError
from proxy.upstreams.backends.postgresql_wire import Wire
from proxy.upstreams.quoting import quoted

GUARD = "askwire_statement"
_FOR_GOOD = "SET TRANSACTION READ ONLY; SELECT 1"  # which no statement can take back once there is a snapshot
# Statements that no savepoint can be around.
_CONTROL = re.compile(rf"{GAP}*+(begin|start|commit|end|abort|rollback|savepoint|release|prepare)\b", re.IGNORECASE)


class PostgresTransactions:
    """Of one session: ``before`` each statement and ``ended`` after it, whatever becomes of it."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.read_only = False  # the session
        self.open = False  # one of the client's
        self._own = False  # the transaction around one statement of a read-only session
        self._guarded = False  # the savepoint GUARD is set

    def before(self, sql: str) -> list[str]:
        """What is to be run before a statement, in its round trip."""
        if _CONTROL.match(sql):
            self._release_guard()
        elif self.open and not self._wire.failed:
            release = [f"RELEASE SAVEPOINT {GUARD}"] if self._guarded else []
            self._guarded = True
            return [*release, f"SAVEPOINT {GUARD}"]
        elif self.read_only and not self.open:
            self._own = True
            return ["BEGIN READ ONLY", "SELECT 1"]
        return []

    def begun(self) -> None:
        """The client's own BEGIN was run."""
        if self.read_only:
            self._wire.command(_FOR_GOOD)

    def ended(self, error: UpstreamError | None) -> None:
        """The statement is over, with ``error`` if it failed."""
        own, self._own = self._own, False
        if own:
            self._wire.command("ROLLBACK" if error else "COMMIT")
        elif self._wire.failed and self._guarded:
            whole = isinstance(error, PostgresError) and error.number == 1213
            self._wire.command("ROLLBACK" if whole else f"ROLLBACK TO SAVEPOINT {GUARD}")
            self._guarded = not whole
        self.open = self._wire.in_transaction
        self._guarded = self._guarded and self.open

    def begin(self, *, read_only: bool) -> None:
        self._run(f"BEGIN; {_FOR_GOOD}" if read_only or self.read_only else "BEGIN READ WRITE")

    def commit(self) -> None:
        """Raises 1180 where what was done is lost."""
        if self.open:
            failed = self._wire.failed
            self._end("COMMIT")
            if failed:
                raise mysql_error(1180, "The transaction had failed and was rolled back")

    def rollback(self) -> None:
        if self.open:
            self._end("ROLLBACK")

    def savepoint(self, name: str) -> None:
        self._release_guard()
        self._run(f"SAVEPOINT {quoted(name)}")

    def rollback_to(self, name: str) -> None:
        self._release_guard()
        self._run(f"ROLLBACK TO SAVEPOINT {quoted(name)}")

    def release(self, name: str) -> None:
        self._release_guard()
        self._run(f"RELEASE SAVEPOINT {quoted(name)}")

    def _release_guard(self) -> None:
        if self._guarded:
            self._guarded = False
            self._run(f"RELEASE SAVEPOINT {GUARD}")

    def _end(self, sql: str) -> None:
        self._guarded = False
        self._run(sql)

    def _run(self, sql: str) -> None:
        try:
            self._wire.command(sql)
        finally:
            self.open = self._wire.in_transaction
