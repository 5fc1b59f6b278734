"""Catalogs kept between questions, per (upstream, account, masks, role, database).

A fingerprint of what the account sees now is taken with every question, so that a table that somebody changed, or a
right that was withdrawn, is never answered from an old catalog, wherever the change was made. Example values may be
``TTL_SECONDS`` old.
"""

import time
from collections import OrderedDict
from dataclasses import dataclass

from nl2sql.catalog import Catalog, read_catalog
from nl2sql.samples import with_samples
from plugins import AskwireError, ErrorCode, Session

TTL_SECONDS = 300.0
ENTRIES = 256
QUERY_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Moment:
    """What the session says about itself now: its date, its role, and the fingerprint of what it sees."""

    today: str
    role: str
    fingerprint: str


def _moment_sql(server_version: str) -> str:
    # CURRENT_ROLE() came with MariaDB 10.0.5 and MySQL 8.0.
    old = "mariadb" not in server_version.lower() and server_version.startswith(("5.", "4."))
    role = "''" if old else "COALESCE(CURRENT_ROLE(), '')"
    seen = "CONCAT_WS('\\t', TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, COLUMN_KEY, COLUMN_COMMENT, PRIVILEGES)"
    return (
        f"SELECT CURRENT_DATE, {role}, COUNT(*), BIT_XOR(CRC32({seen})), SUM(CRC32({seen}))"
        " FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()"
    )


async def read_moment(session: Session) -> Moment:
    """One query. Raises UpstreamError."""
    result = await session.query(_moment_sql(session.server_version), time_limit_s=QUERY_SECONDS, max_rows=1)
    today, role, *seen = ("" if v is None else v.decode() if isinstance(v, bytes) else v for v in result.rows[0])
    return Moment(today, role, "|".join([*seen, str(session.schema_epoch)]))


@dataclass(slots=True)
class _Entry:
    fingerprint: str
    catalog: Catalog
    read_at: float


class Catalogs:
    """The least recently used catalog goes when there are more than ``entries``."""

    def __init__(self, example_values: bool = True, entries: int = ENTRIES, ttl_s: float = TTL_SECONDS) -> None:
        self._example_values = example_values
        self._entries = entries
        self._ttl = ttl_s
        self._kept: OrderedDict[tuple[str, ...], _Entry] = OrderedDict()

    async def of(self, session: Session, moment: Moment) -> Catalog:
        """The catalog of the session's database. Raises NO_DATABASE, NO_TABLES and UpstreamError."""
        if not session.database:
            raise AskwireError(ErrorCode.NO_DATABASE, "No database is selected")
        key = (session.upstream, session.account, session.masks, moment.role, session.database)
        entry = self._kept.get(key)
        now = time.monotonic()
        if entry is None or entry.fingerprint != moment.fingerprint or now - entry.read_at > self._ttl:
            catalog = await read_catalog(session)
            if self._example_values:
                catalog = await with_samples(session, catalog)
            entry = self._kept[key] = _Entry(moment.fingerprint, catalog, now)
        self._kept.move_to_end(key)
        while len(self._kept) > self._entries:
            self._kept.popitem(last=False)
        if not entry.catalog.tables:
            raise AskwireError(ErrorCode.NO_TABLES, f"This account sees no table in {session.database!r}")
        return entry.catalog

    def __len__(self) -> int:
        return len(self._kept)
