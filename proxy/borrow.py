"""What a gateway statement sees of the client's own session: ``plugins.Session`` over the I/O of ``borrowing.py``."""

import time
from typing import TYPE_CHECKING, Any

from plugins import AskwireError, ErrorCode, Facts, ResultSet, SeenStatement, UpstreamError
from plugins.errors import SQLSTATE
from plugins.transform import SessionFacts
from plugins.words import language_of
from proxy.borrowing import Borrowing
from proxy.followers import Decoding
from proxy.replies import Follower
from proxy.results import decoded, raise_for
from proxy.scratch import Scratch
from proxy.seen import previous
from proxy.trial import Trial
from proxy.wire.reply import Reply

if TYPE_CHECKING:
    from proxy.relay import Relay
    from proxy.telling import Telling


class Borrowed(Borrowing):
    """Implements ``plugins.Session``."""

    def __init__(self, relay: "Relay") -> None:
        super().__init__(relay)
        self.facts = Facts()

    # --- what plugins see -------------------------------------------------------------------------------------

    @property
    def id(self) -> int:
        return self._relay.login.connection_id

    @property
    def account(self) -> str:
        return self._account

    @property
    def database(self) -> str | None:
        return self._database

    @property
    def user(self) -> str:
        return self._relay.login.user.decode("utf-8", "replace")

    @property
    def previous(self) -> SeenStatement | None:
        return None if self._relay.observer is None else previous(self._relay.observer)

    @property
    def upstream(self) -> str:
        return self._relay.hub.settings.upstream_name

    @property
    def server_version(self) -> str:
        return self._relay.login.server_version

    @property
    def dialect(self) -> str:
        return "mysql"

    @property
    def schema_epoch(self) -> int:
        return self._relay.hub.schema_epoch

    @property
    def language(self) -> str:
        return language_of(self._relay.state, self._relay.hub.settings.language)

    @property
    def state(self) -> dict[str, Any]:
        return self._relay.state

    async def query(self, sql: str, *, time_limit_s: float | None = None, max_rows: int = 10_000) -> ResultSet:
        """See ``plugins.Session``."""
        reply = self.reply(decode=max_rows)
        follower = await self.guarded(sql, reply)
        command = self.command(self.with_time_limit(sql, time_limit_s))
        await self.begin()
        await self.exchange((command, follower), *self.ending())
        raise_for(reply.summary.error, self.results_charset)
        result = decoded(reply.summary, self.results_charset)
        if self._relay.hub.shield is not None and self._relay.guard is None:
            await self._relay.hub.shield.saw(sql, self.selected(frozenset()), result)
        return result

    def selected(self, modes: frozenset[str]) -> SessionFacts:
        """What a statement's meaning depends on here."""
        return SessionFacts(
            database=self.database,
            modes=modes,
            charset=self.client_charset_name,
            codec=self._client_charset.codec,
            kind=self.database_kind,
            epoch=self.schema_epoch,
            query=self.unchanged,
        )

    async def masked(self, sql: str, reply: Reply, *, binary: bool) -> Decoding | None:
        """What follows the reply to a ``Run``'s SQL where a plugin changes it. Raises ``AskwireError``."""
        guard = self._relay.guard
        if guard is None:
            return None
        checked = await guard.check(self, self.encoded(sql))
        return Decoding(guard.reply(self, checked, binary=binary), reply, keep=True)

    async def guarded(self, sql: str, reply: Reply) -> Follower:
        """What follows the reply to ``sql``: ``reply``, behind what a plugin changes. Raises ``UpstreamError``.

        To what asks for data, a plugin that refuses is a database that does.
        """
        guard = self._relay.guard
        if guard is None:
            return reply
        try:
            checked = await guard.check(self, self.encoded(sql))
        except AskwireError as error:
            raise UpstreamError(error.code.number, SQLSTATE, str(error)) from error
        return Decoding(guard.reply(self, checked), reply)

    @property
    def masks(self) -> str:
        """See ``plugins.Session``."""
        return "" if self._relay.guard is None else self._relay.guard.transform.identity

    def trial(self, time_limit_s: float) -> Trial:
        """See ``plugins.Session``."""
        self._check_free()
        self._trial = Trial(self, time_limit_s)
        return self._trial

    def scratch(self, time_limit_s: float) -> Scratch:
        """See ``plugins.Session``."""
        self._check_free()
        if self._relay.guard is not None:  # copies of columns would no longer be known for what they are
            raise AskwireError(ErrorCode.NO_SCRATCH, "Columns are masked for this account, so nothing is copied")
        self._scratch = Scratch(self, time_limit_s)
        return self._scratch

    def _check_free(self) -> None:
        if any(work is not None and work.open for work in (self._trial, self._scratch)):
            raise AskwireError(ErrorCode.INTERNAL, "A trial is under way in this session")

    # --- what the proxy uses ----------------------------------------------------------------------------------

    @property
    def database_kind(self) -> str:
        server = self._relay.hub.server
        if server is not None:
            return server.backend.dialect
        return "mariadb" if self._relay.login.is_mariadb else "mysql"

    @property
    def telling(self) -> "Telling | None":
        """Who tells plugins of the statement."""
        return self._relay.turn.telling

    def ran(self, sql: str, seconds: float, rows: int, size: int, error: UpstreamError | None) -> None:
        """A ``Run`` is over: its SQL is the session's last statement."""
        if self._relay.observer is not None:
            self._relay.observer.ran(
                SeenStatement(
                    sql, seconds, rows, size, error, self.user, self.database, self.id, self.upstream, time.time()
                )
            )
