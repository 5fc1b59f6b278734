"""The types between the gateway's own MySQL server and what it stands on.

A ``Backend`` is one database behind one URL; a ``Connection`` is one client's session with it, used by one thread at a
time (``cancel`` from any); ``Rows`` and ``Done`` are what a statement gives.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa

from proxy.wire.columns import ColumnDefinition


class Rows(Protocol):
    """A result set that is read as it is encoded; nothing is held but a batch."""

    @property
    def columns(self) -> tuple[ColumnDefinition, ...]:
        """Known before the first batch."""

    def batches(self, *, binary: bool, codec: str) -> Iterator[Sequence[bytes]]:
        """Row payloads without packet headers, in the text or the binary protocol; text in ``codec`` (Python's name).

        Raises ``UpstreamError``. To be called once.
        """

    def close(self) -> None:
        """Give up what was not read."""


@dataclass(frozen=True, slots=True)
class Done:
    """A statement without rows. ``affected_rows``: rows found, whether they changed or not."""

    affected_rows: int = 0
    last_insert_id: int = 0
    info: str = ""

    @classmethod
    def of_update(cls, count: int) -> "Done":
        """Of an UPDATE, of which MySQL says more."""
        return cls(count, info=f"Rows matched: {count}  Changed: {count}  Warnings: 0")


Result = Rows | Done


class Connection(Protocol):
    """One client's own session with the database. All errors are ``UpstreamError`` with MySQL's numbers."""

    @property
    def sqlalchemy(self) -> sa.Connection:
        """The same session, for SQLAlchemy's inspector."""

    @property
    def in_transaction(self) -> bool:
        """A transaction is open."""

    def execute(self, sql: str) -> Result:
        """Run one statement in the database's own dialect. The rows before must have been read or closed."""

    def begin(self, *, read_only: bool) -> None:
        """Open a transaction."""

    def commit(self) -> None:
        """Does nothing when none is open."""

    def rollback(self) -> None:
        """Does nothing when none is open."""

    def savepoint(self, name: str) -> None: ...

    def rollback_to(self, name: str) -> None: ...

    def release(self, name: str) -> None: ...

    def set_read_only(self, read_only: bool) -> None:
        """For every statement outside a transaction, and every transaction, from now on."""

    def use(self, schema: str) -> None:
        """Unqualified names mean this schema. Raises 1049."""

    def set_time_zone(self, zone: str) -> None:
        """``UTC``, ``+02:00``, ``Europe/Berlin``. Raises 1298."""

    def set_timeout(self, seconds: float | None) -> None:
        """A limit for each statement from now on; one that exceeds it fails with 3024."""

    def cancel(self) -> None:
        """Stop what runs now (it fails with 1317); from any thread; does nothing when nothing runs."""

    def reset(self) -> None:
        """As when it was opened, but the schema stays: no transaction, temporary tables, locks, settings or roles."""

    def close(self) -> None:
        """End the session; what was not committed is rolled back."""


class Backend(Protocol):
    """One database behind one URL."""

    @property
    def dialect(self) -> str:
        """sqlglot's name: postgres, duckdb, sqlite, …"""

    @property
    def has_accounts(self) -> bool:
        """The database has users of its own, so it decides who may log in."""

    @property
    def default_schema(self) -> str:
        """``public``, ``main``: what a client is in that selected nothing."""

    @property
    def database_name(self) -> str:
        """The name in the URL: another name of the default schema."""

    def connect(self, user: str, password: str) -> Connection:
        """Open a session as that user (ignored where the database has no accounts). Raises ``UpstreamError`` (1045)."""

    def close(self) -> None:
        """Close what sessions share."""


Row = tuple[Any, ...]
