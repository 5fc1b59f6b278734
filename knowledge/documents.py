"""Documents and their chunks in the data folder's SQLite file.

A document is staged chunk by chunk and becomes visible as a whole, in the transaction that takes its older version
away; so whoever searches never meets half of one, and an ingest that was killed goes on where it was.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.bases import now
from knowledge.database import Repository
from knowledge.records import OPEN, Base, Load
from knowledge.slices import SLICE, delete_some, in_slices, is_marked
from plugins import AskwireError, ErrorCode

# One that others have overtaken is written anew: ids of chunks rise in the order in which they become visible.
_SAME_STAGED = """
  SELECT id FROM documents AS d WHERE state = 'staged' AND load = ? AND source = ? AND hash = ? AND chunks = ?
  AND NOT EXISTS (SELECT 1 FROM chunks AS c JOIN documents ON documents.id = c.document AND documents.state <> 'gone'
    WHERE c.base = d.base AND c.id > (SELECT MIN(id) FROM chunks WHERE document = d.id) AND c.document <> d.id)"""


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


class Documents(Repository):
    """All methods raise KNOWLEDGE_UNAVAILABLE when the file fails."""

    async def has(self, base: Base, source: str, content: str) -> bool:
        """Whether the base holds this very document, with vectors where it has an embedder."""

        def work(c: sqlite3.Connection) -> bool:
            sql = "SELECT id FROM documents WHERE base = ? AND source = ? AND hash = ? AND state = 'ready'"
            row = c.execute(sql, (base.id, source, content)).fetchone()
            if row is None or not base.embedder:
                return row is not None
            bare = "SELECT 1 FROM chunks WHERE document = ? AND vector IS NULL LIMIT 1"
            return c.execute(bare, row).fetchone() is None

        return await self._read(work)

    async def stage(
        self, load: Load, source: str, title: str, content: str, size: int, chunks: Sequence[tuple[str, str]]
    ) -> int:
        """Keep a document's chunks (place, text), not yet to be found; goes on with the same one where it is there.

        Its id. Raises NOT_KNOWN when the load was cancelled or its base dropped.
        """

        def begin(c: sqlite3.Connection) -> int:
            if c.execute(f"SELECT 1 FROM loads WHERE id = ? AND state IN {OPEN}", (load.id,)).fetchone() is None:
                raise AskwireError(ErrorCode.NOT_KNOWN, "The load was cancelled")
            staged = c.execute(_SAME_STAGED, (load.id, source, content, len(chunks))).fetchone()
            if staged is None:
                leave_staged(c, load.id)
                values = (load.base, load.id, load.name, source, title, content, size, len(chunks), now())
                sql = (
                    "INSERT INTO documents (base, state, load, origin, source, title, hash, bytes, chunks, changed_at)"
                    " VALUES (?, 'staged', ?, ?, ?, ?, ?, ?, ?, ?)"
                )
                staged = (c.execute(sql, values).lastrowid,)
                sql = "UPDATE loads SET state = 'embedding', total = total + ?, changed_at = ? WHERE id = ?"
                c.execute(sql, (len(chunks), now(), load.id))
            return int(staged[0])

        document = await self._write(begin)

        def write(c: sqlite3.Connection) -> bool:
            if c.execute("SELECT 1 FROM documents WHERE id = ? AND state = 'staged'", (document,)).fetchone() is None:
                raise AskwireError(ErrorCode.NOT_KNOWN, "The load was cancelled")
            start = c.execute("SELECT COUNT(*) FROM chunks WHERE document = ?", (document,)).fetchone()[0]
            some = enumerate(chunks[start : start + SLICE], start)
            rows = [(load.base, document, at, place, text) for at, (place, text) in some]
            c.executemany("INSERT INTO chunks (base, document, ordinal, place, text) VALUES (?, ?, ?, ?, ?)", rows)
            return bool(start + len(rows) < len(chunks))

        await in_slices(lambda: self._write(write))
        return document

    async def bare(self, document: int, limit: int, after: int = -1) -> list[tuple[int, str, str]]:
        """(ordinal, place, text) of a document's chunks without a vector, in order."""
        sql = (
            "SELECT ordinal, place, text FROM chunks WHERE document = ? AND vector IS NULL AND ordinal > ?"
            " ORDER BY ordinal LIMIT ?"
        )
        return await self._read(lambda c: c.execute(sql, (document, after, limit)).fetchall())

    async def put_vectors(self, load: Load, document: int, vectors: Sequence[tuple[bytes, int]]) -> bool:
        """Keep (vector, ordinal); False when the load was cancelled meanwhile."""

        def work(c: sqlite3.Connection) -> bool:
            sql = f"UPDATE loads SET done = done + ?, changed_at = ? WHERE id = ? AND state IN {OPEN}"
            if not c.execute(sql, (len(vectors), now(), load.id)).rowcount:
                return False
            sql = "UPDATE chunks SET vector = ? WHERE document = ? AND ordinal = ?"
            c.executemany(sql, [(vector, document, ordinal) for vector, ordinal in vectors])
            return True

        return await self._write(work)

    async def publish(self, load: Load, document: int) -> bool:
        """Put a staged document in the place of its older version; False when the load was cancelled meanwhile."""

        def work(c: sqlite3.Connection) -> bool:
            row = c.execute("SELECT source FROM documents WHERE id = ? AND state = 'staged'", (document,)).fetchone()
            if row is None:
                return False
            old = "UPDATE documents SET state = 'gone' WHERE base = ? AND source = ? AND state = 'ready'"
            c.execute(old, (load.base, *row))
            c.execute("UPDATE documents SET state = 'ready', changed_at = ? WHERE id = ?", (now(), document))
            count_up(c, load.base)
            return True

        return await self._write(work)

    # ---- what there is

    async def sources(self, base: Base, origin: str) -> list[str]:
        """The documents that a load of this name brought."""
        sql = "SELECT source FROM documents WHERE base = ? AND origin = ? AND state = 'ready'"
        return [row[0] for row in await self._read(lambda c: c.execute(sql, (base.id, origin)).fetchall())]

    async def stored(self, base: Base) -> list[Stored]:
        sql = (
            "SELECT id, source, title, chunks, bytes, changed_at FROM documents WHERE base = ? AND state = 'ready'"
            " ORDER BY source"
        )
        return [Stored(*row) for row in await self._read(lambda c: c.execute(sql, (base.id,)).fetchall())]

    async def remove(self, base: Base, document: int) -> bool:
        """Take a document out of the base; whether it was there."""
        return bool(await self._write(lambda c: _take_out(c, base.id, "id = ?", document)))

    async def unload(self, base: Base, name: str) -> int:
        """Take out what ``name`` brought, stop what loads it, and forget that it failed; how many of these there were.

        ``name``: a document's source, or the file, archive, folder or URL that was loaded. Raises NOT_KNOWN for none.
        """

        def work(c: sqlite3.Connection) -> int:
            # Nothing is not a folder that holds all absolute paths.
            below = f"{name.rstrip('/')}/" if name.strip("/") else "\0"
            named = (name, name, len(below), below)
            taken = _take_out(c, base.id, "(source = ? OR origin = ? OR substr(source, 1, ?) = ?)", *named)
            like = "base = ? AND (name = ? OR substr(name, 1, ?) = ?)"
            which = (base.id, name, len(below), below)
            stopped = c.execute(f"SELECT id FROM loads WHERE {like} AND state IN {OPEN}", which).fetchall()
            for (load,) in stopped:
                leave_staged(c, load)
            gone = c.execute(f"DELETE FROM loads WHERE {like} AND state <> 'done'", which)
            its = f"load IN (SELECT id FROM loads WHERE {like})"
            of = f"{its} OR name = ? AND load IN (SELECT id FROM loads WHERE base = ?)"
            parts = c.execute(f"DELETE FROM failures WHERE {of}", (*which, name, base.id))
            if not (forgotten := taken + gone.rowcount + parts.rowcount):
                advice = f"SHOW AI KNOWLEDGE {base.name} lists its documents."
                raise AskwireError(ErrorCode.NOT_KNOWN, f"{base.name} has no document {name!r}", advice)
            return forgotten

        return await self._write(work)

    async def counts(self, base: Base) -> Counts:
        def work(c: sqlite3.Connection) -> Counts:
            had = "SELECT COUNT(*), COALESCE(SUM(chunks), 0) FROM documents WHERE base = ? AND state = 'ready'"
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

    # ---- what is marked to be deleted

    async def has_marked(self) -> bool:
        """Whether ``purge`` has anything to do."""
        return await self._read(is_marked)

    async def purge(self) -> None:
        """Delete what was dropped, removed or replaced. Cancelled or killed, it goes on with the next call."""
        await in_slices(lambda: self._write(delete_some))


def _take_out(c: sqlite3.Connection, base: int, which: str, *values: str | int) -> int:
    """Mark documents as gone; how many. Raises sqlite3.Error."""
    sql = f"UPDATE documents SET state = 'gone' WHERE base = ? AND state = 'ready' AND {which} RETURNING origin"
    origins = [row[0] for row in c.execute(sql, (base, *values)).fetchall()]
    # The next load of the same files is to bring them back.
    forget = "UPDATE loads SET hash = '' WHERE base = ? AND name = ?"
    c.executemany(forget, [(base, origin) for origin in dict.fromkeys(origins)])
    if origins:
        count_up(c, base)
    return len(origins)


def leave_staged(c: sqlite3.Connection, load: int) -> None:
    """What the load staged is not needed any more. Raises sqlite3.Error."""
    c.execute("UPDATE documents SET state = 'gone' WHERE load = ? AND state = 'staged'", (load,))


def count_up(c: sqlite3.Connection, base: int) -> None:
    """The base's chunks changed. Raises sqlite3.Error."""
    c.execute("UPDATE bases SET revision = revision + 1 WHERE id = ?", (base,))
