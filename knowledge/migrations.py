"""The schema of ``askwire.sqlite`` as steps; ``PRAGMA user_version`` says how many were taken.

A step that was released is never changed: what comes later is a new one at the end.
"""

import sqlite3

from knowledge.index.table import STEP as _WORDS
from knowledge.index.table import register


def _exchange(table: str) -> tuple[str, ...]:
    """Put ``new_table`` in the table's place; its ids are not used again (https://www.sqlite.org/lang_altertable.html,
    section 7)."""
    return (
        f"DELETE FROM sqlite_sequence WHERE name = 'new_{table}'",
        f"INSERT INTO sqlite_sequence SELECT 'new_{table}', seq FROM sqlite_sequence WHERE name = '{table}'",
        f"DROP TABLE {table}",
        f"ALTER TABLE new_{table} RENAME TO {table}",
    )


# Who a row counts for is its ``audience``: one account, or '' for all accounts of the upstream.
_TEACHING = (
    # Goes up with every change of what was taught, so that a process knows whether its snapshot still holds.
    "CREATE TABLE teaching (revision INTEGER NOT NULL)",
    "INSERT INTO teaching VALUES (1)",
    """CREATE TABLE terms (
      id INTEGER PRIMARY KEY, upstream TEXT NOT NULL, database TEXT NOT NULL, audience TEXT NOT NULL,
      folded TEXT NOT NULL, name TEXT NOT NULL, definition TEXT NOT NULL, owner TEXT NOT NULL,
      changed_at TEXT NOT NULL, UNIQUE (upstream, database, audience, folded))""",
    """CREATE TABLE queries (
      id INTEGER PRIMARY KEY, upstream TEXT NOT NULL, database TEXT NOT NULL, audience TEXT NOT NULL,
      folded TEXT NOT NULL, name TEXT NOT NULL, question TEXT NOT NULL, sql TEXT NOT NULL,
      tables TEXT NOT NULL, columns TEXT NOT NULL, origin TEXT NOT NULL, owner TEXT NOT NULL,
      changed_at TEXT NOT NULL, UNIQUE (upstream, database, audience, folded))""",
)
_HISTORY = (
    """CREATE TABLE history (
      id INTEGER PRIMARY KEY AUTOINCREMENT, upstream TEXT NOT NULL, account TEXT NOT NULL, database TEXT NOT NULL,
      asked_at TEXT NOT NULL, mode TEXT NOT NULL, question TEXT NOT NULL, sql TEXT, outcome TEXT NOT NULL,
      rows INTEGER, seconds REAL NOT NULL, model TEXT, confidence REAL, feedback TEXT)""",
    "CREATE INDEX history_account ON history (upstream, account, id)",
)
_BASES = (
    # revision goes up with every change of its chunks: who keeps an index in memory sees by it that it is behind.
    # embedder: the model of its vectors, '' for none. backend: where vectors are searched.
    """CREATE TABLE bases (
      id INTEGER PRIMARY KEY AUTOINCREMENT, folded TEXT NOT NULL UNIQUE, name TEXT NOT NULL, owner TEXT NOT NULL,
      embedder TEXT NOT NULL, backend TEXT NOT NULL DEFAULT 'local', revision INTEGER NOT NULL DEFAULT 0,
      created_at TEXT NOT NULL)""",
    # upstream '' counts for all of them; account is user@host, user, or * for everybody.
    """CREATE TABLE members (
      base INTEGER NOT NULL REFERENCES bases ON DELETE CASCADE, upstream TEXT NOT NULL, account TEXT NOT NULL,
      role TEXT NOT NULL CHECK (role IN ('owner', 'reader')), PRIMARY KEY (base, upstream, account)) WITHOUT ROWID""",
    # What is to be loaded, and what became of it. kind: file, upload, url, text. origin: path, URL or spool file.
    """CREATE TABLE loads (
      id INTEGER PRIMARY KEY AUTOINCREMENT, base INTEGER NOT NULL REFERENCES bases ON DELETE CASCADE,
      kind TEXT NOT NULL, origin TEXT NOT NULL, name TEXT NOT NULL, requested_by TEXT NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('waiting', 'reading', 'embedding', 'done', 'failed', 'cancelled')),
      error TEXT NOT NULL DEFAULT '', done INTEGER NOT NULL DEFAULT 0, total INTEGER NOT NULL DEFAULT 0,
      hash TEXT NOT NULL DEFAULT '', added_at TEXT NOT NULL, changed_at TEXT NOT NULL)""",
    "CREATE INDEX loads_base ON loads (base, name)",
    "CREATE INDEX loads_open ON loads (id) WHERE state IN ('waiting', 'reading', 'embedding')",
    # Files of one load that could not be read; the others were.
    """CREATE TABLE failures (
      load INTEGER NOT NULL REFERENCES loads ON DELETE CASCADE, name TEXT NOT NULL, error TEXT NOT NULL)""",
    "CREATE INDEX failures_load ON failures (load)",
    # origin: the name of the load that brought it, such as an archive; source: what people see.
    """CREATE TABLE documents (
      id INTEGER PRIMARY KEY AUTOINCREMENT, base INTEGER NOT NULL REFERENCES bases ON DELETE CASCADE,
      origin TEXT NOT NULL, source TEXT NOT NULL, title TEXT NOT NULL, hash TEXT NOT NULL, bytes INTEGER NOT NULL,
      chunks INTEGER NOT NULL, changed_at TEXT NOT NULL, UNIQUE (base, source))""",
    # Only of complete documents. An id is never used again, so an index that is behind cannot mistake one for another.
    # vector: float32, little endian, of length 1; NULL where the base has words only.
    """CREATE TABLE chunks (
      id INTEGER PRIMARY KEY AUTOINCREMENT, base INTEGER NOT NULL REFERENCES bases ON DELETE CASCADE,
      document INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE, ordinal INTEGER NOT NULL, place TEXT NOT NULL,
      text TEXT NOT NULL, vector BLOB)""",
    "CREATE INDEX chunks_base ON chunks (base, id)",
    "CREATE INDEX chunks_document ON chunks (document, ordinal)",
    # A document that is being embedded; it moves into the two tables above as a whole.
    """CREATE TABLE staged (
      id INTEGER PRIMARY KEY, load INTEGER NOT NULL REFERENCES loads ON DELETE CASCADE, source TEXT NOT NULL,
      title TEXT NOT NULL, hash TEXT NOT NULL, bytes INTEGER NOT NULL)""",
    "CREATE INDEX staged_load ON staged (load)",
    """CREATE TABLE staged_chunks (
      staged INTEGER NOT NULL REFERENCES staged ON DELETE CASCADE, ordinal INTEGER NOT NULL, place TEXT NOT NULL,
      text TEXT NOT NULL, vector BLOB, PRIMARY KEY (staged, ordinal)) WITHOUT ROWID""",
)
# From here on what is dropped or replaced is marked at once and deleted later, and a document's chunks are written
# before it is visible: no transaction is as long as a base or a document is large (knowledge/slices.py).
_SLICES = (
    # folded NULL: dropped.
    """CREATE TABLE new_bases (
      id INTEGER PRIMARY KEY AUTOINCREMENT, folded TEXT UNIQUE, name TEXT NOT NULL, owner TEXT NOT NULL,
      embedder TEXT NOT NULL, backend TEXT NOT NULL DEFAULT 'local', revision INTEGER NOT NULL DEFAULT 0,
      created_at TEXT NOT NULL)""",
    "INSERT INTO new_bases SELECT id, folded, name, owner, embedder, backend, revision, created_at FROM bases",
    *_exchange("bases"),
    # state: staged (by the open load ``load``), ready, or gone: replaced, removed, or its load was cancelled.
    """CREATE TABLE new_documents (
      id INTEGER PRIMARY KEY AUTOINCREMENT, base INTEGER NOT NULL REFERENCES bases ON DELETE CASCADE,
      state TEXT NOT NULL DEFAULT 'ready' CHECK (state IN ('staged', 'ready', 'gone')), load INTEGER,
      origin TEXT NOT NULL, source TEXT NOT NULL, title TEXT NOT NULL, hash TEXT NOT NULL, bytes INTEGER NOT NULL,
      chunks INTEGER NOT NULL, changed_at TEXT NOT NULL)""",
    """INSERT INTO new_documents
      SELECT id, base, 'ready', NULL, origin, source, title, hash, bytes, chunks, changed_at FROM documents""",
    *_exchange("documents"),
    "CREATE UNIQUE INDEX documents_source ON documents (base, source) WHERE state = 'ready'",
    "CREATE UNIQUE INDEX documents_staged ON documents (load) WHERE state = 'staged'",
    "CREATE INDEX documents_gone ON documents (id) WHERE state = 'gone'",
    "CREATE INDEX documents_base ON documents (base, origin)",
    "DROP INDEX chunks_base",
    "CREATE INDEX chunks_base ON chunks (base, id, document)",
    # The chunks that may be found. Their ids rise in the order in which they become so.
    """CREATE VIEW passages AS SELECT chunks.* FROM chunks
      CROSS JOIN documents ON documents.id = chunks.document CROSS JOIN bases ON bases.id = chunks.base
      WHERE documents.state = 'ready' AND bases.folded IS NOT NULL""",
    "DROP TABLE staged_chunks",
    "DROP TABLE staged",
    "UPDATE loads SET done = 0, total = 0 WHERE state IN ('waiting', 'reading', 'embedding')",
)
Steps = tuple[tuple[str, ...], ...]
STEPS: Steps = ((*_TEACHING, *_HISTORY), _BASES, _WORDS, _SLICES)


class TooNew(sqlite3.DatabaseError):
    """The file was written by a newer askwire."""


def migrate(connection: sqlite3.Connection, steps: Steps = STEPS) -> None:
    """Take the steps that are missing, all or none; safe when several processes do it at once.

    The connection gets what the triggers call, and does not check foreign keys. Raises TooNew and sqlite3.Error.
    """
    register(connection)
    if _version(connection) == len(steps):
        return
    connection.execute("PRAGMA foreign_keys = OFF")  # else a table that is exchanged takes with it what refers to it
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection)  # another process may have been quicker
        if version > len(steps):
            raise TooNew(f"the file has schema version {version}; this askwire knows {len(steps)}")
        for step in steps[version:]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(steps)}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
