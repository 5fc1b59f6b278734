"""The table of words in the SQLite file, which triggers keep in step with ``chunks``."""

import sqlite3

from knowledge.index.tokens import tokens

# A step of the schema (knowledge/migrations.py).
STEP = (
    # Tells this file's indexes elsewhere from those of another file.
    "CREATE TABLE installation (id TEXT NOT NULL)",
    "INSERT INTO installation VALUES (lower(hex(randomblob(8))))",
    # The tokenizer splits at ASCII and stems; all else was done by tokens().
    """CREATE VIRTUAL TABLE chunk_words USING fts5(
      words, content='', detail=none, columnsize=0, tokenize='porter ascii')""",
    """CREATE TRIGGER chunk_words_insert AFTER INSERT ON chunks BEGIN
      INSERT INTO chunk_words (rowid, words) VALUES (new.id, askwire_words(new.base, new.text)); END""",
    """CREATE TRIGGER chunk_words_delete AFTER DELETE ON chunks BEGIN
      INSERT INTO chunk_words (chunk_words, rowid, words)
      VALUES ('delete', old.id, askwire_words(old.base, old.text)); END""",
    """CREATE TRIGGER chunk_words_update AFTER UPDATE OF base, text ON chunks BEGIN
      INSERT INTO chunk_words (chunk_words, rowid, words)
      VALUES ('delete', old.id, askwire_words(old.base, old.text));
      INSERT INTO chunk_words (rowid, words) VALUES (new.id, askwire_words(new.base, new.text)); END""",
    "INSERT INTO chunk_words (rowid, words) SELECT id, askwire_words(base, text) FROM chunks",
)


def register(connection: sqlite3.Connection) -> None:
    """Give the connection the function that the triggers call. Raises sqlite3.Error."""
    connection.create_function("askwire_words", 2, _stored, deterministic=True)


def count_chunks(c: sqlite3.Connection, base: int) -> int:
    """How many chunks of the base may be found. Raises sqlite3.Error."""
    sql = "SELECT COALESCE(SUM(chunks), 0) FROM documents WHERE base = ? AND state = 'ready'"
    return int(c.execute(sql, (base,)).fetchone()[0])


def _stored(base: int, text: str) -> str:
    return " ".join(f"{base}x{word}" for word in tokens(text))
