"""The schema of the data folder's SQLite file, as steps; ``PRAGMA user_version`` says how many were taken.

A step that was released is never changed: what comes later is a new one at the end.
"""

import sqlite3

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
STEPS: tuple[tuple[str, ...], ...] = ((*_TEACHING, *_HISTORY),)


class TooNew(sqlite3.DatabaseError):
    """The file was written by a newer askwire."""


def migrate(connection: sqlite3.Connection, steps: tuple[tuple[str, ...], ...] = STEPS) -> None:
    """Take the steps that are missing, all or none; safe when several processes do it at once.

    Raises TooNew and sqlite3.Error.
    """
    if _version(connection) == len(steps):
        return
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
