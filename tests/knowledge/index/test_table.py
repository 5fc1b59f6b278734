import sqlite3

import pytest

from knowledge.index.table import STEP, count_chunks, register

TABLES = """
CREATE TABLE chunks (id INTEGER PRIMARY KEY, base INTEGER, text TEXT);
CREATE TABLE documents (id INTEGER PRIMARY KEY, base INTEGER, state TEXT, chunks INTEGER);
INSERT INTO chunks VALUES (1, 1, 'Returned goods'), (2, 2, 'returns');
"""


@pytest.fixture
def c():
    connection = sqlite3.connect(":memory:")
    connection.executescript(TABLES)
    register(connection)
    for statement in STEP:
        connection.execute(statement)
    yield connection
    connection.close()


def found(c: sqlite3.Connection, base: int, word: str) -> list[int]:
    sql = "SELECT rowid FROM chunk_words WHERE chunk_words MATCH ? ORDER BY rowid"
    return [row[0] for row in c.execute(sql, (f'"{base}x{word}"',))]


def test_what_was_there_is_found_by_base_and_stem(c):
    assert (found(c, 1, "return"), found(c, 2, "return"), found(c, 3, "return")) == ([1], [2], [])
    assert found(c, 1, "returned") == [1]


def test_words_follow_their_chunks(c):
    c.execute("INSERT INTO chunks VALUES (3, 1, 'more goods')")
    assert found(c, 1, "goods") == [1, 3]
    c.execute("UPDATE chunks SET text = 'nothing' WHERE id = 1")
    assert (found(c, 1, "goods"), found(c, 1, "nothing")) == ([3], [1])
    c.execute("UPDATE chunks SET base = 2 WHERE id = 3")
    assert (found(c, 1, "goods"), found(c, 2, "goods")) == ([], [3])
    c.execute("DELETE FROM chunks WHERE id = 3")
    assert found(c, 2, "goods") == []
    c.execute("INSERT INTO chunk_words (chunk_words) VALUES ('integrity-check')")


def test_each_file_has_a_name_of_its_own(c):
    (name,) = c.execute("SELECT id FROM installation").fetchone()
    assert len(bytes.fromhex(name)) == 8


def test_chunks_of_documents_that_are_ready_count(c):
    c.execute("INSERT INTO documents (base, state, chunks) VALUES (1, 'ready', 5), (1, 'waiting', 7), (2, 'ready', 9)")
    assert [count_chunks(c, base) for base in (1, 2, 3)] == [5, 9, 0]
