"""Documents and their chunks in the data folder's SQLite file, and the queue of what is to be loaded.

A document is staged chunk by chunk and becomes visible as a whole, in the transaction that takes its older version
away; so whoever searches never meets half of one, and an ingest that was killed goes on where it was.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from knowledge.bases import now, unavailable
from knowledge.database import Database, Work
from knowledge.records import Base
from plugins import AskwireError, ErrorCode

T = TypeVar("T")
OPEN = ("waiting", "reading", "embedding")
KEPT_LOADS = 200  # ended ones, of a base
MOST_OPEN = 10_000
_LOAD = "id, base, kind, origin, name, requested_by, state, error, done, total, hash"


@dataclass(frozen=True, slots=True)
class Load:
    """One thing to load. ``origin``: a path or URL. ``name``: what people see. ``done``, ``total``: chunks."""

    id: int
    base: int
    kind: str
    origin: str
    name: str
    requested_by: str
    state: str
    error: str
    done: int
    total: int
    hash: str

    @property
    def open(self) -> bool:
        return self.state in OPEN


@dataclass(frozen=True, slots=True)
class Stored:
    """A complete document."""

    id: int
    source: str
    title: str
    chunks: int
    bytes: int
    changed_at: str


@dataclass(frozen=True, slots=True)
class Counts:
    """What a base holds, and what is being loaded into it; ``done`` and ``total`` are chunks of that."""

    documents: int
    chunks: int
    open: int
    done: int
    total: int
    failed: int

    @property
    def state(self) -> str:
        return "loading" if self.open else "ready" if self.documents else "empty"


class Documents:
    """All methods raise KNOWLEDGE_UNAVAILABLE when the file fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # ---- the queue

    async def enqueue(self, base: Base, kind: str, origin: str, name: str, requested_by: str) -> int:
        """Have ``origin`` loaded; the id of the load, or of one that waits for the same already. Raises TOO_MANY."""

        def work(c: sqlite3.Connection) -> int:
            same = "SELECT id FROM loads WHERE base = ? AND name = ? AND origin = ? AND state = 'waiting'"
            waiting = c.execute(same, (base.id, name, origin)).fetchone()
            if waiting is not None:
                return int(waiting[0])
            if c.execute(f"SELECT COUNT(*) FROM loads WHERE state IN {OPEN}").fetchone()[0] >= MOST_OPEN:
                raise AskwireError(ErrorCode.TOO_MANY, f"{MOST_OPEN} files wait to be loaded already")
            sql = (
                "INSERT INTO loads (base, kind, origin, name, requested_by, state, added_at, changed_at)"
                " VALUES (?, ?, ?, ?, ?, 'waiting', ?, ?)"
            )
            return c.execute(sql, (base.id, kind, origin, name, requested_by, now(), now())).lastrowid or 0

        return await self._write(work)

    async def next(self) -> tuple[Load, Base] | None:
        """The oldest load that is not ended, with its base."""

        def work(c: sqlite3.Connection) -> tuple[Load, Base] | None:
            row = c.execute(f"SELECT {_LOAD} FROM loads WHERE state IN {OPEN} ORDER BY id LIMIT 1").fetchone()
            if row is None:
                return None
            base = "SELECT id, name, owner, embedder, backend, revision FROM bases WHERE id = ?"
            return Load(*row), Base(*c.execute(base, (row[1],)).fetchone())

        return await self._read(work)

    async def load(self, load: int) -> Load | None:
        """The load as it is now."""
        sql = f"SELECT {_LOAD} FROM loads WHERE id = ?"
        row = await self._read(lambda c: c.execute(sql, (load,)).fetchone())
        return Load(*row) if row is not None else None

    async def loads(self, base: Base) -> list[Load]:
        """The newest load of each name, those that are open or failed."""
        sql = (
            f"SELECT {_LOAD} FROM loads WHERE base = ?1 AND state <> 'done' AND id IN"
            " (SELECT MAX(id) FROM loads WHERE base = ?1 GROUP BY name) ORDER BY id"
        )
        return [Load(*row) for row in await self._read(lambda c: c.execute(sql, (base.id,)).fetchall())]

    async def failures(self, load: int) -> list[tuple[str, str]]:
        """(name, error) of the files in a load that could not be read."""
        sql = "SELECT name, error FROM failures WHERE load = ? ORDER BY rowid"
        return await self._read(lambda c: c.execute(sql, (load,)).fetchall())

    async def begin(self, load: int) -> bool:
        """Take a load up, anew or again; False when it was cancelled meanwhile."""

        def work(c: sqlite3.Connection) -> bool:
            c.execute("DELETE FROM failures WHERE load = ?", (load,))
            sql = f"UPDATE loads SET state = 'reading', changed_at = ? WHERE id = ? AND state IN {OPEN}"
            return c.execute(sql, (now(), load)).rowcount > 0

        return await self._write(work)

    async def fail(self, load: int, name: str, error: str) -> None:
        """One file of a load could not be read."""
        sql = "INSERT INTO failures SELECT id, ?, ? FROM loads WHERE id = ?"
        await self._write(lambda c: c.execute(sql, (name, error[:500], load)))

    async def end(self, load: Load, state: str, error: str = "", content: str = "", seen: Sequence[str] = ()) -> None:
        """The load is over. When it is done, what its origin held before and holds no more (``seen``) goes away.

        ``content``: the hash of what was loaded, so that the same need not be read again.
        """

        def work(c: sqlite3.Connection) -> None:
            sql = f"UPDATE loads SET state = ?, error = ?, hash = ?, changed_at = ? WHERE id = ? AND state IN {OPEN}"
            if not c.execute(sql, (state, error[:500], content, now(), load.id)).rowcount:
                return
            c.execute("DELETE FROM staged WHERE load = ?", (load.id,))
            if state == "done":
                had = c.execute(
                    "SELECT id, source FROM documents WHERE base = ? AND origin = ?", (load.base, load.name)
                )
                gone = [(document,) for document, source in had.fetchall() if source not in seen]
                c.executemany("DELETE FROM documents WHERE id = ?", gone)
                if gone:
                    _count_up(c, load.base)
            c.execute(
                f"DELETE FROM loads WHERE base = ?1 AND state NOT IN {OPEN} AND id NOT IN (SELECT MAX(id) FROM loads"
                " WHERE base = ?1 GROUP BY name) AND id NOT IN"
                " (SELECT id FROM loads WHERE base = ?1 ORDER BY id DESC LIMIT ?2)",
                (load.base, KEPT_LOADS),
            )

        await self._write(work)

    async def cancel(self, base: Base, load: int) -> bool:
        """Stop a load; whether it was open. What it had published stays."""

        def work(c: sqlite3.Connection) -> bool:
            sql = f"UPDATE loads SET state = 'cancelled', changed_at = ? WHERE id = ? AND base = ? AND state IN {OPEN}"
            c.execute("DELETE FROM staged WHERE load = ?", (load,))
            return c.execute(sql, (now(), load, base.id)).rowcount > 0

        return await self._write(work)

    async def loaded_before(self, load: Load) -> str:
        """The hash of what the last finished load of the same name held; "" when there is none."""
        sql = "SELECT hash FROM loads WHERE base = ? AND name = ? AND state = 'done' ORDER BY id DESC LIMIT 1"
        row = await self._read(lambda c: c.execute(sql, (load.base, load.name)).fetchone())
        return str(row[0]) if row is not None else ""

    # ---- staging

    async def has(self, base: Base, source: str, content: str) -> bool:
        """Whether the base holds this very document, with vectors where it has an embedder."""

        def work(c: sqlite3.Connection) -> bool:
            sql = "SELECT id FROM documents WHERE base = ? AND source = ? AND hash = ?"
            row = c.execute(sql, (base.id, source, content)).fetchone()
            if row is None or not base.embedder:
                return row is not None
            bare = "SELECT 1 FROM chunks WHERE document = ? AND vector IS NULL LIMIT 1"
            return c.execute(bare, row).fetchone() is None

        return await self._read(work)

    async def stage(
        self, load: int, source: str, title: str, content: str, size: int, chunks: Iterable[tuple[str, str]]
    ) -> int:
        """Keep a document's chunks (place, text) until they have vectors; goes on with the same one where it is there.

        Raises NOT_KNOWN when the load was cancelled or its base dropped.
        """

        def work(c: sqlite3.Connection) -> int:
            if c.execute(f"SELECT 1 FROM loads WHERE id = ? AND state IN {OPEN}", (load,)).fetchone() is None:
                raise AskwireError(ErrorCode.NOT_KNOWN, "The load was cancelled")
            row = c.execute("SELECT id FROM staged WHERE load = ? AND source = ? AND hash = ?", (load, source, content))
            staged = row.fetchone()
            if staged is None:
                c.execute("DELETE FROM staged WHERE load = ?", (load,))
                sql = "INSERT INTO staged (load, source, title, hash, bytes) VALUES (?, ?, ?, ?, ?)"
                staged = (c.execute(sql, (load, source, title, content, size)).lastrowid,)
                rows = [(staged[0], at, place, text) for at, (place, text) in enumerate(chunks)]
                c.executemany("INSERT INTO staged_chunks (staged, ordinal, place, text) VALUES (?, ?, ?, ?)", rows)
                sql = "UPDATE loads SET state = 'embedding', total = total + ?, changed_at = ? WHERE id = ?"
                c.execute(sql, (len(rows), now(), load))
            return int(staged[0])

        return await self._write(work)

    async def bare(self, staged: int, limit: int, after: int = -1) -> list[tuple[int, str, str]]:
        """(ordinal, place, text) of staged chunks without a vector, in order."""
        sql = (
            "SELECT ordinal, place, text FROM staged_chunks WHERE staged = ? AND vector IS NULL AND ordinal > ?"
            " ORDER BY ordinal LIMIT ?"
        )
        return await self._read(lambda c: c.execute(sql, (staged, after, limit)).fetchall())

    async def put_vectors(self, load: int, staged: int, vectors: Sequence[tuple[bytes, int]]) -> bool:
        """Keep (vector, ordinal); False when the load was cancelled meanwhile."""

        def work(c: sqlite3.Connection) -> bool:
            c.executemany(
                "UPDATE staged_chunks SET vector = ? WHERE staged = ? AND ordinal = ?",
                [(vector, staged, ordinal) for vector, ordinal in vectors],
            )
            sql = f"UPDATE loads SET done = done + ?, changed_at = ? WHERE id = ? AND state IN {OPEN}"
            return c.execute(sql, (len(vectors), now(), load)).rowcount > 0

        return await self._write(work)

    async def publish(self, load: Load, staged: int) -> bool:
        """Put a staged document in the place of its older version; False when the load was cancelled meanwhile."""

        def work(c: sqlite3.Connection) -> bool:
            row = c.execute("SELECT source, title, hash, bytes FROM staged WHERE id = ?", (staged,)).fetchone()
            if row is None:
                return False
            c.execute("DELETE FROM documents WHERE base = ? AND source = ?", (load.base, row[0]))
            count = c.execute("SELECT COUNT(*) FROM staged_chunks WHERE staged = ?", (staged,)).fetchone()[0]
            sql = (
                "INSERT INTO documents (base, origin, source, title, hash, bytes, chunks, changed_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            )
            document = c.execute(sql, (load.base, load.name, *row, count, now())).lastrowid
            c.execute(
                "INSERT INTO chunks (base, document, ordinal, place, text, vector)"
                " SELECT ?, ?, ordinal, place, text, vector FROM staged_chunks WHERE staged = ? ORDER BY ordinal",
                (load.base, document, staged),
            )
            c.execute("DELETE FROM staged WHERE id = ?", (staged,))
            _count_up(c, load.base)
            return True

        return await self._write(work)

    # ---- what there is

    async def sources(self, base: Base, origin: str) -> list[str]:
        """The documents that a load of this name brought."""
        sql = "SELECT source FROM documents WHERE base = ? AND origin = ?"
        return [row[0] for row in await self._read(lambda c: c.execute(sql, (base.id, origin)).fetchall())]

    async def stored(self, base: Base) -> list[Stored]:
        sql = "SELECT id, source, title, chunks, bytes, changed_at FROM documents WHERE base = ? ORDER BY source"
        return [Stored(*row) for row in await self._read(lambda c: c.execute(sql, (base.id,)).fetchall())]

    async def remove(self, base: Base, source: str | int) -> bool:
        """Take a document (by its source or id) out of the base; whether it was there."""
        key = "source" if isinstance(source, str) else "id"

        def work(c: sqlite3.Connection) -> bool:
            row = c.execute(
                f"SELECT id, origin FROM documents WHERE base = ? AND {key} = ?", (base.id, source)
            ).fetchone()
            if row is None:
                return False
            c.execute("DELETE FROM documents WHERE id = ?", row[:1])
            # The next load of the same file is to bring it back.
            c.execute("UPDATE loads SET hash = '' WHERE base = ? AND name = ?", (base.id, row[1]))
            _count_up(c, base.id)
            return True

        return await self._write(work)

    async def counts(self, base: Base) -> Counts:
        def work(c: sqlite3.Connection) -> Counts:
            had = "SELECT COUNT(*), COALESCE(SUM(chunks), 0) FROM documents WHERE base = ?"
            loads = (
                f"SELECT COUNT(*), COALESCE(SUM(done), 0), COALESCE(SUM(total), 0) FROM loads"
                f" WHERE base = ? AND state IN {OPEN}"
            )
            failed = (
                "SELECT COUNT(*) FROM loads WHERE base = ?1 AND state = 'failed' AND id IN"
                " (SELECT MAX(id) FROM loads WHERE base = ?1 GROUP BY name)"
            )
            read = [value for sql in (had, loads, failed) for value in c.execute(sql, (base.id,)).fetchone()]
            return Counts(*read)

        return await self._read(work)

    async def _read(self, work: Work[T]) -> T:
        try:
            return await self._database.read(work)
        except (sqlite3.Error, OSError) as error:
            raise unavailable(error) from error

    async def _write(self, work: Work[T]) -> T:
        try:
            return await self._database.write(work)
        except (sqlite3.Error, OSError) as error:
            raise unavailable(error) from error


def _count_up(c: sqlite3.Connection, base: int) -> None:
    c.execute("UPDATE bases SET revision = revision + 1 WHERE id = ?", (base,))
