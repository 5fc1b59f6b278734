"""SHOW AI HISTORY: what was asked, per account. One SQLite file (WAL) for all processes of a gateway; bounded."""

import asyncio
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

log = structlog.get_logger("askwire.nl2sql")

_SCHEMA = """CREATE TABLE IF NOT EXISTS history (
  id INTEGER PRIMARY KEY AUTOINCREMENT, upstream TEXT NOT NULL, account TEXT NOT NULL, database TEXT NOT NULL,
  asked_at TEXT NOT NULL, mode TEXT NOT NULL, question TEXT NOT NULL, sql TEXT, outcome TEXT NOT NULL, rows INTEGER,
  seconds REAL NOT NULL, model TEXT, confidence REAL);
CREATE INDEX IF NOT EXISTS history_account ON history (upstream, account, id);"""
BUSY_SECONDS = 10.0
COLUMNS = ("id", "asked_at", "database", "mode", "question", "sql", "outcome", "rows", "seconds", "model", "confidence")


@dataclass(frozen=True, slots=True)
class Asked:
    """One question and how it ended. ``outcome``: ``ok``, ``shown``, ``cancelled`` or the error's message."""

    upstream: str
    account: str
    database: str
    mode: str
    question: str
    outcome: str
    seconds: float
    sql: str | None = None
    rows: int | None = None
    model: str | None = None
    confidence: float | None = None


class History:
    """Writes and reads in a thread of its own. ``size`` questions are kept for each account; 0 keeps none."""

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self._size = size
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="askwire-history")
        self._local = threading.local()
        self._pending: set[asyncio.Future[None]] = set()

    def add(self, asked: Asked) -> None:
        """Write in the background; a write that fails is logged, never the statement's failure."""
        if not self._size:
            return
        future = asyncio.get_running_loop().run_in_executor(self._worker, self._insert, asked, datetime.now(UTC))
        self._pending.add(future)
        future.add_done_callback(self._written)

    def _written(self, future: "asyncio.Future[None]") -> None:
        self._pending.discard(future)
        if not future.cancelled() and (error := future.exception()) is not None:
            log.error("history_not_written", error=str(error))

    async def of(self, upstream: str, account: str, limit: int) -> list[tuple[object, ...]]:
        """The account's own questions, the newest first, as ``COLUMNS``."""
        if not self._size:
            return []
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._worker, self._select, upstream, account, limit)

    async def close(self) -> None:
        """Wait for what is being written."""
        if self._pending:
            await asyncio.wait(self._pending)
        await asyncio.get_running_loop().run_in_executor(self._worker, self._disconnect)
        self._worker.shutdown()

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Questions may hold data: the file is its owner's alone.
            self._path.touch(mode=0o600)
            connection = sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.executescript(_SCHEMA)
            self._local.connection = connection
        return connection

    def _insert(self, asked: Asked, at: datetime) -> None:
        c = self._connection()
        c.execute("BEGIN IMMEDIATE")
        try:
            c.execute(
                "INSERT INTO history (upstream, account, database, asked_at, mode, question, sql, outcome, rows,"
                " seconds, model, confidence) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(asked.upstream, asked.account, asked.database, at.isoformat(sep=" ", timespec="seconds")[:19]),
                    *(asked.mode, asked.question, asked.sql, asked.outcome[:1000], asked.rows, round(asked.seconds, 3)),
                    *(asked.model, asked.confidence),
                ),
            )
            c.execute(
                "DELETE FROM history WHERE upstream = ?1 AND account = ?2 AND id <= (SELECT id FROM history"
                " WHERE upstream = ?1 AND account = ?2 ORDER BY id DESC LIMIT 1 OFFSET ?3)",
                (asked.upstream, asked.account, self._size),
            )
        except BaseException:
            c.execute("ROLLBACK")
            raise
        c.execute("COMMIT")

    def _select(self, upstream: str, account: str, limit: int) -> list[tuple[object, ...]]:
        return (
            self._connection()
            .execute(
                f"SELECT {', '.join(COLUMNS)} FROM history WHERE upstream = ? AND account = ? ORDER BY id DESC LIMIT ?",
                (upstream, account, limit),
            )
            .fetchall()
        )

    def _disconnect(self) -> None:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
