"""The queue of what is to be loaded into knowledge bases, in the data folder's SQLite file, and what became of it."""

import sqlite3
from collections.abc import Collection

from knowledge.bases import now
from knowledge.database import Repository
from knowledge.documents import count_up, leave_staged
from knowledge.records import OPEN, Base, Load
from plugins import AskwireError, ErrorCode

KEPT = 3  # ended ones, of each name: whoever waits for one still finds it when the next one ends
MOST_OPEN = 10_000  # of a base
_LOAD = "id, base, kind, origin, name, requested_by, state, error, done, total, hash"


class Loads(Repository):
    """All methods raise KNOWLEDGE_UNAVAILABLE when the file fails."""

    async def enqueue(self, base: Base, kind: str, origin: str, name: str, requested_by: str) -> int:
        """Have ``origin`` loaded; the id of the load, or of one that waits for the same already. Raises as below."""
        return (await self.enqueue_all(base, [(kind, origin, name)], requested_by))[0]

    async def enqueue_all(self, base: Base, wanted: Collection[tuple[str, str, str]], requested_by: str) -> list[int]:
        """Have all that is ``wanted`` (kind, origin, name) loaded, or nothing.

        Raises TOO_MANY, and NOT_KNOWN when the base was dropped meanwhile.
        """

        def work(c: sqlite3.Connection) -> list[int]:
            if c.execute("SELECT 1 FROM bases WHERE id = ? AND folded IS NOT NULL", (base.id,)).fetchone() is None:
                raise AskwireError(ErrorCode.NOT_KNOWN, f"The knowledge base {base.name!r} was dropped")
            same = "SELECT origin, name, id FROM loads WHERE base = ? AND state = 'waiting'"
            waiting = {(origin, name): id_ for origin, name, id_ in c.execute(same, (base.id,))}
            new = [one for one in dict.fromkeys(wanted) if one[1:] not in waiting]
            if len(waiting) + len(new) > MOST_OPEN:
                message = f"{len(waiting)} files wait for {base.name!r} already; {MOST_OPEN} may, not {len(new)} more"
                raise AskwireError(ErrorCode.TOO_MANY, message)
            sql = (
                "INSERT INTO loads (base, kind, origin, name, requested_by, state, added_at, changed_at)"
                " VALUES (?, ?, ?, ?, ?, 'waiting', ?, ?)"
            )
            at = now()
            for one in new:
                waiting[one[1:]] = c.execute(sql, (base.id, *one, requested_by, at, at)).lastrowid or 0
            return [waiting[one[1:]] for one in wanted]

        return await self._write(work)

    async def next(self, taken: int = 0, of: int = 0) -> tuple[Load, Base] | None:
        """The load to take up after ``taken``, which is ``of`` that base: the oldest of the next base.

        So nobody's thousand files keep others waiting.
        """

        def work(c: sqlite3.Connection) -> tuple[Load, Base] | None:
            sql = (
                f"SELECT {_LOAD} FROM loads WHERE id IN (SELECT MIN(id) FROM loads WHERE state IN {OPEN} AND id <> ?"
                " GROUP BY base) ORDER BY base <= ?, base LIMIT 1"
            )
            row = c.execute(sql, (taken, of)).fetchone()
            if row is None:
                return None
            base = "SELECT id, name, owner, embedder, backend, revision FROM bases WHERE id = ?"
            return Load(*row), Base(*c.execute(base, (row[1],)).fetchone())

        return await self._read(work)

    async def get(self, load: int) -> Load | None:
        """The load as it is now."""
        sql = f"SELECT {_LOAD} FROM loads WHERE id = ?"
        row = await self._read(lambda c: c.execute(sql, (load,)).fetchone())
        return Load(*row) if row is not None else None

    async def uploads(self) -> set[str]:
        """The files of the uploads that are not loaded yet."""
        sql = f"SELECT origin FROM loads WHERE kind = 'upload' AND state IN {OPEN}"
        return {row[0] for row in await self._read(lambda c: c.execute(sql).fetchall())}

    async def listed(self, base: Base) -> list[Load]:
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

    async def failed(self, base: Base) -> list[tuple[str, str, str]]:
        """(name, state, error) of what the newest load of each name could not read, and of what is not loaded yet."""
        sql = (
            "SELECT COALESCE(failures.name, loads.name), IIF(failures.name IS NULL, state, 'failed'),"
            " COALESCE(failures.error, loads.error) FROM loads LEFT JOIN failures ON failures.load = loads.id"
            " WHERE base = ?1 AND (state <> 'done' OR failures.name IS NOT NULL) AND id IN"
            " (SELECT MAX(id) FROM loads WHERE base = ?1 GROUP BY name) ORDER BY id, failures.rowid"
        )
        return await self._read(lambda c: c.execute(sql, (base.id,)).fetchall())

    async def files(self, base: Base) -> dict[str, str]:
        """The paths of the files that the base has, or was to have, each with its name there."""
        sql = (
            "SELECT origin, name FROM loads WHERE base = ?1 AND kind IN ('file', 'import') AND (state <> 'done'"
            " OR EXISTS (SELECT 1 FROM documents WHERE base = ?1 AND origin = loads.name AND state = 'ready'))"
            " AND id IN (SELECT MAX(id) FROM loads WHERE base = ?1 GROUP BY name)"
            " ORDER BY state = 'done', id DESC"  # of several names of a path the oldest one that was loaded stays
        )
        return dict(await self._read(lambda c: c.execute(sql, (base.id,)).fetchall()))

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

    async def end(self, load: Load, state: str, error: str = "", content: str = "", seen: Collection[str] = ()) -> None:
        """The load is over. When it is done, what its origin held before and holds no more (``seen``) goes away.

        ``content``: the hash of what was loaded, so that the same need not be read again.
        """
        held = set(seen)

        def work(c: sqlite3.Connection) -> None:
            sql = f"UPDATE loads SET state = ?, error = ?, hash = ?, changed_at = ? WHERE id = ? AND state IN {OPEN}"
            if not c.execute(sql, (state, error[:500], content, now(), load.id)).rowcount:
                return
            leave_staged(c, load.id)
            if state == "done":
                sql = "SELECT id, source FROM documents WHERE base = ? AND origin = ? AND state = 'ready'"
                had = c.execute(sql, (load.base, load.name)).fetchall()
                gone = [(document,) for document, source in had if source not in held]
                c.executemany("UPDATE documents SET state = 'gone' WHERE id = ?", gone)
                if gone:
                    count_up(c, load.base)
            ended = f"FROM loads WHERE base = ?1 AND name = ?2 AND state NOT IN {OPEN}"
            sql = f"DELETE {ended} AND id NOT IN (SELECT id {ended} ORDER BY id DESC LIMIT ?3)"
            c.execute(sql, (load.base, load.name, KEPT))

        await self._write(work)

    async def cancel(self, base: Base, load: int) -> bool:
        """Stop a load; whether it was open. What it had published stays."""

        def work(c: sqlite3.Connection) -> bool:
            sql = f"UPDATE loads SET state = 'cancelled', changed_at = ? WHERE id = ? AND base = ? AND state IN {OPEN}"
            if not c.execute(sql, (now(), load, base.id)).rowcount:
                return False
            leave_staged(c, load)
            return True

        return await self._write(work)

    async def loaded_before(self, load: Load) -> str:
        """The hash of what the load of this name held that ended before it; "" when there is none, or it failed."""
        sql = (
            f"SELECT hash FROM loads WHERE base = ? AND name = ? AND state NOT IN {OPEN} AND id < ?"
            " ORDER BY id DESC LIMIT 1"
        )
        row = await self._read(lambda c: c.execute(sql, (load.base, load.name, load.id)).fetchone())
        return str(row[0]) if row is not None else ""
