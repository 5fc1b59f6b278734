"""Long writes in short transactions, so that other processes' writes never wait for them.

What is dropped, replaced or removed is only marked (``bases.folded`` NULL, ``documents.state`` ``gone``), which takes
it out of the view ``passages`` at once. Its rows are deleted here, some at a time, by whichever process works the
queue of loads off; one that was killed on the way left less to delete.
"""

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable

# Chunks (their words are taken out of the index too): some 50 ms.
SLICE = 500
# Whoever waits to write looks every 100 ms at least (sqliteDefaultBusyCallback in SQLite's main.c).
PAUSE_S = 0.1
_OF_GONE_DOCUMENTS = "documents CROSS JOIN chunks ON chunks.document = documents.id WHERE documents.state = 'gone'"
_DELETE = (
    f"DELETE FROM chunks WHERE id IN (SELECT chunks.id FROM {_OF_GONE_DOCUMENTS} LIMIT ?)",
    "DELETE FROM documents WHERE id IN (SELECT id FROM documents WHERE state = 'gone' LIMIT ?)",
    *(
        f"DELETE FROM {table} WHERE id IN (SELECT {table}.id FROM bases CROSS JOIN {table} ON {table}.base = bases.id"
        " WHERE bases.folded IS NULL LIMIT ?)"
        for table in ("chunks", "documents", "loads")
    ),
    "DELETE FROM bases WHERE id IN (SELECT id FROM bases WHERE folded IS NULL LIMIT ?)",
)


async def in_slices(step: Callable[[], Awaitable[bool]]) -> None:
    """Call ``step``, a short transaction, as long as it says that there is more; others write in between."""
    began = time.monotonic()
    while await step():
        await asyncio.sleep(min(PAUSE_S, time.monotonic() - began))
        began = time.monotonic()


def delete_some(c: sqlite3.Connection) -> bool:
    """Delete some of what is marked; whether there may be more. Raises sqlite3.Error."""
    left = SLICE
    for sql in _DELETE:
        left -= c.execute(sql, (left,)).rowcount
        if left <= 0:
            return True
    return False


def is_marked(c: sqlite3.Connection) -> bool:
    """Whether anything waits to be deleted. Raises sqlite3.Error."""
    sql = """SELECT EXISTS (SELECT 1 FROM documents WHERE state = 'gone')
      OR EXISTS (SELECT 1 FROM bases WHERE folded IS NULL)"""
    return bool(c.execute(sql).fetchone()[0])
