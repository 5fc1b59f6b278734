"""Knowledge bases through a real client, a real gateway and the real embedder; no model."""

import time
from contextlib import closing

import pymysql
import pytest

from tests.knowledge.work import HANDBOOK
from tests.support.embedder import share_embedder


@pytest.fixture
def connect():
    opened = []

    def connected(gateway, user="app"):
        connection = pymysql.connect(
            host=gateway.host, port=gateway.port, user=user, password="secret", database="shop"
        )
        opened.append(connection)
        return connection

    yield connected
    for connection in opened:
        connection.close()


def run(connection, sql):
    with closing(connection.cursor()) as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def refused(connection, sql):
    with pytest.raises(pymysql.err.MySQLError) as error:
        run(connection, sql)
    return error.value.args[0] % 65536


def loaded(connection):
    until = time.monotonic() + 60
    while (state := run(connection, "SHOW AI KNOWLEDGE")[0][3]) == "loading":
        assert time.monotonic() < until
        time.sleep(0.02)
    return state


@pytest.mark.timeout(300)
def test_a_base_is_made_loaded_asked_shared_and_dropped(gateway_factory, connect, embedder, tmp_path):
    share_embedder(tmp_path / "data", embedder)
    folder = tmp_path / "data" / "import" / "docs"
    folder.mkdir(parents=True)
    (folder / "handbook.md").write_text(HANDBOOK)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7")
    settings = {"data_dir": str(tmp_path / "data"), "knowledge": {"editors": ["app@%"]}, "drain_timeout_s": 0}
    with gateway_factory(**settings) as gateway:
        editor, other = connect(gateway), connect(gateway, "reader")
        assert refused(other, "CREATE KNOWLEDGE mine") == 57033
        run(editor, "CREATE KNOWLEDGE handbook")
        assert "ADD READER" in run(editor, "SHOW WARNINGS")[0][2]
        assert refused(editor, "CREATE KNOWLEDGE Handbook") == 57031
        run(editor, "LOAD KNOWLEDGE 'docs' INTO handbook")
        assert loaded(editor) == "ready"
        documents = run(editor, "SHOW AI KNOWLEDGE handbook")
        assert [(row[0], row[2]) for row in documents] == [("docs/handbook.md", "ready"), ("docs/broken.pdf", "failed")]
        assert "broken.pdf" not in documents[1][5] != ""
        asked = "ASK DOCS 'when is a customer active?' IN handbook"
        answer = run(editor, asked)[0]
        assert answer[0] == "A customer is active when they ordered in the last 90 days."
        assert answer[1:3] == ("docs/handbook.md", "Customers > Active")
        assert run(editor, asked + " LIKE 'docs/%.md'")[0] == answer
        assert run(editor, asked.removesuffix(" IN handbook") + " LIKE '%.md'")[0] == answer
        assert refused(editor, asked + " LIKE 'other/%'") == 57032
        assert run(editor, "ASK DOCS 'what is the capital of France?' IN handbook")[0][1] is None
        run(editor, "SET ASK knowledge = 'handbook'")
        for sql in (
            asked,
            "SET ASK knowledge = 'handbook'",
            "SHOW AI KNOWLEDGE handbook",
            "ASK 'active customers' IN handbook",
            "DROP KNOWLEDGE handbook",
        ):
            assert refused(other, sql) == 57032
        assert run(other, "SHOW AI KNOWLEDGE") == ()
        run(editor, "ALTER KNOWLEDGE handbook ADD READER 'reader'")
        assert run(other, asked) == run(editor, asked)
        run(editor, "ALTER KNOWLEDGE handbook ADD OWNER 'a'")
        assert run(other, "SHOW AI KNOWLEDGE")[0][6:8] == ("app@%, a", "you")
        assert run(editor, "SHOW AI KNOWLEDGE")[0][6:8] == ("app@%, a", "reader")
        assert refused(other, "LOAD KNOWLEDGE 'docs' INTO handbook") == 57033
        run(editor, "ALTER KNOWLEDGE handbook DROP READER 'reader'")
        assert refused(other, asked) == 57032
        for path in ("../askwire.sqlite", "/etc/passwd", "docs/../../askwire.sqlite", "nothing.md"):
            assert refused(editor, f"LOAD KNOWLEDGE '{path}' INTO handbook") == 57051
        run(editor, "UNLOAD KNOWLEDGE 'docs/handbook.md' FROM handbook")
        assert run(editor, asked)[0][1] is None
        run(editor, "DROP KNOWLEDGE handbook")
        assert run(editor, "SHOW AI KNOWLEDGE") == ()


def test_the_schema_of_a_database_is_loaded_and_asked(gateway_factory, connect, embedder, tmp_path):
    share_embedder(tmp_path / "data", embedder)
    settings = {"data_dir": str(tmp_path / "data"), "knowledge": {"editors": ["app@%"]}, "drain_timeout_s": 0}
    with gateway_factory(**settings) as gateway:
        editor, other = connect(gateway), connect(gateway, "reader")
        run(editor, "CREATE KNOWLEDGE dictionary")
        assert refused(other, "LOAD KNOWLEDGE SCHEMA INTO dictionary") == 57032
        editor.select_db("scratch")
        run(editor, "CREATE TABLE machines (id INT PRIMARY KEY, torque INT COMMENT 'turning force in newton metres')")
        try:
            run(editor, "LOAD KNOWLEDGE SCHEMA INTO dictionary")
            assert "'schema of scratch.md'" in run(editor, "SHOW WARNINGS")[0][2]
            assert loaded(editor) == "ready"
            answer = run(editor, "ASK DOCS 'which column holds the turning force of machines?' IN dictionary")
            assert answer[0][1:3] == ("schema of scratch.md", "Database scratch > Table machines")
            assert "newton metres" in answer[0][0]
        finally:
            run(editor, "DROP TABLE machines")
