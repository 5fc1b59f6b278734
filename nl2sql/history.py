"""SHOW AI HISTORY: what was asked, per account, and what people said of the answers; bounded."""

import asyncio
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from knowledge.database import Database
from plugins import AskwireError, ErrorCode

log = structlog.get_logger("askwire.nl2sql")

_ASKED = ("id", "asked_at", "database", "mode", "question", "sql", "outcome", "rows", "seconds", "model", "confidence")
COLUMNS = (*_ASKED, "feedback")
Entry = asyncio.Future[int | None]
FRAMED = "from"  # the mode of SQL around ASK('q'), which is not the answer to the question alone


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
    """``size`` questions are kept for each account; 0 keeps none."""

    def __init__(self, database: Database | None, size: int) -> None:
        self._database = database if size else None
        self._size = size
        self._pending: set[Entry] = set()

    def add(self, asked: Asked) -> Entry | None:
        """Write in the background; a write that fails is logged, never the statement's failure. Gives its id."""
        if self._database is None:
            return None
        at = datetime.now(UTC)
        entry: Entry = asyncio.ensure_future(self._database.write(lambda c: self._insert(c, asked, at)))
        self._pending.add(entry)
        entry.add_done_callback(self._written)
        return entry

    def _written(self, entry: Entry) -> None:
        self._pending.discard(entry)
        if not entry.cancelled() and (error := entry.exception()) is not None:
            log.error("history_not_written", error=str(error))

    async def of(self, upstream: str, account: str, limit: int) -> list[tuple[object, ...]]:
        """The account's own questions, the newest first, as ``COLUMNS``. Raises KNOWLEDGE_UNAVAILABLE."""
        if self._database is None:
            return []
        if self._pending:
            await asyncio.wait(self._pending)  # what was asked just now is in it
        try:
            return await self._database.read(lambda c: _select(c, upstream, account, limit))
        except (sqlite3.Error, OSError) as error:
            raise _unavailable(error) from error

    async def asked(self, upstream: str, account: str, entry: int) -> tuple[str, str, str | None] | None:
        """Database, question and answering SQL of the account's own question ``entry``.

        Raises KNOWLEDGE_UNAVAILABLE.
        """
        if self._database is None:
            return None
        answer = "CASE WHEN mode <> ? THEN sql END"
        sql = f"SELECT database, question, {answer} FROM history WHERE id = ? AND upstream = ? AND account = ?"
        try:
            return await self._database.read(lambda c: c.execute(sql, (FRAMED, entry, upstream, account)).fetchone())
        except (sqlite3.Error, OSError) as error:
            raise _unavailable(error) from error

    async def page(self, upstream: str, limit: int, before: int | None, account: str | None) -> list[dict[str, object]]:
        """Everybody's questions, or the account's, before the id ``before``, the newest first.

        Raises KNOWLEDGE_UNAVAILABLE.
        """
        where = "upstream = ?1 AND (?2 IS NULL OR id < ?2) AND (?3 IS NULL OR account = ?3) ORDER BY id DESC LIMIT ?4"
        return await self._everybody(where, (upstream, before, account, limit))

    async def slowest(self, upstream: str, limit: int) -> list[dict[str, object]]:
        """Everybody's questions that took longest. Raises KNOWLEDGE_UNAVAILABLE."""
        return await self._everybody("upstream = ? ORDER BY seconds DESC, id DESC LIMIT ?", (upstream, limit))

    async def _everybody(self, where: str, values: tuple[object, ...]) -> list[dict[str, object]]:
        if self._database is None:
            return []
        names = ("account", *COLUMNS)
        sql = f"SELECT {', '.join(names)} FROM history WHERE {where}"
        try:
            rows = await self._database.read(lambda c: c.execute(sql, values).fetchall())
        except (sqlite3.Error, OSError) as error:
            raise _unavailable(error) from error
        return [dict(zip(names, row, strict=True)) for row in rows]

    async def mark(self, entry: Entry | int | None, feedback: str) -> None:
        """Keep what the person said of the answer. Raises KNOWLEDGE_UNAVAILABLE."""
        if self._database is None or entry is None:
            return
        marked = entry if isinstance(entry, int) else await _written(entry)
        if marked is None:
            return
        sql = "UPDATE history SET feedback = ? WHERE id = ?"
        try:
            await self._database.write(lambda c: c.execute(sql, (feedback, marked)))
        except (sqlite3.Error, OSError) as error:
            raise _unavailable(error) from error

    async def close(self) -> None:
        """Wait for what is being written."""
        if self._pending:
            await asyncio.wait(self._pending)

    def _insert(self, c: sqlite3.Connection, asked: Asked, at: datetime) -> int | None:
        entry = c.execute(
            "INSERT INTO history (upstream, account, database, asked_at, mode, question, sql, outcome, rows,"
            " seconds, model, confidence) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(asked.upstream, asked.account, asked.database, at.isoformat(sep=" ", timespec="seconds")[:19]),
                *(asked.mode, asked.question, asked.sql, asked.outcome[:1000], asked.rows, round(asked.seconds, 3)),
                *(asked.model, asked.confidence),
            ),
        ).lastrowid
        c.execute(
            "DELETE FROM history WHERE upstream = ?1 AND account = ?2 AND id <= (SELECT id FROM history"
            " WHERE upstream = ?1 AND account = ?2 ORDER BY id DESC LIMIT 1 OFFSET ?3)",
            (asked.upstream, asked.account, self._size),
        )
        return entry


async def _written(entry: Entry) -> int | None:
    """The id, once it is written; None when that failed."""
    await asyncio.wait([entry])
    return None if entry.cancelled() or entry.exception() is not None else entry.result()


def _unavailable(error: Exception) -> AskwireError:
    return AskwireError(ErrorCode.KNOWLEDGE_UNAVAILABLE, f"The history cannot be read or written: {error}")


def _select(c: sqlite3.Connection, upstream: str, account: str, limit: int) -> list[tuple[object, ...]]:
    sql = f"SELECT {', '.join(COLUMNS)} FROM history WHERE upstream = ? AND account = ? ORDER BY id DESC LIMIT ?"
    return c.execute(sql, (upstream, account, limit)).fetchall()
