"""A transaction over the client's own session that is rolled back unless it is kept: ``plugins.Trial``.

Where the caller has no transaction open, ``autocommit = 0`` makes one: START TRANSACTION would release the caller's
LOCK TABLES. So what the caller does not see again must be taken back in order, each step only when the one before has
succeeded: ``autocommit = 1`` behind a ROLLBACK that failed would commit. Where the upstream is lost, it rolls back.
https://dev.mysql.com/doc/refman/8.4/en/savepoint.html, https://mariadb.com/kb/en/savepoint/
"""

import secrets
from types import TracebackType
from typing import TYPE_CHECKING, Self

from plugins import AskwireError, ErrorCode, ResultSet, UpstreamError
from proxy.results import MustSucceed, decoded, raise_for
from proxy.wire.ends import AUTOCOMMIT, IN_TRANSACTION
from proxy.wire.reply import Reply

if TYPE_CHECKING:
    from proxy.borrow import Borrowed

# NO CHAIN NO RELEASE: whatever the session's completion_type says.
# For the session, not for the next transaction: an implicit COMMIT (of DDL) or a second statement in the same text
# would end that one, and write. Not START TRANSACTION: it would release the caller's LOCK TABLES. COMMIT ends what an
# implicit transaction may have begun; it does not release table locks.
READ_ONLY = "SET SESSION TRANSACTION READ ONLY"
COMMIT = "COMMIT AND NO CHAIN NO RELEASE"
READ_WRITE = "SET SESSION TRANSACTION READ WRITE"
ROLLBACK = "ROLLBACK AND NO CHAIN NO RELEASE"
MYSQL = frozenset({"mysql", "mariadb"})
LOCK_WAIT_S = 2
# The gateway's own server takes SAVEPOINT there, for whoever does not go back to it.
NO_SAVEPOINTS = frozenset({"duckdb"})
# After a deadlock the whole transaction is gone, and its savepoints with it.
NO_SAVEPOINT = 1305


class Trial:
    """Used once: ``async with session.trial(…) as trial``."""

    def __init__(self, session: "Borrowed", time_limit_s: float) -> None:
        self._session = session
        self._limit = time_limit_s
        self._autocommit = False  # it was on, and is off for the time of the trial
        self._rollback: list[str] = []
        self._restore: list[str] = []
        self._keep = False
        self._incomplete = False
        self.open = False

    @property
    def incomplete(self) -> bool:
        """See ``plugins.Trial``."""
        return self._incomplete

    async def __aenter__(self) -> Self:
        try:
            await self._begin()
        except Exception:
            await self.end()
            raise
        return self

    async def _begin(self) -> None:
        session = self._session
        locks = session.database_kind in MYSQL
        asked = f"SELECT LAST_INSERT_ID(), {'@@innodb_lock_wait_timeout' if locks else '0'} LIMIT 1"
        last_id, wait = (int(value or 0) for value in (await session.query(asked)).rows[0])
        self.open = True
        self._restore = [f"SET SESSION last_insert_id={last_id}"]
        if locks:
            self._restore.append(f"SET SESSION innodb_lock_wait_timeout={wait}")
            await self._run(f"SET SESSION innodb_lock_wait_timeout={min(wait, LOCK_WAIT_S)}")
        if session.in_transaction:
            await self._save()
            return
        self._rollback = [ROLLBACK]
        if session.status & AUTOCOMMIT:
            self._autocommit = True
            self._restore.insert(0, "SET SESSION autocommit=1")
            await self._run("SET SESSION autocommit=0")

    async def _save(self) -> None:
        if self._session.database_kind in NO_SAVEPOINTS:
            raise AskwireError(
                ErrorCode.CANNOT_REHEARSE, "The database has no savepoints, and your transaction is open: end it first"
            )
        name = f"askwire_{secrets.token_hex(4)}"
        self._rollback = [f"ROLLBACK TO SAVEPOINT {name}", f"RELEASE SAVEPOINT {name}"]
        try:
            await self._run(f"SAVEPOINT {name}")
        except UpstreamError:
            self._rollback = []
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        try:
            if self._keep and kind is None:
                await self._commit()
        finally:
            await self.end()

    async def _commit(self) -> None:
        """In the caller's own transaction nothing is committed, only the savepoint goes."""
        if self._autocommit:
            await self._run(COMMIT)
        else:
            self._rollback = self._rollback[1:]

    # --- what the handler does --------------------------------------------------------------------------------

    async def query(self, sql: str, *, max_rows: int = 10_000) -> ResultSet:
        """See ``plugins.Trial``."""
        reply = await self._run(sql, decode=max_rows, limited=True)
        return decoded(reply.summary, self._session.results_charset)

    async def change(self, sql: str) -> int:
        """See ``plugins.Trial``."""
        reply = await self._run(sql, limited=True)
        if not reply.summary.status & IN_TRANSACTION:
            self._incomplete = True
            raise AskwireError(ErrorCode.CANNOT_REHEARSE, "The database ran the statement outside of any transaction")
        return reply.summary.affected_rows

    def keep(self) -> None:
        """See ``plugins.Trial``."""
        self._keep = True

    # --- the upstream -----------------------------------------------------------------------------------------

    async def _run(self, sql: str, *, decode: int = 0, limited: bool = False) -> Reply:
        """``limited``: it is not the gateway's own, so that plugins may refuse it, and it takes a limited time."""
        if not self.open:
            raise AskwireError(ErrorCode.INTERNAL, "The trial is over")
        reply = self._session.reply(decode=decode)
        follower = await self._session.guarded(sql, reply) if limited else reply
        sent = self._session.with_time_limit(sql, self._limit) if limited else sql
        await self._session.exchange((self._session.command(sent), follower))
        raise_for(reply.summary.error, self._session.results_charset)
        return reply

    async def end(self) -> None:
        """Roll back what was not kept and give the session back as it was; goes on where it was broken off.

        Raises ``UpstreamError`` when the upstream is lost, which it also is when a step fails.
        """
        while steps := self._rollback or self._restore:
            await self._session.idle()
            reply = MustSucceed(self._session.wire, tolerates=NO_SAVEPOINT)
            rolls_back = steps is self._rollback
            await self._session.exchange((self._session.command(steps.pop(0)), reply))
            self._incomplete |= rolls_back and reply.summary.warnings > 0
            if reply.summary.error is None:
                self._session.status = reply.summary.status
        self.open = False
