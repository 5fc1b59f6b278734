"""A client's own upstream session, as a handler is lent it."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from plugins.answered import Facts
from plugins.upstream import ResultSet, SeenStatement


class Trial(Protocol):
    """What a handler does inside of ``Session.trial``."""

    async def query(self, sql: str, *, max_rows: int = 10_000) -> ResultSet:
        """Read inside the transaction: what was changed is seen. Raises ``UpstreamError``."""

    async def change(self, sql: str) -> int:
        """Run one INSERT, UPDATE or DELETE; returns the affected rows, as the caller's own statement would tell them.

        Raises ``UpstreamError``, and CANNOT_REHEARSE when the database did not keep it inside the transaction.
        """

    def keep(self) -> None:
        """Do not roll back at the end: commit, or leave it to the caller's own transaction."""

    @property
    def incomplete(self) -> bool:
        """After the end: the database said that not everything could be rolled back."""


class Scratch(Protocol):
    """What a handler does inside of ``Session.scratch``. Every method raises ``UpstreamError``.

    Tables are temporary, of random names, and go by the name that ``create`` returned: quoted, with its database, to be
    put into other SQL as it is. ``select`` is one SELECT (NO_SCRATCH if it is more): what it calls is called, so it is
    for the plugin to see that it only reads. On MySQL the time limit holds for ``query`` only: bound the rows.
    """

    async def create(self, select: str) -> str:
        """A table of what ``select`` reads, without any index; returns its name."""

    async def create_like(self, table: str, database: str | None = None) -> str:
        """An empty table with the columns and indexes of that one; returns its name. Not of views and partitions."""

    async def insert(self, table: str, columns: Sequence[str], select: str) -> int:
        """Returns how many rows came in."""

    async def add_index(
        self,
        table: str,
        columns: Sequence[str],
        *,
        prefixes: Mapping[str, int] | None = None,
        descending: Collection[str] = (),
    ) -> str:
        """Returns the index's name. ``prefixes``: of these columns, only so many characters; ``columns`` in order."""

    async def drop_index(self, table: str, index: str) -> None:
        """Another one may be tried."""

    async def analyze(self, table: str) -> None:
        """Bring the statistics up to date."""

    async def query(self, sql: str, *, max_rows: int = 10_000) -> ResultSet:
        """As ``Session.query``. MySQL (MariaDB does not) refuses a temporary table twice in one query (1137)."""


class Session(Protocol):
    """One client's own upstream session, lent to a handler for the time of one statement."""

    @property
    def id(self) -> int:
        """The upstream's connection id, as CONNECTION_ID() says it."""

    @property
    def account(self) -> str:
        """The account that the upstream authenticated: CURRENT_USER(), ``user@host``."""

    @property
    def database(self) -> str | None:
        """The selected database."""

    @property
    def user(self) -> str:
        """The name that the client logged in with."""

    @property
    def upstream(self) -> str:
        """Names the upstream without credentials: ``mysql://127.0.0.1:3306``."""

    @property
    def server_version(self) -> str:
        """As the upstream's greeting says it: ``10.11.6-MariaDB``, ``8.4.3``."""

    @property
    def database_kind(self) -> str:
        """What stands behind the gateway: ``mysql``, ``mariadb``, else sqlglot's name: ``postgres``, ``duckdb``, …"""

    @property
    def dialect(self) -> str:
        """The sqlglot dialect of SQL that the upstream takes: ``mysql``."""

    @property
    def in_transaction(self) -> bool:
        """The caller has a transaction open; what is read happens inside it."""

    @property
    def schema_epoch(self) -> int:
        """Goes up whenever DDL or a GRANT was seen on the wire to this upstream; keys a catalog's cache."""

    @property
    def masks(self) -> str:
        """Names what plugins change of the results that this session sees; "" for nothing.

        Belongs into the key of whatever is kept of an account's data: it may be masked from one address only.
        """

    @property
    def previous(self) -> SeenStatement | None:
        """The session's last statement, relayed or run by an ASK; USE, SHOW WARNINGS and the gateway's own are none.

        None before the first, after one that is not kept, where the client's pipelining leaves it in doubt, and where
        nothing is watched.
        """

    @property
    def language(self) -> str:
        """In which language the gateway speaks to this client (``plugins.words``): ``en``, ``zh``, ``ja``."""

    @property
    def state(self) -> dict[str, Any]:
        """A plugin's own values for the life of this client session; COM_CHANGE_USER and reset clear it."""

    @property
    def facts(self) -> Facts:
        """Of the statement that is being answered; the handler sets them (see ``askwire_answered``)."""

    async def query(self, sql: str, *, time_limit_s: float | None = None, max_rows: int = 10_000) -> ResultSet:
        """Run one read-only statement over the caller's session and decode its result.

        Where the caller has no transaction open it runs in a READ ONLY transaction of its own.
        Raises ``UpstreamError``.
        """

    def trial(self, time_limit_s: float) -> AbstractAsyncContextManager[Trial]:
        """A transaction that may write, rolled back at its end unless it was kept; a savepoint in the caller's own.

        Whatever ends it (an error, KILL, a client that leaves), autocommit and the session are as they were.
        ``time_limit_s`` is for each statement, waiting for locks included. Entering and leaving it raise
        ``UpstreamError``; after an error on leaving a trial that was kept, nothing was changed.
        """

    def scratch(self, time_limit_s: float) -> AbstractAsyncContextManager[Scratch]:
        """Temporary tables of the gateway's own, on MySQL and MariaDB, to try advice on a sample.

        Whatever ends it (an error, KILL, a client that leaves), they are gone and the session is as it was. The rows
        that are copied are not locked. ``time_limit_s`` is for each statement. Entering raises NO_SCRATCH where the
        database is another one or the caller has a transaction open, and creating a table ``UpstreamError`` where the
        account may make temporary tables in no database. With LOCK TABLES only locked tables can be copied (1100).
        """
